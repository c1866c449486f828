"""What each code of a reason or a risk means: data of the package."""

from __future__ import annotations

from functools import cache

import msgspec

from everylinux.decoding import read_facts


class Rule(msgspec.Struct, frozen=True):
    """One code: its ``name`` in a few words, what it means, what cures it, and a page about it."""

    code: str
    name: str
    summary: str
    help: str
    link: str


class _Reasons(msgspec.Struct, frozen=True):
    """``data/rules/rules.json``."""

    rules: tuple[Rule, ...]


class _Risks(msgspec.Struct, frozen=True):
    """``data/risks/risks.json``."""

    risks: tuple[Rule, ...]


@cache
def rules() -> dict[str, Rule]:
    """Return the rule of every code: those of reasons, then those of risks alone."""
    reasons = read_facts("rules/rules.json", _Reasons)
    risks = read_facts("risks/risks.json", _Risks)
    found: dict[str, Rule] = {}
    for rule in (*reasons.rules, *risks.risks):
        found.setdefault(rule.code, rule)
    return found
