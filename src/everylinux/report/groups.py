"""Verdicts in groups with the same first reason, and the reasons of a group in few lines."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from everylinux.report.places import Place
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from everylinux.evidence import CheckedFile, Reason, Risk, Verdict, VerdictWord

VERSIONS = "symbol-version"
MOST_SUBJECTS = 4


class Cause(msgspec.Struct, frozen=True):
    """The reasons of one code in a group: each subject once, of versions the newest first."""

    code: str
    reasons: tuple[Reason, ...]

    def text(self, others: Container[str], *, short: bool = False) -> str:
        """Return one sentence, with who asks when it is one of ``others``: see `askers_of`.

        ``short`` leaves out what a loader would say of a single subject.
        """
        if len(self.reasons) == 1 and not short:
            reason = self.reasons[0]
            return f"{self.code}: {reason.message or reason.subject}{asked(reason, others, known=reason.message)}"
        shown = [f"{reason.subject}{asked(reason, others)}" for reason in self.reasons[:MOST_SUBJECTS]]
        more = len(self.reasons) - len(shown)
        return f"{self.code}: {', '.join(shown)}" + (f", and {more} more" if more else "")


class Group(msgspec.Struct, frozen=True, dict=True):
    """Verdicts of one word with the same first reason; ``allowed`` when the allow-list accepts all their reasons."""

    word: VerdictWord
    verdicts: tuple[Verdict, ...]
    allowed: bool

    @property
    def places(self) -> list[Place]:
        """The images of the group."""
        return places_of(self.verdicts)

    @cached_property
    def causes(self) -> list[Cause]:
        """All reasons of the group, those of one code together, in the order in which a loader tells them."""
        codes: dict[str, dict[str, Reason]] = {}
        for verdict in self.verdicts:
            for reason in verdict.reasons:
                codes.setdefault(reason.code, {}).setdefault(reason.subject, reason)
        return [Cause(code, _in_order(code, list(found.values()))) for code, found in codes.items()]

    @cached_property
    def hint(self) -> str:
        """What cures the first cause, or else another."""
        reasons = [reason for _, reason in self._leading]
        reasons += [reason for cause in self.causes for reason in cause.reasons]
        return next((reason.hint for reason in reasons if reason.hint and not reason.allowed), "")

    @property
    def note(self) -> str:
        """What is known beyond the first cause, and on which image when it differs from the others'."""
        leading = self._leading
        if not leading or not leading[0][1].note:
            return ""
        image, reason = leading[0]
        return reason.note if len({other.note for _, other in leading}) == 1 else f"on {image}: {reason.note}"

    @property
    def written(self) -> list[str]:
        """The written reasons of the allow-list."""
        return list(dict.fromkeys(reason.allowed for one in self.verdicts for reason in one.reasons if reason.allowed))

    @cached_property
    def _leading(self) -> list[tuple[str, Reason]]:
        """Return the first cause's first reason on each image that has it, the worst image first."""
        if not self.causes:
            return []
        wanted = (self.causes[0].code, self.causes[0].reasons[0].subject)
        worst = sorted(self.verdicts, key=lambda verdict: -len(verdict.reasons))
        return [
            (verdict.image, reason)
            for verdict in worst
            for reason in verdict.reasons
            if (reason.code, reason.subject) == wanted
        ]


def askers_of(file: CheckedFile) -> frozenset[str]:
    """Return the names of the libraries that a file loads: of the file itself it need not be said that it asks."""
    return frozenset(posixpath.basename(library.path) for one in file.verdicts for library in one.libraries)


def asked(reason: Reason, others: Container[str], known: str = "") -> str:
    """Return for which symbol and in which library the subject is needed, as far as that is not ``known`` already."""
    asker = reason.asked_by
    if asker is None:
        return ""
    symbol = asker.symbol if asker.symbol and asker.symbol != reason.subject else ""
    name = posixpath.basename(asker.file)
    other = name if name in others and name not in known else ""
    words = " ".join(word for word in (f"for {symbol}" if symbol else "", f"in {other}" if other else "") if word)
    return f" ({words})" if words else ""


def places_of(verdicts: Iterable[Verdict]) -> list[Place]:
    """Return where the verdicts were given."""
    return [Place(verdict.image, verdict.platform) for verdict in verdicts]


def is_allowed(verdict: Verdict) -> bool:
    """Return whether the allow-list accepts every reason of a verdict."""
    return bool(verdict.reasons) and all(reason.allowed for reason in verdict.reasons)


def group_verdicts(verdicts: Sequence[Verdict]) -> list[Group]:
    """Return the groups: what fails first, then what is unknown, then what is allowed; what starts is in none."""
    found: dict[tuple[object, ...], list[Verdict]] = {}
    for verdict in verdicts:
        if verdict.verdict != "ok":
            first = verdict.reasons[0] if verdict.reasons else None
            key = (verdict.verdict, is_allowed(verdict), first and (first.code, _kind(first)))
            found.setdefault(key, []).append(verdict)
    groups = [Group(members[0].verdict, tuple(members), is_allowed(members[0])) for members in found.values()]
    return sorted(groups, key=lambda group: (group.allowed, group.word != "fails"))


def group_risks(verdicts: Sequence[Verdict]) -> list[tuple[Risk, list[Place]]]:
    """Return each risk once, with where it holds."""
    found: dict[tuple[str, str, str], tuple[Risk, list[Place]]] = {}
    for verdict in verdicts:
        for risk in verdict.risks:
            _, where = found.setdefault((risk.code, risk.subject, risk.allowed), (risk, []))
            where.append(Place(verdict.image, verdict.platform))
    return list(found.values())


def _kind(reason: Reason) -> str:
    """Return what must agree for two reasons to be the same: of a version only its family."""
    return reason.subject.rpartition("_")[0] if reason.code == VERSIONS else reason.subject


def _in_order(code: str, reasons: list[Reason]) -> tuple[Reason, ...]:
    if code == VERSIONS:
        families = list(dict.fromkeys(map(_kind, reasons)))
        reasons.sort(key=lambda reason: version_key(reason.subject.rpartition("_")[2]), reverse=True)
        reasons.sort(key=lambda reason: families.index(_kind(reason)))
    return tuple(reasons)
