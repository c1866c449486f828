"""What `check`, `prove` and `matrix` found, as judged files: formats of findings know this one shape."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TextIO

from msgspec.structs import replace

from everylinux.evidence import (
    CheckedFile,
    CheckReport,
    MatrixReport,
    ProveReport,
    Reason,
    Risk,
    Verdict,
    VerdictWord,
)
from everylinux.report.interface import feed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.evidence import Build, Cell, Report, Run
    from everylinux.report.interface import CheckSink


FAILED = "smoke-failed"


class FindingsReporter:
    """A format that is made of findings: its sink for `check` serves all three verbs."""

    def __init__(self, sink: Callable[[TextIO], CheckSink]) -> None:
        self._sink = sink

    def render(self, report: Report, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> None:
        """Write the report."""
        feed(self.begin_check(stream, color=color, verbosity=verbosity), judged(report))

    def begin_check(self, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> CheckSink:
        """Begin the report of `check`: everything is told, without colour."""
        del color, verbosity
        return self._sink(stream)


def judged(report: Report) -> CheckReport:
    """Return the findings of a report; raises `TypeError` for one that has none."""
    match report:
        case CheckReport():
            return report
        case ProveReport():
            return CheckReport(files=_proven(report.runs))
        case MatrixReport():
            failed = tuple(_not_built(build) for build in report.builds if build.status == "failed")
            return CheckReport(files=(*failed, *_compared(report)))
    raise TypeError(type(report).__name__)


def _proven(runs: Sequence[Run]) -> tuple[CheckedFile, ...]:
    """Return a file for each that was run, with the verdicts that were measured: one an image, whatever the runs."""
    found: dict[tuple[str, str | None], dict[tuple[str, str], Verdict]] = {}
    for run in runs:
        verdicts = found.setdefault((run.path, run.sha256), {})
        key = (run.image, run.platform)
        verdicts[key] = _together(verdicts[key], _measured(run)) if key in verdicts else _measured(run)
    return tuple(_file(path, sha256, list(verdicts.values())) for (path, sha256), verdicts in found.items())


def _together(first: Verdict, second: Verdict) -> Verdict:
    """Return the worse of two verdicts on one image with the reasons of both."""
    words: tuple[VerdictWord, ...] = ("fails", "unknown", "ok")
    worst = min(first.verdict, second.verdict, key=words.index)
    return replace(first, verdict=worst, reasons=tuple(dict.fromkeys((*first.reasons, *second.reasons))))


def _compared(report: MatrixReport) -> tuple[CheckedFile, ...]:
    """Return every file with both answers in one: the measured one where there is one."""
    cells: dict[tuple[str, str | None], list[Verdict]] = {}
    for cell in report.cells:
        cells.setdefault((cell.path, cell.sha256), []).append(_both(cell))
    facts = {(file.path, file.sha256): file for file in report.files}
    return tuple(
        replace(facts[key], verdicts=tuple(verdicts)) if key in facts else _file(*key, verdicts)
        for key, verdicts in cells.items()
    )


def _both(cell: Cell) -> Verdict:
    if cell.prove is None:
        return cell.check
    measured = functools.reduce(_together, map(_measured, (cell.prove, *cell.other_runs)))
    # What check did not predict and need not have.
    late = {*_said_by_hosts(cell.prove), *(cell.prove.reasons if cell.check.verdict == "ok" else ())}
    found = [reason for reason in measured.reasons if reason.code == FAILED or reason in late]
    if cell.agree is False:
        said = f"check said {cell.check.verdict}, the run said {cell.prove.verdict}"
        doubt = Reason(
            code="disagreement", subject=cell.image, message=said, hint="report it with the output of -o json"
        )
        return replace(cell.check, verdict="fails", reasons=(doubt, *cell.check.reasons, *measured.reasons))
    if cell.prove.verdict == "unknown":
        note = measured.reasons[0].message if measured.reasons else cell.prove.note
        missing = Risk(code="not-proven", subject=cell.image, message=note)
        return replace(cell.check, risks=(*cell.check.risks, missing))
    if found:
        return replace(cell.check, verdict="fails", reasons=(*cell.check.reasons, *found))
    return measured if cell.check.verdict == "unknown" else cell.check


def _measured(run: Run) -> Verdict:
    reasons = run.reasons
    if run.verdict == "unknown" and not reasons:
        reasons = (Reason(code="not-proven", subject=run.image, message=run.note or "it could not be run here"),)
    more = (*(run.smoke.reasons if run.smoke is not None else ()), *_said_by_hosts(run))
    if more:
        return Verdict(image=run.image, platform=run.platform, verdict="fails", reasons=(*reasons, *more))
    return Verdict(image=run.image, platform=run.platform, verdict=run.verdict, reasons=reasons)


def _said_by_hosts(run: Run) -> tuple[Reason, ...]:
    """Return why the programs of the image that a shared object is made for did not take it: what is new in it."""
    known = {(reason.code, reason.subject) for reason in run.reasons}
    return tuple(
        replace(reason, note=f"said by {host.host} {host.version} of the image")
        for host in run.host_runs
        for reason in host.reasons
        if (reason.code, reason.subject) not in known
    )


def _not_built(build: Build) -> CheckedFile:
    failed = Reason(code="build-failed", subject=build.target, message=build.problem, note=build.log, hint=build.hint)
    verdict = Verdict(image=build.target, platform="", verdict="fails", reasons=(failed,))
    return _file(build.project, "", [verdict])


def _file(path: str, sha256: str | None, verdicts: Sequence[Verdict]) -> CheckedFile:
    return CheckedFile(
        path=path, sha256=sha256, kind="", arch=None, libc=None, interpreter=None, verdicts=tuple(verdicts)
    )
