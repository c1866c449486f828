"""Conditions as Rust writes them: ``cfg(all(unix, not(target_env = "musl")))``, read and judged.

The grammar is that of conditional compilation (The Rust Reference, "Conditional compilation"), of which cargo allows
the predicates ``all``, ``any`` and ``not``, names, and names with a value.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Facts = Mapping[str, frozenset[str]]
    Judge = Callable[[Facts], bool]

_TOKEN = re.compile(r'\s*(?:([A-Za-z_][\w-]*)|("[^"]*")|([(),=]))')
_DEEPEST = 50


class ConditionError(ValueError):
    """A condition that is not written as Rust writes one."""


def holds(condition: str, facts: Facts) -> bool:
    """Return whether a condition holds where ``facts`` map each name to its values; raises `ConditionError`."""
    return _parsed(condition)(facts)


def on_platform(platform: str | None, triple: str, facts: Facts) -> bool:
    """Return whether a dependency of a manifest counts on a platform: no condition, a triple, or ``cfg(...)``.

    A condition that is not understood counts, so that nothing is overlooked.
    """
    if platform is None:
        return True
    if not platform.startswith("cfg("):
        return platform == triple
    try:
        return holds(platform[len("cfg(") : -1], facts)
    except ConditionError:
        return True


@functools.lru_cache(maxsize=4096)
def _parsed(condition: str) -> Judge:
    tokens: list[str] = []
    position = 0
    text = condition.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise ConditionError(f"not understood at {text[position : position + 20]!r}")
        tokens.append(match[0].strip())
        position = match.end()
    judge, rest = _expression(tokens, 0, 0)
    if rest != len(tokens):
        raise ConditionError(f"more than one condition in {condition!r}")
    return judge


def _expression(tokens: list[str], at: int, depth: int) -> tuple[Judge, int]:
    if at >= len(tokens) or depth > _DEEPEST or not (tokens[at][0].isalpha() or tokens[at][0] == "_"):
        raise ConditionError("a name is missing")
    name = tokens[at]
    following = tokens[at + 1] if at + 1 < len(tokens) else ""
    if following == "(":
        return _predicate(name, tokens, at + 2, depth)
    if following == "=":
        if at + 2 >= len(tokens) or tokens[at + 2][0] != '"':
            raise ConditionError(f"a value is missing after {name}")
        value = tokens[at + 2][1:-1]
        return (lambda facts: value in facts.get(name, ())), at + 3
    if name in {"true", "false"}:
        return (lambda _: name == "true"), at + 1
    return (lambda facts: name in facts), at + 1


def _predicate(name: str, tokens: list[str], at: int, depth: int) -> tuple[Judge, int]:
    parts: list[Judge] = []
    while at < len(tokens) and tokens[at] != ")":
        part, at = _expression(tokens, at, depth + 1)
        parts.append(part)
        if at < len(tokens) and tokens[at] == ",":
            at += 1
    if at >= len(tokens):
        raise ConditionError(f"{name}( is not closed")
    if name == "all":
        return (lambda facts: all(part(facts) for part in parts)), at + 1
    if name == "any":
        return (lambda facts: any(part(facts) for part in parts)), at + 1
    if name == "not" and len(parts) == 1:
        return (lambda facts: not parts[0](facts)), at + 1
    raise ConditionError(f"{name}(…) is no condition")
