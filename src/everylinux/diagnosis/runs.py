"""Why a file did not start in an image, from a run of it: by the reasons that were measured, else by its output.

A reason knows more than a message: the loader that is named, the file that asks, the libc of both. Which cause a code
shows is data (``[[reason]]`` of a cause).
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.diagnosis import explain
from everylinux.diagnosis.answers import cause_of, filled, with_fixes
from everylinux.diagnosis.cleaning import visible
from everylinux.diagnosis.masking import masked
from everylinux.diagnosis.matching import fits
from everylinux.diagnosis.own import knowledge
from everylinux.diagnosis.patterns import compiled
from everylinux.evidence import Diagnosis, Evidence, ended_by_us

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from everylinux.diagnosis.knowledge import Known, RunReason
    from everylinux.evidence import Reason, Run

# Reasons after these follow from them, or are the same again.
MOST_CAUSES = 3


def explain_run(run: Run) -> tuple[Diagnosis, ...]:
    """Return why a run failed, the first that broke first; nothing for one that did as it should.

    Line numbers are those of what it wrote to standard error, and then of standard output.
    """
    reasons = [*run.reasons, *(reason for host in run.host_runs for reason in host.reasons)]
    printed = "\n".join([run.stderr, *(host.stderr for host in run.host_runs), run.stdout])
    if ended_by_us(run) or (run.verdict != "fails" and not _did_wrong(run)):
        return ()
    found = _by_reasons(run, reasons, printed.split("\n")) if reasons else ()
    return found or explain(io.BytesIO(f"{printed}\n".encode(errors="replace"))).diagnoses


def _did_wrong(run: Run) -> bool:
    """Return whether a file that started was not as its smoke test, or the program that it is made for, expects."""
    return (run.smoke is not None and run.smoke.passed is False) or any(
        host.verdict == "fails" for host in run.host_runs
    )


def _by_reasons(run: Run, reasons: Iterable[Reason], lines: list[str]) -> tuple[Diagnosis, ...]:
    known = knowledge()
    about = _captures(run)
    diagnoses: dict[str, Diagnosis] = {}
    for reason in reasons:
        captures = {**about, **_of_reason(reason)}
        shown = [
            (sign, cause) for cause in known.index.causes for sign in cause.reasons if _shows(sign, reason, captures)
        ]
        if not shown:
            continue
        sign, cause = max(shown, key=lambda each: (2 * len(each[0].where) + len(each[0].unless), each[1].id))
        if cause.id not in diagnoses and len(diagnoses) < MOST_CAUSES:
            diagnoses[cause.id] = _diagnosis(sign, cause, captures, _line(reason, lines))
    return tuple(diagnoses.values())


def _shows(sign: RunReason, reason: Reason, captures: Mapping[str, str]) -> bool:
    return (
        sign.code == reason.code
        and fits(sign.where, captures)
        and not any(compiled(each).search(captures.get(name, "")) for name, each in sign.unless.items())
    )


def _diagnosis(sign: RunReason, shown: Known, captures: Mapping[str, str], evidence: tuple[Evidence, ...]) -> Diagnosis:
    known = knowledge()
    cause = cause_of(shown.id, known)
    found = {**captures, **{name: filled(text, captures) for name, text in sign.found.items()}}
    diagnosis = Diagnosis(
        cause=cause.id,
        title=cause.title,
        answer=cause.answer,
        confidence="sure",
        because=filled(sign.because, found),
        culprit=filled(sign.culprit, found),
        evidence=evidence,
    )
    return with_fixes(diagnosis, cause, found, known).diagnosis


def _captures(run: Run) -> dict[str, str]:
    """Return what is captured of a run and, where it is still there, of its file."""
    from everylinux.diagnosis.project.binary import facts_of

    try:
        facts = facts_of(Path(run.path))
    except OSError:
        facts = {}
    return {**facts, "program": run.path, "image": run.image, "platform": run.platform}


def _of_reason(reason: Reason) -> dict[str, str]:
    asked_by = reason.asked_by
    told = {
        "subject": reason.subject,
        "message": reason.message,
        "note": reason.note,
        "asked_by": asked_by.file if asked_by else "",
        "symbol": (asked_by.symbol if asked_by else None) or "",
    }
    return {name: masked(visible(value)) for name, value in told.items() if value}


def _line(reason: Reason, lines: list[str]) -> tuple[Evidence, ...]:
    """Return the line that the loader wrote about a reason: the first that names its subject."""
    for number, line in enumerate(lines, start=1):
        if reason.subject and reason.subject in line:
            return (Evidence(line=number, text=masked(visible(line))),)
    return ()
