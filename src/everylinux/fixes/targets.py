"""What a build is for, by its command: a build that takes its place has to be for the same."""

from __future__ import annotations

import functools
import tomllib

from everylinux import data
from everylinux.diagnosis.patterns import compiled
from everylinux.errors import UsageError

OWN_BUILD = "everylinux build"


def for_the_same(command: str, before: str) -> str:
    """Return a build by everylinux for what the command before it built for; others are returned as they are."""
    if not command.startswith(OWN_BUILD) or "--target" in command:
        return command
    target = target_of(before)
    return f"{command} --target {target}" if target else command


def target_of(command: str) -> str:
    """Return the target that a build's command names; empty where it names none, or none that everylinux knows."""
    from everylinux.spelling import parse_targets

    for pattern in _patterns():
        match = compiled(pattern).search(command)
        if match is None:
            continue
        try:
            parse_targets(match["target"])
        except UsageError:
            continue
        return match["target"]
    return ""


@functools.cache
def _patterns() -> tuple[str, ...]:
    return tuple(tomllib.loads(data.read("fixes/targets.toml").decode())["patterns"])
