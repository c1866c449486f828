"""Markdown as GitHub and GitLab render it: for the summary of a step, or a comment.

Whatever comes from files is text and never markup (CommonMark 0.31, sections 2.4 and 2.5: escapes and entities).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TextIO

from everylinux.evidence import CheckReport, named
from everylinux.report.facts import counted, facts_of, floors_of, hosts_of, opened_by, python_of
from everylinux.report.groups import askers_of, group_risks, group_verdicts, places_of
from everylinux.report.interface import feed
from everylinux.report.places import name_places
from everylinux.report.sections import Section, sections
from everylinux.report.text import with_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from everylinux.evidence import CheckedFile, Package, Report, Skipped
    from everylinux.report.interface import CheckSink, Reporter

# GitHub takes 1 MiB for the summary of a step; the end must fit too.
MOST_BYTES = 900_000
MOST_PACKAGES = 500
FEWEST_TO_SUM_UP = 6
AT = "&#64;"
_SPECIAL = re.compile(r"[&<>\\`*\[\]|~!#{}@$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|(?<=[A-Za-z]):(?=//)|(?<=[Ww]{3})\.")


class MarkdownReporter:
    """Tables in GitHub's flavour of Markdown."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> None:
        """Write the document."""
        if isinstance(report, CheckReport):
            feed(self.begin_check(stream, color=color, verbosity=verbosity), report)
            return
        for section in sections(with_lines(report)):
            _write_section(section, stream)

    def begin_check(self, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> CheckSink:
        """Begin the document of `check`: a row a file."""
        del color, verbosity
        return _MarkdownSink(stream)


class _MarkdownSink:
    """Writes rows until the document is as long as it may be, then only counts."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._bytes = 0
        self._files = self._hidden = self._judged = self._everywhere = 0
        stream.write("## everylinux check\n\n")

    def add(self, file: CheckedFile) -> None:
        """Write one file's row."""
        file = with_lines(file)
        self._judged += bool(file.verdicts)
        self._everywhere += bool(file.verdicts) and all(verdict.verdict == "ok" for verdict in file.verdicts)
        row = _row((_file_cell(file), _good_cell(file), _bad_cell(file)))
        self._bytes += len(row.encode("utf-8", "replace"))
        if self._bytes > MOST_BYTES:
            self._hidden += 1
        else:
            if not self._files:
                self._stream.write(_header(("file", "starts on", "does not start, and why")))
            self._stream.write(row)
        self._files += 1

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Write what was opened and passed over, and how many files there are."""
        told = counted(self._files) + (f", {self._everywhere} start on every image judged." if self._judged else ".")
        if self._hidden:
            told += f" {self._hidden} of them are not shown: the document would be too long; -o json has them all."
        self._stream.write(f"\n{told}\n")
        if packages:
            rows = tuple(_package(with_lines(package)) for package in packages[:MOST_PACKAGES])
            more = len(packages) - len(rows)
            text = f"{more} more are not shown; -o json has them all." if more else ""
            headings = ("package", "says", "true", "why not", "true tags")
            _write_section(Section("Packages", headings, rows, text), self._stream)
        if skipped:
            lines = map(with_lines, skipped[:MOST_PACKAGES])
            rows = tuple((named(one.path, one.member), str(one.count), one.why) for one in lines)
            more = len(skipped) - len(rows)
            text = f"{more} more are not shown; -o json has them all." if more else ""
            _write_section(Section("Not judged", ("where", "files", "why"), rows, text), self._stream)


def _file_cell(file: CheckedFile) -> str:
    lines = [facts_of(file), floors_of(file), *hosts_of(file)]
    if file.python is not None:
        lines.append(python_of(file.python))
    lines += [f"may open {opened}" for opened in opened_by(file)]
    name = f"<code>{plain(named(file.path, file.member))}</code>"
    return "<br>".join([name, *(plain(line) for line in lines if line)])


def _good_cell(file: CheckedFile) -> str:
    judged = places_of(file.verdicts)
    good = places_of(verdict for verdict in file.verdicts if verdict.verdict == "ok")
    everywhere = f"all {len(good)} images" if len(good) == len(judged) > FEWEST_TO_SUM_UP else ""
    lines = [everywhere or plain(name_places(good, judged, since=True))]
    for risk, where in group_risks(file.verdicts):
        place = "" if len(where) == len(judged) else f" ({name_places(where, judged)})"
        allowed = f" (allowed: {risk.allowed})" if risk.allowed else ""
        lines.append(f"risk **{plain(risk.code)}**: {plain(risk.message + place + allowed)}")
    return "<br>".join(line for line in lines if line)


def _bad_cell(file: CheckedFile) -> str:
    judged = places_of(file.verdicts)
    lines = []
    others = askers_of(file)
    for group in group_verdicts(file.verdicts):
        word = "allowed" if group.allowed else group.word
        lines.append(f"**{word}** on {plain(name_places(group.places, judged))}")
        lines += [plain(cause.text(others)) for cause in group.causes]
        lines += [f"allowed: {plain(written)}" for written in group.written]
        if group.hint:
            lines.append(f"hint: {plain(group.hint)}")
    return "<br>".join(lines)


def _package(package: Package) -> tuple[str, ...]:
    truth = {True: "yes", False: "no", None: "nothing to judge"}[package.truth]
    why = "; ".join(
        f"{reason.message or reason.subject}{f' (allowed: {reason.allowed})' if reason.allowed else ''}"
        for reason in package.reasons
    )
    said = ", ".join(package.tags) or package.arch
    return named(package.path, package.member), said, truth, why, ", ".join(package.true_tags)


def _write_section(section: Section, stream: TextIO) -> None:
    stream.write(f"\n### {plain(section.title)}\n\n")
    if section.rows:
        stream.write(_header([plain(heading) for heading in section.headings]))
        stream.writelines(_row(map(plain, row)) for row in section.rows)
    if section.text:
        stream.write(f"\n{plain(section.text)}\n")


def _header(headings: Sequence[str]) -> str:
    return f"{_row(headings)}{_row(['---'] * len(headings))}"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def plain(text: str) -> str:
    """Return the text with everything that Markdown, HTML or a table would take for markup as an entity.

    Addresses and mentions are looked for in what is already text: a comment parts them.
    """
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", text).replace(AT, f"{AT}<!-- -->")


REPORTER: Reporter = MarkdownReporter()
