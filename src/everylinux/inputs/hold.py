"""Holding the files of a package in memory, where one process judges them all: nothing is written down and read again.

Only of packages without links; what does not fit is written below the folder where all would lie.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from everylinux.archives.errors import RefusedError
from everylinux.archives.root import OUTSIDE, UNDER_A_FILE, Root, plain_name, refuse_deep
from everylinux.images.memory import HeldFile, MemoryTree
from everylinux.inputs.unpack import ROOT

if TYPE_CHECKING:
    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Member
    from everylinux.inputs.scratch import Scratch

# Of one package; nearly all that are published fit. Each file counts so much more: for what is read in it.
MOST_HELD = 128 << 20
FILE_COST = 8 << 10


class Hold:
    """Takes files as `Root` does; ``tree`` is where they are found again."""

    def __init__(self, scratch: Scratch, budget: Budget) -> None:
        self.tree = MemoryTree(scratch.path / ROOT)
        self._scratch = scratch
        self._budget = budget
        self._left = MOST_HELD

    def file(self, name: str, mode: int, head: bytes, member: Member) -> None:
        """Take a file, ``head`` being what was read of it already. Raises `RefusedError`."""
        place = plain_name(name)
        if not place:
            raise RefusedError(OUTSIDE)
        refuse_deep(f"{self.tree.directory}/{place.rpartition('/')[0]}")
        content = member.at_once() if member.at_once and member.size + FILE_COST <= self._left else None
        if content is None:
            self._root.file(place, mode, head, member.content)
            held = None
        else:
            self._budget.spend(len(content))
            self._left -= len(content) + FILE_COST
            held = HeldFile(content, bool(mode & 0o111))
        try:
            self.tree.add(place, held)
        except NotADirectoryError as error:
            raise RefusedError(UNDER_A_FILE) from error

    @cached_property
    def _root(self) -> Root:
        return Root(self._scratch.folder(ROOT), self._budget)
