"""One file in the table of `check`: what it is, then the images in groups with the same answer."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from everylinux.evidence import named
from everylinux.report.facts import facts_of, floors_of, hosts_of, opened_by, python_of
from everylinux.report.groups import askers_of, group_risks, group_verdicts, places_of
from everylinux.report.lines import Paragraph
from everylinux.report.places import families_without, name_places, unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, Reason, Verdict
    from everylinux.report.groups import Group
    from everylinux.report.lines import Lines
    from everylinux.report.places import Place

FEWEST_TO_SUM_UP = 6
LONGEST_FOLDER = 20
NOT_FOUND = "missing-library"


class _Detail(NamedTuple):
    """How much is told: of each group so many causes, messages and notes or none, and hints for so many groups."""

    causes: int
    messages: bool
    notes: bool
    hints: int


# From the most to the least: what does not fit a screen is told with less, down to what says where and why.
DETAILS = (
    _Detail(causes=3, messages=True, notes=True, hints=9),
    _Detail(causes=1, messages=True, notes=True, hints=9),
    _Detail(causes=1, messages=True, notes=True, hints=3),
    _Detail(causes=1, messages=True, notes=False, hints=3),
    _Detail(causes=1, messages=False, notes=False, hints=2),
    _Detail(causes=1, messages=False, notes=False, hints=1),
)
EVERYTHING = _Detail(causes=99, messages=True, notes=True, hints=99)
LESS = Paragraph("(-v tells more)", indent=2, style="aside")


def write_file(file: CheckedFile, lines: Lines, verbosity: int, *, first: bool) -> None:
    """Write one file's block, with as much as fits a screen; everything with ``verbosity``.

    ``first`` is the report's first file, of which the images are named even where it starts on all of them.
    """
    block = _Block(file, verbosity, first=first)
    told = block.told(EVERYTHING if verbosity else DETAILS[0])
    for detail in () if verbosity else DETAILS[1:]:
        if sum(map(lines.height, told)) <= lines.rows:
            break
        told = [*block.told(detail), LESS]
    for paragraph in told:
        lines.write_paragraph(paragraph)


class _Block:
    def __init__(self, file: CheckedFile, verbosity: int, *, first: bool) -> None:
        self._file = file
        self._first = first
        self._verbosity = verbosity
        self._judged = places_of(file.verdicts)
        self._groups = group_verdicts(file.verdicts)
        self._others = askers_of(file)
        self._folder = _folder(file)

    def told(self, detail: _Detail) -> list[Paragraph]:
        """Return the block's paragraphs."""
        return [
            *self._facts(),
            *self._verdicts(detail),
            *self._risks(),
            *(self._libraries() if self._verbosity else ()),
        ]

    def _facts(self) -> list[Paragraph]:
        file = self._file
        told = [Paragraph(named(file.path, file.member), style="title"), Paragraph(facts_of(file), indent=2)]
        if file.floor:
            told.append(_labelled("floor", floors_of(file)))
        told += [_labelled("host", sentence) for sentence in hosts_of(file, whole=self._verbosity > 1)]
        if file.python is not None:
            told.append(_labelled("python", python_of(file.python)))
        return told

    def _verdicts(self, detail: _Detail) -> list[Paragraph]:
        told = []
        good = [verdict for verdict in self._file.verdicts if verdict.verdict == "ok"]
        if good:
            told.append(_labelled("starts on", unbroken(self._starts(places_of(good))), "ok"))
        elif self._file.verdicts:
            told.append(_labelled("starts on", "none of them"))
        hints: set[str] = set()
        for group in self._groups:
            told += self._group(group, detail)
            if group.hint and group.hint not in hints and len(hints) < detail.hints:
                hints.add(group.hint)
                told.append(Paragraph(self._short(group.hint), label="hint: ", indent=4))
            if self._verbosity:
                told += [paragraph for verdict in group.verdicts for paragraph in _whole(verdict)]
        return told

    def _starts(self, good: list[Place]) -> str:
        everywhere = f"all {len(good)} images" if len(good) == len(self._judged) > FEWEST_TO_SUM_UP else ""
        if everywhere and not self._first:
            return everywhere
        names = name_places(good, self._judged, since=True)
        parts = [f"{everywhere}: {names}" if everywhere else names]
        undecided = places_of(verdict for verdict in self._file.verdicts if verdict.verdict != "fails")
        nowhere = families_without(undecided, self._judged)
        if nowhere:
            parts.append(f"none of {', '.join(nowhere)}")
        return "; ".join(parts)

    def _group(self, group: Group, detail: _Detail) -> list[Paragraph]:
        everywhere = len(group.verdicts) == len(self._judged) > FEWEST_TO_SUM_UP
        where = f"all {len(self._judged)} images" if everywhere else unbroken(name_places(group.places, self._judged))
        if group.allowed:
            told = [_labelled("allowed on", where, "aside")]
        else:
            told = [_labelled(f"{group.word} on", where, group.word)]
        shown, left = group.causes[: detail.causes], group.causes[detail.causes :]
        for number, cause in enumerate(shown):
            text = self._short(cause.text(self._others, short=number > 0 or not detail.messages))
            if left and number == len(shown) - 1:
                text += f" (also {', '.join(other.code for other in left)})"
            told.append(Paragraph(text, indent=4))
            # Searched paths are long: -v tells those of every image.
            if number == 0 and group.note and detail.notes and cause.code != NOT_FOUND:
                told.append(Paragraph(self._short(group.note), indent=6, style="aside"))
        return [*told, *(Paragraph(written, label="allowed: ", indent=4) for written in group.written)]

    def _risks(self) -> list[Paragraph]:
        told = []
        for risk, where in group_risks(self._file.verdicts):
            place = "" if len(where) == len(self._judged) else f" [{name_places(where, self._judged)}]"
            allowed = f" [allowed: {risk.allowed}]" if risk.allowed else ""
            told.append(_labelled("risk", unbroken(f"{risk.code}: {risk.message}{place}{allowed}"), "risk"))
            if risk.hint and self._verbosity:
                told.append(Paragraph(risk.hint, label="hint: ", indent=6))
        return [*told, *(_labelled("may open", opened) for opened in opened_by(self._file))]

    def _libraries(self) -> list[Paragraph]:
        """Return where each library was found and by which rule; images with the same answer together."""
        found: dict[tuple[object, ...], list[Verdict]] = {}
        for verdict in self._file.verdicts:
            if verdict.libraries:
                found.setdefault(verdict.libraries, []).append(verdict)
        told = []
        for members in found.values():
            told.append(_labelled("finds on", name_places(places_of(members), self._judged)))
            for library in members[0].libraries:
                asked = f", asked for by {posixpath.basename(library.asked_by)}" if library.asked_by else ""
                text = f"{library.path} ({library.rule}{asked})"
                told.append(Paragraph(text, label=f"{library.name} → ", indent=4))
        return told

    def _short(self, text: str) -> str:
        """Return the text with the file's own folder as loaders write it, where that is shorter."""
        return text.replace(self._folder, "$ORIGIN") if len(self._folder) > LONGEST_FOLDER else text


def _whole(verdict: Verdict) -> list[Paragraph]:
    """Return every reason of one image whole, with what was searched."""
    told = [Paragraph(f"{verdict.image} ({verdict.platform})", indent=4, style="title")]
    for reason in verdict.reasons:
        told.append(Paragraph(f"{reason.code}: {reason.message or reason.subject}{_asker(reason)}", indent=6))
        parts: Sequence[tuple[str, str]] = (
            ("", reason.note),
            ("hint: ", reason.hint),
            ("allowed: ", reason.allowed),
            ("", reason.link),
        )
        told += [Paragraph(text, label=label, indent=8) for label, text in parts if text]
    return told


def _labelled(label: str, text: str, style: str = "") -> Paragraph:
    return Paragraph(text, label=f"{label:<12}", indent=2, style=style)


def _folder(file: CheckedFile) -> str:
    """Return the folder of the file as reasons name it: they follow links, its path may be relative."""
    name = posixpath.basename(file.member or file.path)
    for verdict in file.verdicts:
        for reason in verdict.reasons:
            if reason.asked_by is not None and posixpath.basename(reason.asked_by.file) == name:
                return posixpath.dirname(reason.asked_by.file)
    return ""


def _asker(reason: Reason) -> str:
    if reason.asked_by is None:
        return ""
    symbol = f" for {reason.asked_by.symbol}" if reason.asked_by.symbol else ""
    return f" (asked for by {reason.asked_by.file}{symbol})"
