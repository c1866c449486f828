"""What a build is for, by its command: a build that takes its place has to be for the same."""

from __future__ import annotations

import functools

import msgspec

from everylinux.decoding import read_table
from everylinux.diagnosis.patterns import compiled
from everylinux.errors import UsageError

OWN_BUILD = "everylinux build"


def for_the_same(command: str, before: str) -> str:
    """Return a build by everylinux for what the command before it built for; others are returned as they are.

    Raises `UsageError` where everylinux does not build for that.
    """
    if not command.startswith(OWN_BUILD) or "--target" in command:
        return command
    target = target_of(before)
    return f"{command} --target {target}" if target else command


def target_of(command: str) -> str:
    """Return the target that a build's command names; empty where it names none.

    Raises `UsageError` for one that everylinux does not know.
    """
    from everylinux.spelling import parse_targets

    facts = _facts()
    for pattern in facts.systems:
        match = compiled(pattern).search(command)
        if match and match["system"] != facts.linux:
            raise UsageError(f"everylinux does not build for {match['system']}")
    for pattern in facts.patterns:
        match = compiled(pattern).search(command)
        if match:
            parse_targets(match["target"])
            return match["target"]
    return ""


class _Facts(msgspec.Struct, frozen=True):
    patterns: tuple[str, ...]
    systems: tuple[str, ...]
    linux: str


@functools.cache
def _facts() -> _Facts:
    return read_table("fixes/targets.toml", _Facts)
