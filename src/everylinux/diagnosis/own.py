"""Causes that a user or a project brings: TOML files like the shipped ones.

A user's lie in ``$XDG_CONFIG_HOME/everylinux/causes``, a project's in its ``.everylinux/causes``. A project's are shown
as such: its commands are as foreign as the rest of a cloned repository.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import msgspec

from everylinux.diagnosis.knowledge import Index, index
from everylinux.errors import UsageError, describe_os_error
from everylinux.folders import user_configuration

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.diagnosis.knowledge import Cause

# Of one folder; more are a mistake, or meant to take long.
MOST_CAUSES = 1000
LARGEST_CAUSE = 1 << 20


class Knowledge(msgspec.Struct, frozen=True):
    """All that a log is read with: the index, the causes that were brought, and which of them a project brought."""

    index: Index
    brought: dict[str, Cause]
    foreign: frozenset[str]


def knowledge(project: Path | None = None) -> Knowledge:
    """Return what is shipped, with the user's causes and those of a project.

    A cause with the id of a shipped one takes its place. Raises `UsageError` for a file that is not understood or has a
    pattern that RE2 refuses, `InputOutputError` for one that cannot be read.
    """
    own = _causes(user_configuration() / "everylinux" / "causes", links=True)
    foreign = _causes(project / ".everylinux" / "causes", links=False) if project else {}
    brought = {**own, **foreign}
    _check_named(brought)
    return Knowledge(_with(tuple(brought.values())) if brought else index(), brought, frozenset(foreign))


def _check_named(brought: Mapping[str, Cause]) -> None:
    """Raise `UsageError` for a look into a project's files that makes of a cause another one that there is not."""
    if not brought:
        return
    known = {*brought, *(cause.id for cause in index().causes)}
    for cause in brought.values():
        for look in cause.look:
            if look.cause and look.cause not in known:
                raise UsageError(
                    f"{cause.id}: there is no cause {look.cause!r}", hint="correct the `cause` of its [[look]]"
                )


def _with(causes: tuple[Cause, ...]) -> Index:
    from everylinux.diagnosis.sources import make_index

    shipped, added = index(), make_index((), causes)
    replaced = {cause.id for cause in causes}
    return Index(
        (*(pattern for pattern in shipped.patterns if pattern.cause not in replaced), *added.patterns),
        (*(cause for cause in shipped.causes if cause.id not in replaced), *added.causes),
    )


def _causes(folder: Path, *, links: bool) -> dict[str, Cause]:
    """Return the causes in a folder; ``links``: whether a file may be a link, which may lead out of a project."""
    try:
        files = sorted(folder.rglob("*.toml"))
        if len(files) > MOST_CAUSES or not all(_is_bounded(file, links=links) for file in files):
            raise UsageError(
                f"{folder} holds more than causes", hint=f"at most {MOST_CAUSES} regular files, each of at most 1 MiB"
            )
        if not files:
            return {}
        return {cause.id: cause for cause in map(_read, files)}
    except OSError as error:
        raise describe_os_error(error) from error


def _read(file: Path) -> Cause:
    from everylinux.diagnosis.sources import make_index, naming, read_cause

    cause = read_cause(file)
    with naming(file):
        make_index((), (cause,))
    return cause


def _is_bounded(file: Path, *, links: bool) -> bool:
    status = file.stat(follow_symlinks=links)
    return stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_CAUSE
