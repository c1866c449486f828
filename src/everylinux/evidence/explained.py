"""What `explain` says of a log: whether anything failed, the root cause, and what cures it."""

from __future__ import annotations

from typing import Literal

from everylinux.evidence.record import Record

ExplainOutcome = Literal["failed", "succeeded", "unknown"]
Confidence = Literal["sure", "likely"]


class Evidence(Record, frozen=True, kw_only=True):
    """One line of the log, counted from 1, as the tool wrote it: without colour and what CI put before it."""

    line: int
    text: str


class ProposedFix(Record, frozen=True, kw_only=True):
    """A change that cures a cause.

    ``commands`` are for a shell, ``edits`` unified diffs of the project's files. ``verified``: the same build passed
    with it; ``None`` when that was not tried. ``trusted`` is false for one that the project itself brings.
    """

    title: str
    commands: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    verified: bool | None = None
    trusted: bool = True


class Diagnosis(Record, frozen=True, kw_only=True):
    """One failure and its root cause.

    ``answer`` is who has to act: ``source``, ``toolchain``, ``machine``, ``image``, or ``nobody``. ``because`` is one
    sentence about this log, ``culprit`` the file, library, symbol, tool or dependency at fault (empty: not told).
    ``consequences`` are lines that follow from it.
    """

    cause: str
    title: str
    answer: str
    confidence: Confidence
    because: str = ""
    culprit: str = ""
    evidence: tuple[Evidence, ...] = ()
    consequences: tuple[Evidence, ...] = ()
    fixes: tuple[ProposedFix, ...] = ()


class Explanation(Record, frozen=True, kw_only=True):
    """What `explain` found; the first diagnosis is the root cause, others are failures that do not follow from it.

    ``succeeded``: nothing failed and the log is whole. ``unknown``: ``best`` is the line to look at first.
    """

    schema: Literal["everylinux.explain/1"] = "everylinux.explain/1"
    outcome: ExplainOutcome = "unknown"
    diagnoses: tuple[Diagnosis, ...] = ()
    best: Evidence | None = None
    lines: int = 0
