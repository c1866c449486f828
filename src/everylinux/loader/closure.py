"""What is loaded into one process, and what went wrong on the way."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Reason, Risk

# A hostile file may lack a million symbols: nobody reads on after these.
MOST_REASONS = 10_000


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
    _told: set[tuple[str, str]] = field(default_factory=set)

    def add(self, reason: Reason, *, known: bool = True) -> None:
        """Add a reason unless its code and subject were told before; ``known`` is ``False`` for what may be wrong."""
        key = reason.code, reason.subject
        if key not in self._told and len(self._told) < MOST_REASONS:
            self._told.add(key)
            (self.reasons if known else self.unknowns).append(reason)

    def add_risk(self, risk: Risk) -> None:
        """Add a risk unless its code and subject were told before."""
        key = f"risk {risk.code}", risk.subject
        if key not in self._told and len(self._told) < MOST_REASONS:
            self._told.add(key)
            self.risks.append(risk)

    def has(self, code: str, subject: str | None) -> bool:
        """Return whether a reason was added."""
        return (code, subject) in self._told

    def merge(self, other: Outcome) -> None:
        """Add all that another outcome has."""
        for reason in other.reasons:
            self.add(reason)
        for reason in other.unknowns:
            self.add(reason, known=False)
        for risk in other.risks:
            self.add_risk(risk)
