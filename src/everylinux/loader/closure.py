"""What is loaded into one process, and what went wrong on the way."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Reason, Risk


@dataclass(eq=False)
class Loaded:
    """One file of a process.

    ``path`` is where the loader found it, ``name`` what it was asked for by, ``loader`` the file that asked first (the
    chain along which paths are inherited). ``carried``: it came along with the judged file. ``rule``: how it was found.
    ``names`` are all names by which it is known already.
    """

    elf: ElfFile
    path: str
    name: str
    same_file: Hashable
    loader: Loaded | None = None
    carried: bool = False
    rule: str = ""
    names: set[str] = field(default_factory=set)

    @property
    def origin(self) -> str:
        """The folder that ``$ORIGIN`` stands for."""
        return posixpath.dirname(self.path) or "/"


@dataclass(frozen=True)
class Place:
    """One folder to search: where it is, whether it was reached from a carried file's ``$ORIGIN``, by which rule."""

    directory: str
    carried: bool
    rule: str

    def path_of(self, name: str) -> str:
        """Return the path of a library in it."""
        return f"{self.directory.rstrip('/')}/{name}"


@dataclass
class Outcome:
    """What a loader would say: reasons in its own order, what cannot be known, and risks."""

    reasons: list[Reason] = field(default_factory=list)
    unknowns: list[Reason] = field(default_factory=list)
    risks: list[Risk] = field(default_factory=list)
