"""Writing what judging needs of an archive's members, and collecting the archives among them."""

from __future__ import annotations

import os
import posixpath
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from everylinux.archives.compression import is_compressed
from everylinux.archives.errors import RefusedError
from everylinux.archives.root import Root
from everylinux.archives.streams import CHUNK
from everylinux.archives.tar import BLOCK
from everylinux.images.blobs import MARKS, is_mark
from everylinux.inputs.keep import is_metadata, is_needed
from everylinux.inputs.recognise import ARCHIVES, HEAD, recognise
from everylinux.inputs.tally import KINDS, LINKS, NAMED_TWICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Member, Reader
    from everylinux.inputs.hold import Hold
    from everylinux.inputs.scratch import Scratch
    from everylinux.inputs.tally import Tally

ENCRYPTED = "encrypted"
MOST_METADATA = 16
# The folders that are written to.
ROOT, NESTED = "root", "archives"


@dataclass
class Unpacked:
    """What came out of an archive.

    ``judged`` counts the files to judge. ``archives`` are the archives in it: where each lies now, and its name inside.
    ``metadata`` maps a name to the text in which the package tells about itself. ``tops`` are the first parts of all
    names, at most two. ``image``: it is a container image; nothing else was looked at. ``moved`` maps the places of
    files that are installed elsewhere than they are named to their names.
    """

    judged: int = 0
    archives: list[tuple[Path, str]] = field(default_factory=list)
    metadata: dict[str, bytes] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    image: bool = False
    moved: dict[str, str] = field(default_factory=dict)

    def name_of(self, place: str) -> str:
        """Return the name inside the archive of what lies at a place."""
        return self.moved.get(place, place)


@dataclass(frozen=True)
class Destination:
    """Where members go: files to judge below ``root``, or as long as they fit into ``held``; archives beside it.

    ``place`` gives the name and mode that a member has when the package is installed. ``deepest``: archives in it are
    not opened any more.
    """

    scratch: Scratch
    place: Callable[[str, int], tuple[str, int]]
    everything: bool
    deepest: bool
    held: Hold | None = None

    @property
    def root(self) -> Path:
        """Where the files lie that are not held."""
        return self.scratch.path / ROOT


def unpack(members: Iterable[Member], destination: Destination, budget: Budget, tally: Tally) -> Unpacked:
    """Write the members that judging needs; raises `ArchiveError` where the archive cannot be read to its end."""
    worker = _Unpacking(destination, budget, tally)
    for member in members:
        name = normal_name(member.name)
        try:
            worker.add(member, name)
        except RefusedError as error:
            tally.add(str(error), member=shown(name))
        if worker.found.image:
            break
    return worker.found


def normal_name(name: str) -> str:
    """Return a member's name without a leading ``/`` or ``./`` and without doubled separators."""
    if name.startswith(("/", "./")) or name.endswith(("/", "/.")) or "//" in name or "/./" in name or name == ".":
        return "/".join(part for part in name.split("/") if part not in ("", "."))
    return name


def shown(name: str) -> str:
    """Return a member's name as it can be written down: bytes that are not UTF-8 as escapes."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def read_head(content: Reader | None, wanted: int) -> bytes:
    """Return the first bytes of a member, as many as are wanted; of compressed ones as many as tell what is in them."""
    head = b""
    while content is not None and len(head) < wanted and (piece := content.read(wanted - len(head))):
        head += piece
        if is_compressed(head):
            wanted = HEAD
    return head


class _Unpacking:
    def __init__(self, destination: Destination, budget: Budget, tally: Tally) -> None:
        self.found = Unpacked()
        self._to = destination
        self._tally = tally
        self._budget = budget

    @cached_property
    def _root(self) -> Root:
        return Root(self._to.scratch.folder(ROOT), self._budget)

    @cached_property
    def _nested(self) -> Root:
        return Root(self._to.scratch.folder(NESTED), self._budget)

    def add(self, member: Member, name: str) -> None:
        if len(self.found.tops) <= 1 and name:
            self.found.tops.add(name.partition("/")[0])
        place, mode = self._to.place(name, member.mode)
        match member.kind:
            case "file":
                self._file(member, name, place, mode)
            case "symlink":
                self._tally.add(LINKS, member=shown(name))
                self._root.symlink(place, member.target)
            case "hardlink":
                self._hardlink(member, name, place)
            case "special":
                self._tally.add(member.note, member=shown(name), incomplete=member.note == ENCRYPTED)
            case "directory":
                pass

    def _hardlink(self, member: Member, name: str, place: str) -> None:
        target, _ = self._to.place(normal_name(member.target), member.mode)
        there = self._root.place(target)
        # It leads to what was not needed, or to nothing: either way there is nothing to judge.
        if there is None or self._root.status(there) is None:
            self._tally.add(LINKS, member=shown(name))
        else:
            self._root.hardlink(place, target)

    def _file(self, member: Member, name: str, place: str, mode: int) -> None:
        head = read_head(member.content, HEAD if name in MARKS else BLOCK)
        if is_mark(name, head):
            self.found.image = True
            return
        kind = recognise(head)
        if is_metadata(name, member.size) and len(self.found.metadata) < MOST_METADATA:
            while member.content is not None and (piece := member.content.read(CHUNK)):
                head += piece
            self.found.metadata[name] = head
        plain = kind == "compressed" and self._to.everything
        if kind in ARCHIVES and not is_needed(place, kind, mode) and not plain:
            self._archive(member, name, head)
            return
        judged = kind == "elf" or self._to.everything
        if not judged:
            self._tally.add(KINDS.get(kind, KINDS["other"]), member=shown(name))
            if not is_needed(place, kind, mode):
                return
        if self._is_there(place):
            self._tally.add(NAMED_TWICE, member=shown(name))
        if self._to.held is None:
            self._root.file(place, mode, head, member.content)
        else:
            self._to.held.file(place, mode, head, member)
        self.found.judged += judged
        if judged and place != name:
            self.found.moved[place] = name

    def _is_there(self, place: str) -> bool:
        if self._to.held is not None:
            return self._to.held.tree.holds(place)
        there = self._root.place(place)
        return there is not None and self._root.status(there) is not None

    def _archive(self, member: Member, name: str, head: bytes) -> None:
        if self._to.deepest:
            self._tally.add("archives deeper than 3 in each other", member=shown(name), incomplete=True)
            return
        # The name decides whether a zip archive is a wheel.
        suffix = ".whl" if posixpath.splitext(name)[1] == ".whl" else ""
        number = f"{len(self.found.archives)}{suffix}"
        place = self._nested.file(number, 0o600, head, member.content)
        self.found.archives.append((self._nested.directory / place, name))
