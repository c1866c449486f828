"""The table of `check`: for each file what it is, then the images in groups with the same answer."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING

from everylinux.report.facts import counted, facts_of, floors_of, hosts_of, named, opened_by, python_of
from everylinux.report.groups import group_risks, group_verdicts, is_allowed, places_of
from everylinux.report.places import Place, families_without, name_places, unbroken
from everylinux.report.text import with_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, Package, Reason, Skipped, Verdict
    from everylinux.report.groups import Group
    from everylinux.report.lines import Lines

MOST_CAUSES = 3
FEWEST_TO_SUM_UP = 6
LONGEST_FOLDER = 20
NOT_FOUND = "missing-library"


class CheckTable:
    """Writes a block a file, then the packages, what was skipped, and for several files a summary."""

    def __init__(self, lines: Lines, *, verbosity: int) -> None:
        self._lines = lines
        self._verbosity = verbosity
        self._summary = _Summary()

    def add(self, file: CheckedFile) -> None:
        """Write one file's block."""
        file = with_lines(file)
        if self._summary.files:
            self._lines.write()
        self._summary.add(file)
        _Block(file, self._lines, self._verbosity, first=self._summary.files == 1).write()

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Write what was opened and passed over, and the summary."""
        for package in packages:
            self._write_package(with_lines(package))
        if skipped:
            self._lines.write()
            self._lines.write(f"not judged: {counted(sum(one.count for one in skipped))}", style="title")
            for one in skipped:
                _write_skipped(with_lines(one), self._lines)
        if self._summary.files > 1:
            self._summary.write(self._lines)

    def _write_package(self, package: Package) -> None:
        lines = self._lines
        lines.write()
        lines.write(named(package.path, package.member), style="title")
        identity = f"{package.name} {package.version}".strip()
        lines.write(", ".join(word for word in (package.kind, identity, package.arch) if word), indent=2)
        if package.truth is not None:
            word, style = ("true", "ok") if package.truth else ("not true", "fails")
            said = f"it says {', '.join(package.tags) or package.arch}"
            lines.write(said, label=f"{word:<12}", indent=2, style=style)
        for reason in package.reasons:
            allowed = f" [allowed: {reason.allowed}]" if reason.allowed else ""
            lines.write(f"{reason.code}: {reason.message or reason.subject}{allowed}", indent=4)
            if reason.hint:
                lines.write(reason.hint, label="hint: ", indent=6)
        if package.true_tags and package.truth is not True:
            lines.write(", ".join(package.true_tags), label=f"{'true is':<12}", indent=2)


class _Block:
    """One file."""

    def __init__(self, file: CheckedFile, lines: Lines, verbosity: int, *, first: bool) -> None:
        self._file = file
        self._first = first
        self._lines = lines
        self._verbosity = verbosity
        self._judged = places_of(file.verdicts)
        self._hints: set[str] = set()
        self._folder = _folder(file)

    def write(self) -> None:
        self._write_facts()
        good = [verdict for verdict in self._file.verdicts if verdict.verdict == "ok"]
        if good:
            self._label("starts on", unbroken(self._starts(places_of(good))), "ok")
        elif self._file.verdicts:
            self._label("starts on", "none of them", "")
        for group in group_verdicts(self._file.verdicts):
            self._write_group(group)
        for risk, where in group_risks(self._file.verdicts):
            place = "" if len(where) == len(self._judged) else f" [{name_places(where, self._judged)}]"
            allowed = f" [allowed: {risk.allowed}]" if risk.allowed else ""
            self._label("risk", f"{risk.code}: {risk.message}{place}{allowed}", "risk")
            if risk.hint and self._verbosity:
                self._lines.write(risk.hint, label="hint: ", indent=6)
        for opened in opened_by(self._file):
            self._label("may open", opened, "")
        if self._verbosity:
            self._write_libraries()

    def _write_facts(self) -> None:
        file = self._file
        self._lines.write(named(file.path, file.member), style="title")
        self._lines.write(facts_of(file), indent=2)
        if file.floor:
            self._label("floor", floors_of(file), "")
        for sentence in hosts_of(file, whole=self._verbosity > 1):
            self._label("host", sentence, "")
        if file.python is not None:
            self._label("python", python_of(file.python), "")

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

    def _write_group(self, group: Group) -> None:
        label = "allowed on" if group.allowed else f"{group.word} on"
        self._label(label, unbroken(name_places(group.places, self._judged)), "aside" if group.allowed else group.word)
        causes = group.causes
        shown = causes if self._verbosity else causes[:MOST_CAUSES]
        for number, cause in enumerate(shown):
            self._lines.write(self._short(cause.text(self._file.path, short=number > 0)), indent=4)
            # Searched paths are long; -v tells those of every image.
            if number == 0 and group.note and cause.code != NOT_FOUND:
                self._lines.write(self._short(group.note), indent=6, style="aside")
        if len(causes) > len(shown):
            self._lines.write(
                f"and {', '.join(cause.code for cause in causes[len(shown) :])} (-v tells them)", indent=4
            )
        for written in group.written:
            self._lines.write(written, label="allowed: ", indent=4)
        if group.hint and group.hint not in self._hints:
            self._hints.add(group.hint)
            self._lines.write(self._short(group.hint), label="hint: ", indent=4)
        if self._verbosity:
            for verdict in group.verdicts:
                self._write_reasons(verdict)

    def _short(self, text: str) -> str:
        """Return the text with the file's own folder as loaders write it, where that is shorter."""
        return text.replace(self._folder, "$ORIGIN") if len(self._folder) > LONGEST_FOLDER else text

    def _write_reasons(self, verdict: Verdict) -> None:
        """Write every reason of one image whole, with what was searched."""
        self._lines.write(f"{verdict.image} ({verdict.platform})", indent=4, style="title")
        for reason in verdict.reasons:
            self._lines.write(f"{reason.code}: {reason.message or reason.subject}{_asker(reason)}", indent=6)
            for label, text in (("", reason.note), ("hint: ", reason.hint), ("allowed: ", reason.allowed)):
                if text:
                    self._lines.write(text, label=label, indent=8)
            if reason.link:
                self._lines.write(reason.link, indent=8)

    def _write_libraries(self) -> None:
        """Write where each library was found and by which rule; images with the same answer together."""
        found: dict[tuple[object, ...], list[Verdict]] = {}
        for verdict in self._file.verdicts:
            if verdict.libraries:
                found.setdefault(verdict.libraries, []).append(verdict)
        for members in found.values():
            self._label("finds on", name_places(places_of(members), self._judged), "")
            for library in members[0].libraries:
                asked = f", asked for by {posixpath.basename(library.asked_by)}" if library.asked_by else ""
                self._lines.write(f"{library.path} ({library.rule}{asked})", label=f"{library.name} → ", indent=4)

    def _label(self, label: str, text: str, style: str) -> None:
        self._lines.write(text, label=f"{label:<12}", indent=2, style=style)


class _Summary:
    """Counts what a run found; its size does not depend on the number of files."""

    def __init__(self) -> None:
        self.files = 0
        self._places: dict[Place, Counter[str]] = {}
        self._codes: Counter[str] = Counter()
        self._everywhere = 0

    def add(self, file: CheckedFile) -> None:
        self.files += 1
        codes: set[str] = set()
        words: dict[Place, str] = {}
        for verdict in file.verdicts:
            word: str = "allowed" if verdict.verdict != "ok" and is_allowed(verdict) else verdict.verdict
            # Each file is judged on its own platform; on several of one image the worst counts.
            place = Place(verdict.image, "")
            words[place] = max(words.get(place, "ok"), word, key=list(_COUNTED).index)
            if word == "fails":
                codes.update(reason.code for reason in verdict.reasons if not reason.allowed)
        for place, word in words.items():
            self._places.setdefault(place, Counter())[word] += 1
        self._codes.update(codes)
        self._everywhere += bool(words) and set(words.values()) == {"ok"}

    def write(self, lines: Lines) -> None:
        lines.write()
        told = f": {self._everywhere} start on every image judged" if self._places else ""
        lines.write(f"{counted(self.files)}{told}", style="title")
        judged = list(self._places)
        groups: dict[tuple[tuple[str, int], ...], list[Place]] = {}
        for place, words in self._places.items():
            groups.setdefault(tuple((word, words[word]) for word in _COUNTED if words[word]), []).append(place)
        for counts, places in sorted(groups.items(), key=lambda group: -dict(group[0]).get("ok", 0)):
            said = ", ".join(f"{count} {_COUNTED[word]}" for word, count in counts)
            lines.write(f"{said} on {name_places(places, judged)}", indent=2)
        if self._codes:
            said = ", ".join(f"{code} in {count}" for code, count in sorted(self._codes.items(), key=_by_count))
            lines.write(f"findings: {said}", indent=2)


# What is counted of each image, the better first.
_COUNTED = {"ok": "start", "allowed": "fail, as allowed,", "unknown": "unknown", "fails": "fail"}


def _by_count(code: tuple[str, int]) -> tuple[int, str]:
    name, count = code
    return -count, name


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


def _write_skipped(one: Skipped, lines: Lines) -> None:
    count = f"{one.count} files: " if one.count > 1 else ""
    lines.write(f"{named(one.path, one.member)}: {count}{one.why}", indent=2)
