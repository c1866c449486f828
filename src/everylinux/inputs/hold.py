"""Holding the files of a package in memory, where one process judges them all: nothing is written down and read again.

Only of packages without links; what does not fit is written below the folder where all would lie. Where it is known
what will be asked of each file, that is looked at as soon as the file is inflated, and the content is let go: using the
same memory again and again costs a fraction of what fresh memory does.
"""

from __future__ import annotations

import contextlib
from functools import cached_property, partial
from typing import TYPE_CHECKING

from everylinux import elf
from everylinux.archives.errors import ArchiveError, RefusedError
from everylinux.archives.root import OUTSIDE, UNDER_A_FILE, Root, plain_name, refuse_deep
from everylinux.images.memory import HeldFile, MemoryTree
from everylinux.inputs.unpack import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Member
    from everylinux.elf.file import ElfFile
    from everylinux.inputs.scratch import Scratch

# Of one package; nearly all that are published fit. Each file counts so much more: for what is read in it.
MOST_HELD = 128 << 20
FILE_COST = 8 << 10


class Hold:
    """Takes files as `Root` does; ``tree`` is where they are found again.

    ``look`` looks at all that will be asked of an ELF file and returns about how many bytes that leaves in memory; what
    else is asked for costs inflating it once more.
    """

    def __init__(self, scratch: Scratch, budget: Budget, look: Callable[[ElfFile], int] | None = None) -> None:
        self.tree = MemoryTree(scratch.path / ROOT)
        self._scratch = scratch
        self._budget = budget
        self._look = look
        self._left = MOST_HELD

    def file(self, name: str, mode: int, head: bytes, member: Member) -> None:
        """Take a file, ``head`` being what was read of it already. Raises `RefusedError`."""
        place = plain_name(name)
        if not place:
            raise RefusedError(OUTSIDE)
        refuse_deep(f"{self.tree.directory}/{place.rpartition('/')[0]}")
        content = member.at_once() if member.at_once and member.size + FILE_COST <= self._left else None
        held = None
        if content is None:
            self._root.file(place, mode, head, member.content)
        else:
            self._budget.spend(len(content))
            held = HeldFile(content, executable=bool(mode & 0o111), again=partial(_again, member))
            self._left -= FILE_COST + (len(content) if self._look is None else 0)
        try:
            self.tree.add(place, held)
        except NotADirectoryError as error:
            raise RefusedError(UNDER_A_FILE) from error
        if held is not None and self._look is not None:
            with contextlib.suppress(elf.NotElfError, elf.CorruptElfError):
                self._left -= self._look(self.tree.read(f"/{place}"))
            held.let_go()

    @cached_property
    def _root(self) -> Root:
        return Root(self._scratch.folder(ROOT), self._budget)


def _again(member: Member) -> bytes | bytearray:
    try:
        content = member.at_once() if member.at_once else None
    except ArchiveError as error:
        raise OSError(None, f"it changed while it was read: {error}", member.name) from error
    assert content is not None  # noqa: S101 - for the type checker: it was given once
    return content
