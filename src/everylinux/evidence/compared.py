"""What `matrix` compares: prediction and measurement of every file on every image."""

from __future__ import annotations

from typing import Literal

from everylinux.evidence.built import Build
from everylinux.evidence.checked import CheckedFile, Verdict
from everylinux.evidence.proven import Run
from everylinux.evidence.record import Record

ENDED_BY_US = frozenset({"timed-out", "resource-limit"})


class Cell(Record, frozen=True, kw_only=True):
    """One file on one image: what was predicted, what happened, and whether they agree.

    ``agree`` is ``None`` when either of the two is unknown or absent. Of several smoke tests ``prove`` is the run with
    the worst outcome, and ``other_runs`` are the rest.
    """

    path: str
    sha256: str
    target: str
    image: str
    platform: str
    check: Verdict
    prove: Run | None
    agree: bool | None
    other_runs: tuple[Run, ...] = ()


class MatrixReport(Record, frozen=True, kw_only=True):
    """Both answers for every file on every image, with the builds that made the files."""

    schema: Literal["everylinux.matrix/1"] = "everylinux.matrix/1"
    builds: tuple[Build, ...] = ()
    files: tuple[CheckedFile, ...] = ()
    cells: tuple[Cell, ...] = ()


def same_answer(check: Verdict, run: Run | None) -> bool | None:
    """Return whether prediction and measurement agree; ``None`` when one of them is unknown.

    `check` predicts the start: a program that a limit ended had started.
    """
    if run is None or "unknown" in (check.verdict, run.verdict):
        return None
    return (check.verdict == "ok") == (run.verdict == "ok" or ended_by_us(run))


def ended_by_us(run: Run) -> bool:
    """Return whether a run failed by what a sandbox does to a program that runs: it had started."""
    return bool(run.reasons) and all(reason.code in ENDED_BY_US for reason in run.reasons)
