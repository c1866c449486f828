"""Why a build or a start failed, from its log alone: log → events → causes → root cause and fixes.

Nothing that a log says is executed; nothing is asked of a network; the secrets in it are not repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from everylinux.diagnosis.masking import Masking, masked
from everylinux.diagnosis.matching import Events, matches
from everylinux.diagnosis.outcome import failing_events, is_whole, without_forgotten
from everylinux.diagnosis.own import knowledge
from everylinux.diagnosis.proposals import Proposal, propose, told
from everylinux.diagnosis.ranking import failures
from everylinux.diagnosis.scanning import scan
from everylinux.diagnosis.texts import cause_named
from everylinux.evidence import Diagnosis, Evidence, Explanation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.diagnosis.own import Knowledge
    from everylinux.diagnosis.ranking import Failure
    from everylinux.diagnosis.scanning import Event, Log

__all__ = ["Examined", "cause_named", "examine", "explain"]

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Examined:
    """What a log says, and for each diagnosis the fixes that apply, in the order of the record's."""

    explanation: Explanation
    proposals: tuple[tuple[Proposal, ...], ...] = ()


def explain(stream: BinaryIO, *, project: Path | None = None) -> Explanation:
    """Return the root cause of the failure that a log shows, and the failures that do not follow from it.

    ``project`` is the folder whose own causes count, too. Raises what `knowledge` raises.
    """
    return examine(stream, project=project).explanation


def examine(stream: BinaryIO, *, project: Path | None = None) -> Examined:
    """Return what `explain` does, with the fixes as they can be tried (`everylinux.fixes`).

    Steps: scan → what failed → which causes show → the first that broke → its text and fixes.
    """
    known = knowledge(project)
    log = scan(stream, known.index.patterns)
    telling = failing_events(log)
    if not telling:
        return Examined(Explanation(outcome="succeeded" if is_whole(log) else "unknown", lines=log.lines))
    found = list(matches(known.index.causes, Events(log)))
    roots = failures(found, without_forgotten(log, telling)) or failures(found, telling)
    if not roots:
        return Examined(Explanation(outcome="unknown", best=_best(telling, log), lines=log.lines))
    diagnosed = [_diagnosis(root, known) for root in roots]
    return Examined(
        Explanation(outcome="failed", diagnoses=tuple(diagnosis for diagnosis, _ in diagnosed), lines=log.lines),
        tuple(proposals for _, proposals in diagnosed),
    )


def _diagnosis(failure: Failure, known: Knowledge) -> tuple[Diagnosis, tuple[Proposal, ...]]:
    match = failure.match
    cause = known.brought.get(match.cause.id) or cause_named(match.cause.id)
    masking = Masking(event.text for event in (match.event, *match.near))
    found = {name: masking.masked(value) for name, value in match.found.items()}
    proposed = (propose(fix, cause.id, found, trusted=cause.id not in known.foreign) for fix in cause.fix)
    proposals = tuple(each for each in proposed if each)
    diagnosis = Diagnosis(
        cause=match.cause.id,
        title=match.cause.title,
        answer=match.cause.answer,
        confidence="likely" if match.signal.likely else "sure",
        because=_filled(match.signal.because, found),
        culprit=_filled(match.signal.culprit, found),
        evidence=(_evidence(match.event),),
        consequences=tuple(map(_evidence, failure.consequences)),
        fixes=tuple(map(told, proposals)),
    )
    return diagnosis, proposals


def _filled(text: str, found: Mapping[str, str]) -> str:
    if not all(name in found for name in _PLACE.findall(text)):
        return ""
    return _PLACE.sub(lambda match: found[match[1]], text)


def _evidence(event: Event) -> Evidence:
    return Evidence(line=event.line, text=masked(event.text))


def _best(telling: list[Event], log: Log) -> Evidence | None:
    """Return the line to look at first where no cause is known: the first error, else the log's last line."""
    first = next((event for event in telling if event.weight == "error"), telling[0] if telling else None)
    if first is not None:
        return _evidence(first)
    return Evidence(line=log.last[-1][0], text=masked(log.last[-1][1])) if log.last else None
