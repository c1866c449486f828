"""One page of HTML that stands by itself: no script, nothing from elsewhere, and everything told is text.

Every element is made as a tree and written by its serialiser, so that no name from a file can become markup.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO
from xml.etree import ElementTree as ET

from everylinux import __version__
from everylinux.evidence import CheckReport, named
from everylinux.report.facts import counted, facts_of, floors_of, hosts_of, opened_by, python_of
from everylinux.report.groups import askers_of, group_risks, group_verdicts, places_of
from everylinux.report.interface import feed
from everylinux.report.places import name_places
from everylinux.report.rules import rules
from everylinux.report.sections import Section, sections
from everylinux.report.text import with_lines

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from everylinux.evidence import CheckedFile, Package, Report, Skipped
    from everylinux.report.groups import Group
    from everylinux.report.interface import CheckSink, Reporter

STYLE = """
:root { color-scheme: light dark; --ok: #1a7f37; --fails: #cf222e; --unknown: #9a6700; --line: #8884; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
code, summary { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
details { border-top: 1px solid var(--line); padding: .4rem 0; }
summary { cursor: pointer; }
table { border-collapse: collapse; margin: .5rem 0 1rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-top: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
.ok { color: var(--ok); } .fails { color: var(--fails); } .unknown, .risk { color: var(--unknown); }
.aside { opacity: .75; }
"""
# Whatever a name might become, a browser takes nothing from anywhere and runs nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
MOST_UNFOLDED = 20
WORDS = {"ok": "start", "fails": "fail", "unknown": "unknown"}


class HtmlReporter:
    """A page that can be kept as a build's artifact."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> None:
        """Write the page."""
        if isinstance(report, CheckReport):
            feed(self.begin_check(stream, color=color, verbosity=verbosity), report)
            return
        _begin(stream, report.schema.removeprefix("everylinux.").partition("/")[0])
        for section in sections(with_lines(report)):
            _write_section(section, stream)
        _end(stream)

    def begin_check(self, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> CheckSink:
        """Begin the page of `check`: a part to unfold for each file."""
        del color, verbosity
        return _HtmlSink(stream)


class _HtmlSink:
    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._files = self._bad = 0
        _begin(stream, "check")

    def add(self, file: CheckedFile) -> None:
        """Write one file's part; the first with which something is wrong are unfolded."""
        self._files += 1
        bad = any(verdict.verdict != "ok" for verdict in file.verdicts)
        self._bad += bad
        _write(_file(with_lines(file), unfolded=bad and self._bad <= MOST_UNFOLDED), self._stream)

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Write what was opened and passed over, and close the page."""
        _write(_made("p", counted(self._files)), self._stream)
        if packages:
            headings = ("package", "kind", "says", "true", "why not", "true tags")
            rows = tuple(_package(with_lines(package)) for package in packages)
            _write_section(Section("Packages", headings, rows), self._stream)
        if skipped:
            lines = map(with_lines, skipped)
            rows = tuple((named(one.path, one.member), str(one.count), one.why) for one in lines)
            _write_section(Section("Not judged", ("where", "files", "why"), rows), self._stream)
        _end(self._stream)


def _file(file: CheckedFile, *, unfolded: bool) -> ET.Element:
    part = ET.Element("details", {"open": "open"} if unfolded else {})
    summary = _add(part, "summary", named(file.path, file.member))
    for word, said in WORDS.items():
        count = sum(verdict.verdict == word for verdict in file.verdicts)
        if count:
            _add(summary, "span", f" {said} on {count} ", word)
    facts = {"what": facts_of(file), "floor": floors_of(file), "sha256": file.sha256 or ""}
    if file.python is not None:
        facts["Python"] = python_of(file.python)
    facts["host"] = "; ".join(hosts_of(file))
    facts["may open"] = "; ".join(opened_by(file))
    table = _add(part, "table")
    for heading, fact in facts.items():
        if fact:
            row = _add(table, "tr")
            _add(row, "th", heading)
            _add(row, "td", fact)
    _add_verdicts(file, table)
    return part


def _add_verdicts(file: CheckedFile, table: ET.Element) -> None:
    judged = places_of(file.verdicts)
    good = places_of(verdict for verdict in file.verdicts if verdict.verdict == "ok")
    if good:
        row = _add(table, "tr")
        _add(row, "th", "starts on", "ok")
        _add(row, "td", name_places(good, judged, since=True))
    others = askers_of(file)
    for group in group_verdicts(file.verdicts):
        row = _add(table, "tr")
        _add(row, "th", f"{'allowed' if group.allowed else group.word} on", "aside" if group.allowed else group.word)
        cell = _add(row, "td", name_places(group.places, judged))
        _add_reasons(group, others, cell)
    for risk, where in group_risks(file.verdicts):
        row = _add(table, "tr")
        _add(row, "th", "risk", "risk")
        place = "" if len(where) == len(judged) else f" ({name_places(where, judged)})"
        cell = _add(row, "td")
        _add_code(cell, risk.code)
        _add(cell, "span", f": {risk.message}{place}")
        for label, text in (("hint", risk.hint), ("allowed", risk.allowed)):
            if text:
                _add(cell, "div", f"{label}: {text}")


def _add_reasons(group: Group, others: Container[str], cell: ET.Element) -> None:
    for number, cause in enumerate(group.causes):
        line = _add(cell, "div")
        _add_code(line, cause.code)
        _add(line, "span", cause.text(others).removeprefix(cause.code))
        if number == 0 and group.note:
            _add(cell, "div", group.note, "aside")
    for written in group.written:
        _add(cell, "div", f"allowed: {written}")
    if group.hint:
        _add(cell, "div", f"hint: {group.hint}")


def _add_code(parent: ET.Element, code: str) -> None:
    """Add a code with what it means for whoever points at it."""
    element = _add(parent, "code", code)
    if code in rules():
        element.set("title", rules()[code].summary)


def _package(package: Package) -> tuple[str, ...]:
    truth = {True: "yes", False: "no", None: "nothing to judge"}[package.truth]
    why = "; ".join(
        f"{reason.message or reason.subject}{f' (allowed: {reason.allowed})' if reason.allowed else ''}"
        for reason in package.reasons
    )
    said = ", ".join(package.tags) or package.arch
    return named(package.path, package.member), package.kind, said, truth, why, ", ".join(package.true_tags)


def _write_section(section: Section, stream: TextIO) -> None:
    _write(_made("h2", section.title), stream)
    if section.rows:
        table = ET.Element("table")
        for tag, rows in (("th", [section.headings]), ("td", section.rows)):
            for cells in rows:
                row = _add(table, "tr")
                for cell in cells:
                    _add(row, tag, cell)
        _write(table, stream)
    if section.text:
        _write(_made("p", section.text), stream)


def _begin(stream: TextIO, verb: str) -> None:
    stream.write('<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n')
    stream.write(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n')
    stream.write('<meta name="viewport" content="width=device-width, initial-scale=1">\n')
    stream.write(f"<title>everylinux {verb}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n")
    stream.write(f"<h1>everylinux {verb}</h1>\n")


def _end(stream: TextIO) -> None:
    stream.write(f'<p class="aside">everylinux {__version__}</p>\n</body>\n</html>\n')


def _made(tag: str, text: str) -> ET.Element:
    element = ET.Element(tag)
    element.text = text
    return element


def _add(parent: ET.Element, tag: str, text: str = "", kind: str = "") -> ET.Element:
    element = ET.SubElement(parent, tag, {"class": kind} if kind else {})
    element.text = text
    return element


def _write(element: ET.Element, stream: TextIO) -> None:
    stream.write(ET.tostring(element, encoding="unicode", method="html") + "\n")


REPORTER: Reporter = HtmlReporter()
