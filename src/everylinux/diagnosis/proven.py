"""Which fixes turned recorded failures into builds that pass, and what they changed there.

``data/causes/verified.json`` is written by `tools/failures.py verify`, from running each case of ``tests/failures``
without and with its fix; ``data/causes/instances.json`` by `tools/update_causes.py`, from their logs and projects.
"""

from __future__ import annotations

import functools

import msgspec

from everylinux.decoding import read_facts

# For each cause, by the titles of its fixes: the names of the cases.
Cured = dict[str, dict[str, list[str]]]


class Instance(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a fix changed in one recorded failure.

    ``edits`` are unified diffs of the project's files, ``before`` and ``after`` the build's command where that changed.
    """

    edits: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


# For each cause, by the titles of its fixes.
Instances = dict[str, dict[str, Instance]]


@functools.cache
def verified() -> Cured:
    """Return what is recorded."""
    return read_facts("causes/verified.json", Cured)


@functools.cache
def _instances() -> Instances:
    return read_facts("causes/instances.json", Instances)


def cured(cause: str, title: str) -> int:
    """Return how many recorded failures a fix, named by the title in its file, turned into builds that pass."""
    return len(verified().get(cause, {}).get(title, ()))


def instance(cause: str, title: str) -> Instance | None:
    """Return what such a fix changed in one of them; ``None`` where it changed neither a file nor the command."""
    return _instances().get(cause, {}).get(title)
