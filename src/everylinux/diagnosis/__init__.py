"""Why a build or a start failed, from its log alone: log → events → causes → root cause and fixes.

Nothing that a log says is executed; nothing is asked of a network; the secrets in it are not repeated.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO

import msgspec
from msgspec.structs import replace

from everylinux.diagnosis.answers import Answer, Answers, evidence
from everylinux.diagnosis.matching import Events, matches
from everylinux.diagnosis.outcome import failing_events, is_whole, without_forgotten, without_passed_checks
from everylinux.diagnosis.own import knowledge
from everylinux.diagnosis.ranking import failures
from everylinux.diagnosis.scanning import scan
from everylinux.diagnosis.typeset import is_typeset, plain
from everylinux.evidence import Evidence, Explanation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from everylinux.diagnosis.events import Event
    from everylinux.diagnosis.own import Knowledge
    from everylinux.diagnosis.project import Tree
    from everylinux.diagnosis.proposals import Proposal
    from everylinux.diagnosis.scanning import Log

__all__ = ["Examined", "examine", "explain"]

# The tool of the events in data/events/other-languages.toml.
ANOTHER_LANGUAGE = "another-language"
# A log that shows no failure, or tells one and may have broken lines, is read again with its lines put together only
# where it is as short as what people paste.
PASTED_BYTES = 16 << 10
EMPTY = "a pipe passes on what was said as an error only with 2>&1, as in: make 2>&1 | everylinux explain"
LATER = "what broke stands above; line {line} shows {cause}, which may have come of it"
IN_ANOTHER_LANGUAGE = "the log is not in English: with LC_ALL=C in the build's environment more of it is understood"


class Examined(msgspec.Struct, frozen=True):
    """What a log says, and for each diagnosis the fixes that apply, in the order of the record's."""

    explanation: Explanation
    proposals: tuple[tuple[Proposal, ...], ...] = ()


def explain(stream: BinaryIO, *, project: Path | None = None) -> Explanation:
    """Return the root cause of the failure that a log shows, and the failures that do not follow from it.

    ``project`` is the folder of what failed: its own causes count, too, and its files tell more (`diagnosis.project`).
    Raises what `knowledge` raises.
    """
    return examine(stream, project=project).explanation


def examine(stream: BinaryIO, *, project: Path | None = None) -> Examined:
    """Return what `explain` does, with the fixes as they can be tried (`everylinux.fixes`).

    Steps: scan → what failed → which causes show → the first that broke → its text and fixes → what the project adds.
    """
    known = knowledge(project)
    tree = _tree(project)
    examined = _examine(stream, known, tree)
    if tree is None or not tree.notes:
        return examined
    return replace(
        examined, explanation=replace(examined.explanation, notes=(*examined.explanation.notes, *tree.notes))
    )


def _tree(project: Path | None) -> Tree | None:
    if project is None:
        return None
    from everylinux.diagnosis.project import Tree

    return Tree(project)


def _examine(stream: BinaryIO, known: Knowledge, tree: Tree | None, *, nested: bool = False) -> Examined:
    """Return what a log says; a ``nested`` one is a part of a log that lies in the project."""
    log = scan(stream, known.index.patterns)
    examined = _examine_lines(log, known, tree, nested=nested)
    if (examined.explanation.diagnoses and not is_typeset(log.short)) or (text := plain(log.short)) == log.short:
        return examined
    again = _examine_lines(scan(io.BytesIO(text), known.index.patterns), known, tree, nested=nested)
    return again if again.explanation.diagnoses else examined


def _examine_lines(log: Log, known: Knowledge, tree: Tree | None, *, nested: bool) -> Examined:
    """Return what a log says as it is, or with its lines put together where that tells more."""
    examined = _examine_log(log, known, tree, nested=nested)
    outcome, pasted = examined.explanation.outcome, len(log.short) <= PASTED_BYTES
    if nested or not log.short or (outcome == "succeeded" and not pasted):
        return examined
    from everylinux.diagnosis.wrapped import rejoined, tells_more

    whole = rejoined(log.short)
    if whole is None or not (whole.sure or outcome == "unknown" or pasted):
        return examined
    put_together = _examine_log(scan(io.BytesIO(whole.content), known.index.patterns), known, tree)
    other = _with_lines(put_together, whole.begins, log.lines)
    return other if tells_more(examined.explanation, other.explanation, whole) else examined


def _with_lines(examined: Examined, begins: Sequence[int], lines: int) -> Examined:
    """Return what a log says whose lines were put together, with the numbers that they had."""

    def told(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
        return tuple(replace(each, line=begins[each.line - 1]) for each in evidence)

    diagnoses = tuple(
        replace(each, evidence=told(each.evidence), consequences=told(each.consequences))
        for each in examined.explanation.diagnoses
    )
    return replace(examined, explanation=replace(examined.explanation, diagnoses=diagnoses, lines=lines))


def _examine_log(log: Log, known: Knowledge, tree: Tree | None, *, nested: bool = False) -> Examined:
    notes: tuple[str, ...] = () if log.lines else (EMPTY,)
    telling = failing_events(log)
    if not telling:
        return Examined(Explanation(outcome="succeeded" if is_whole(log) else "unknown", lines=log.lines, notes=notes))
    events = Events(log)
    found = list(matches(known.index.causes, events))
    # What the build most likely got over counts only where nothing else tells, and no guess is made of it.
    roots = failures(found, without_forgotten(log, telling)) or failures(
        [match for match in found if not match.signal.likely], without_passed_checks(log, telling)
    )
    if roots and (before := roots[0].after):
        later = roots[0].match
        notes = (LATER.format(line=later.event.line, cause=later.cause.id),)
        telling, roots = [before], ()
    answers = Answers(
        known, tree, None if nested else lambda other: _answers(_examine(other, known, tree, nested=True))
    )
    best = _best(telling)
    answered = [answers.of(root, events) for root in roots] or [
        answer for answer in [answers.of_checks(best)] if answer
    ]
    if not answered:
        if any(event.tool == ANOTHER_LANGUAGE for event in telling):
            notes = (*notes, IN_ANOTHER_LANGUAGE)
        return Examined(Explanation(outcome="unknown", best=best, lines=log.lines, notes=notes))
    return Examined(
        Explanation(outcome="failed", diagnoses=tuple(each.diagnosis for each in answered), lines=log.lines),
        tuple(each.proposals for each in answered),
    )


def _answers(examined: Examined) -> Iterator[Answer]:
    return map(Answer, examined.explanation.diagnoses, examined.proposals)


def _best(telling: list[Event]) -> Evidence:
    """Return the line to look at first where no cause is known: the first error, else what failed first."""
    return evidence(next((event for event in telling if event.weight == "error"), telling[0]))
