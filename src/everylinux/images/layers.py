"""Putting the layers of a container image on each other.

Source: OCI image specification, layer.md: a member of a later layer replaces what lies in its place, ``.wh.NAME`` takes
NAME of the layers below away, ``.wh..wh..opq`` everything in its folder.
"""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from everylinux.archives.errors import DamagedError, RefusedError
from everylinux.archives.root import Root

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Member

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
# What aufs kept for itself; Docker still leaves it out.
AUFS = ".wh..wh."


def apply_layer(members: Iterable[Member], directory: Path, budget: Budget, *, whiteouts: bool = True) -> None:
    """Write one layer over what is in a folder; devices and pipes are left out.

    ``whiteouts``: names that take files away are read as such; in the archive of a single root they are plain names.
    Raises `ArchiveError`, also for a member that would lie outside or below a file.
    """
    root = Root(directory, budget, remember=whiteouts)
    for member in members:
        folder, _, base = member.name.rstrip("/").rpartition("/")
        try:
            if not whiteouts or not base.startswith(WHITEOUT):
                _write(root, member)
            elif base == OPAQUE:
                _hide_all(root, folder)
            elif not base.startswith(AUFS):
                _hide(root, f"{folder}/{base.removeprefix(WHITEOUT)}")
        except RefusedError as error:
            raise DamagedError(f"{member.name!r} cannot be unpacked: {error}") from error


def _write(root: Root, member: Member) -> None:
    match member.kind:
        case "file":
            root.file(member.name, member.mode, b"", member.content)
        case "directory":
            root.folder(member.name)
        case "symlink":
            root.symlink(member.name, member.target)
        case "hardlink":
            root.hardlink(member.name, member.target)
        case "special":
            pass


def _hide(root: Root, name: str) -> None:
    """Take away what lower layers have at a name; what this layer wrote before stays."""
    if name.rpartition("/")[2] in ("", "."):
        raise RefusedError("a whiteout of nothing")
    place = root.place(name)
    if place:
        _prune(root, place)


def _hide_all(root: Root, folder: str) -> None:
    inside = root.place(f"{folder}/{OPAQUE}")
    if inside is not None:
        place = inside.rpartition("/")[0]
        for base in root.names(place):
            _prune(root, f"{place}/{base}" if place else base)


def _prune(root: Root, place: str) -> bool:
    """Remove what this layer did not write at a place and below; return whether something stays."""
    status = root.status(place)
    if status is None:
        return False
    stays = root.written is not None and place in root.written
    if stat.S_ISDIR(status.st_mode):
        inner = [_prune(root, f"{place}/{base}") for base in root.names(place)]
        stays = stays or any(inner)
    if not stays:
        root.remove(place)
    return stays
