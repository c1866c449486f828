"""What a loader would say of one file: reasons in its own order, what cannot be known, and risks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from everylinux.evidence import FoundLibrary, Reason, Risk

# A hostile file may lack a million symbols, each with a name as long as a book: nobody reads on after these. Lengths
# are in characters.
MOST_REASONS = 10_000
MOST_TEXT = 4 << 20
LONGEST_TEXT = 16 << 10

Told = TypeVar("Told", bound="Reason | Risk")


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
    _left: int = MOST_TEXT

    def add(self, reason: Reason, *, known: bool = True) -> None:
        """Add a reason unless its code and subject were told before; ``known`` is ``False`` for what may be wrong."""
        self._add(self.reasons if known else self.unknowns, reason.code, reason)

    def add_risk(self, risk: Risk) -> None:
        """Add a risk unless its code and subject were told before."""
        self._add(self.risks, f"risk {risk.code}", risk)

    def _add(self, told: list[Told], code: str, one: Told) -> None:
        key = code, one.subject
        if key in self._told:
            return
        self._left -= len(one.subject) + len(one.message)
        # The first of a list decides the verdict: it is never left out.
        if not told or (self._left >= 0 and len(self._told) < MOST_REASONS):
            self._told.add(key)
            told.append(one if len(one.subject) + len(one.message) <= LONGEST_TEXT else _shortened(one))

    def has(self, code: str, subject: str | None) -> bool:
        """Return whether a reason was added."""
        return (code, subject) in self._told

    def copied(self) -> Outcome:
        """Return another one with the same content, to add to."""
        return Outcome(
            [*self.reasons],
            [*self.unknowns],
            [*self.risks],
            self.libraries,
            self.libc,
            {*self._told},
            self._left,
        )

    def merge(self, other: Outcome) -> None:
        """Add all that another outcome has."""
        self.libraries = self.libraries or other.libraries
        self.libc = other.libc if other.libc[0] else self.libc
        if not self._told:
            self.reasons, self.unknowns, self.risks = [*other.reasons], [*other.unknowns], [*other.risks]
            self._told, self._left = {*other._told}, other._left
            return
        for reason in other.reasons:
            self.add(reason)
        for reason in other.unknowns:
            self.add(reason, known=False)
        for risk in other.risks:
            self.add_risk(risk)


def _shortened(one: Told) -> Told:
    """Return it with the beginning of each text only."""
    changes: dict[str, object] = {}
    for name in ("subject", "message", "note", "hint"):
        text = getattr(one, name, "")
        changes |= {name: text[:LONGEST_TEXT] + "…"} if len(text) > LONGEST_TEXT else {}
    asker = getattr(one, "asked_by", None)
    if asker is not None and len(asker.symbol or "") > LONGEST_TEXT:
        changes["asked_by"] = msgspec.structs.replace(asker, symbol=asker.symbol[:LONGEST_TEXT] + "…")
    return msgspec.structs.replace(one, **changes)
