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


class Place(Record, frozen=True, kw_only=True):
    """A line of a file of the project, counted from 1; ``file`` is its path there. Line 0 is the file as a whole."""

    file: str
    line: int
    text: str = ""


class ProposedFix(Record, frozen=True, kw_only=True):
    """A change that cures a cause.

    ``compile`` and ``link`` are flags that the compiler needs, ``drop`` one that it must not get; ``commands`` are for
    a shell, before the build; ``build`` is the build's command as it has to be (``...``: what it was); ``edits`` are
    unified diffs of the project's files. ``verified``: the same build failed without it and passed with it; ``None``
    when that was not tried; ``note`` says why, or what the build said last. ``trusted`` is false for one that the
    project itself brings. ``cured`` counts the recorded failures that it turned into builds that pass.
    """

    title: str
    compile: str = ""
    link: str = ""
    drop: str = ""
    commands: tuple[str, ...] = ()
    build: str = ""
    edits: tuple[str, ...] = ()
    verified: bool | None = None
    note: str = ""
    trusted: bool = True
    cured: int = 0


class Diagnosis(Record, frozen=True, kw_only=True):
    """One failure and its root cause.

    ``answer`` is who has to act: ``source``, ``toolchain``, ``machine``, ``image``, or ``nobody``. ``because`` is one
    sentence about this log, ``culprit`` the file, library, symbol, tool or dependency at fault (empty: not told).
    ``consequences`` are lines that follow from it, ``places`` the lines of the project's files to change or to look at.
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
    places: tuple[Place, ...] = ()


class Explanation(Record, frozen=True, kw_only=True):
    """What `explain` found; the first diagnosis is the root cause, others are failures that do not follow from it.

    ``succeeded``: nothing failed and the log is whole. ``unknown``: ``best`` is the line to look at first. ``notes``
    say which files of the project were left out and why, and what else limits the answer.
    """

    schema: Literal["everylinux.explain/1"] = "everylinux.explain/1"
    outcome: ExplainOutcome = "unknown"
    diagnoses: tuple[Diagnosis, ...] = ()
    best: Evidence | None = None
    lines: int = 0
    notes: tuple[str, ...] = ()
