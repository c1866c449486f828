"""What a loader would say of one file: reasons in its own order, what cannot be known, and risks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from everylinux.evidence import FoundLibrary, Reason, Risk

# A hostile file may lack a million symbols: nobody reads on after these.
MOST_REASONS = 10_000


class Outcome(msgspec.Struct, eq=False):
    """What a loader would say: reasons in its own order, what cannot be known, risks, and what it found.

    ``libc`` is whose rules missed a symbol (``gnu``, ``musl``, or empty) and its release.
    """

    reasons: list[Reason] = msgspec.field(default_factory=list)
    unknowns: list[Reason] = msgspec.field(default_factory=list)
    risks: list[Risk] = msgspec.field(default_factory=list)
    libraries: tuple[FoundLibrary, ...] = ()
    libc: tuple[str, str] = ("", "")
    _told: set[tuple[str, str]] = msgspec.field(default_factory=set)

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
        self.libraries = self.libraries or other.libraries
        self.libc = other.libc if other.libc[0] else self.libc
        for reason in other.reasons:
            self.add(reason)
        for reason in other.unknowns:
            self.add(reason, known=False)
        for risk in other.risks:
            self.add_risk(risk)
