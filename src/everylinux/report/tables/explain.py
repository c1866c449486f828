"""What `explain` found, for people: the root cause first, with the line that tells it and what cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.report.lines import UNBROKEN

if TYPE_CHECKING:
    from everylinux.evidence import Diagnosis, Explanation, Place, ProposedFix
    from everylinux.report.lines import Lines

WHOSE = {
    "source": "your source",
    "toolchain": "your toolchain",
    "machine": "your machine or network",
    "image": "the image it runs in",
    "nobody": "nobody",
}

TRIED = {
    True: "verified: the same build failed without it and passed with it",
    False: "not verified",
    None: "not tried",
}
TRIED_STYLES = {True: "ok", False: "fails", None: "aside"}


def render(report: Explanation, lines: Lines) -> None:
    """Write a block a failure, or one line that there is none or that none is known."""
    if report.outcome == "succeeded":
        lines.write(_nothing_in(report.lines), style="ok" if report.lines else "unknown")
    elif report.diagnoses:
        for number, diagnosis in enumerate(report.diagnoses):
            if number:
                lines.write()
                lines.write("and, apart from that:")
            _render(diagnosis, lines)
    elif report.best:
        lines.write("it failed, and the cause is not known", style="unknown")
        lines.write(f"{report.best.line}: {report.best.text}", label="line     ", indent=2)
    else:
        lines.write("the log breaks off, and no line before that tells a failure", style="unknown")
    for note in report.notes:
        lines.write(note, label="note     ", indent=2, style="aside")


def _nothing_in(count: int) -> str:
    if count == 0:
        return "the log is empty"
    return "its one line tells no failure" if count == 1 else f"none of its {count} lines tells a failure"


def _render(diagnosis: Diagnosis, lines: Lines) -> None:
    likely = "" if diagnosis.confidence == "sure" else " (likely)"
    lines.write(f"{diagnosis.cause}: {diagnosis.title}{likely}", style="fails")
    if diagnosis.because:
        lines.write(diagnosis.because, label="because  ", indent=2)
    for evidence in diagnosis.evidence:
        lines.write(f"{evidence.line}: {evidence.text}", label="line     ", indent=2)
    for place in diagnosis.places:
        lines.write(text_of_place(place), label="where    ", indent=2)
    lines.write(WHOSE[diagnosis.answer], label="whose    ", indent=2)
    for fix in diagnosis.fixes:
        lines.write(f"{fix.title}{_known_of(fix)}", label="fix      ", indent=2)
        for change in changes_of(fix):
            lines.write(change, indent=13)
        for edit in fix.edits:
            for line in edit.splitlines():
                lines.write(line.replace(" ", UNBROKEN), indent=13, style=_style_of(line))
        if fix.verified is not None or fix.note:
            tried = TRIED[fix.verified]
            lines.write(f"{tried}: {fix.note}" if fix.note else tried, indent=13, style=TRIED_STYLES[fix.verified])
    for consequence in diagnosis.consequences:
        lines.write(f"{consequence.line}: {consequence.text}", label="then     ", indent=2, style="aside")
    lines.write(f"everylinux explain {diagnosis.cause}", label="more     ", indent=2, style="aside")


def _known_of(fix: ProposedFix) -> str:
    """Return where a fix is from, and where it helped."""
    if not fix.trusted:
        return " (brought by the project)"
    if not fix.cured:
        return ""
    return f" (cured {fix.cured} recorded failure{'s' if fix.cured > 1 else ''})"


def _style_of(line: str) -> str:
    """Return how a line of a diff is shown."""
    if line.startswith(("---", "+++", "@@")):
        return "aside"
    return "ok" if line.startswith("+") else "fails" if line.startswith("-") else ""


def text_of_place(place: Place) -> str:
    """Return a line of the project's files, or a file, in one line."""
    where = f"{place.file}:{place.line}" if place.line else place.file
    return f"{where}: {place.text}" if place.text else where


def changes_of(fix: ProposedFix) -> tuple[str, ...]:
    """Return a line for each thing that a fix changes, but for the edits of files."""
    flags = (("compile with ", fix.compile), ("link with ", fix.link), ("without ", fix.drop), ("build: ", fix.build))
    return (*(f"{word}{text}" for word, text in flags if text), *fix.commands)
