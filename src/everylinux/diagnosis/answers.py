"""From a failure in a log to its diagnosis: its cause's texts with what was captured, and what the project tells."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from everylinux.diagnosis.knowledge import PLACE, shipped
from everylinux.diagnosis.masking import Masking, masked
from everylinux.diagnosis.proposals import Proposal, distinct, propose, told
from everylinux.evidence import Diagnosis, Evidence
from everylinux.wording import together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import BinaryIO

    from everylinux.diagnosis.conditions import Condition
    from everylinux.diagnosis.events import Event
    from everylinux.diagnosis.knowledge import Cause
    from everylinux.diagnosis.matching import Events
    from everylinux.diagnosis.own import Knowledge
    from everylinux.diagnosis.project import Seen, Tree
    from everylinux.diagnosis.ranking import Failure

# What a configuration says at its end, and what its own log says there, too.
_CONFIGURATION = re.compile(
    r"configure(?:\.\w+)?: error: (?P<message>.*)|meson\.build:[\d:]+ ERROR: (?P<meson>.*)|CMake Error"
)


class Answer(msgspec.Struct, frozen=True):
    """A diagnosis, and its fixes as they can be tried, in the order of the record's."""

    diagnosis: Diagnosis
    proposals: tuple[Proposal, ...]


class Answers:
    """Makes diagnoses; ``tree`` are the project's files, ``read`` reads a log of checks that lies among them.

    In such a log, which has no other in it, messages name files of the checks, and not of the project.
    """

    def __init__(
        self, known: Knowledge, tree: Tree | None, read: Callable[[BinaryIO], Iterable[Answer]] | None
    ) -> None:
        self._known = known
        self._tree = tree
        self._read = read

    def of(self, failure: Failure, events: Events) -> Answer:
        """Return the diagnosis of one failure."""
        match = failure.match
        cause = cause_of(match.cause.id, self._known)
        masking = Masking(event.text for event in (match.event, *match.near))
        found = {name: masking.masked(value) for name, value in match.found.items()}
        diagnosis = Diagnosis(
            cause=cause.id,
            title=match.cause.title,
            answer=match.cause.answer,
            confidence="likely" if match.signal.likely else "sure",
            because=filled(match.signal.because, found),
            culprit=filled(match.signal.culprit, found),
            evidence=(evidence(match.event),),
            consequences=tuple(map(evidence, failure.consequences)),
        )

        def near(condition: Condition) -> Mapping[str, str]:
            other = events.first(condition, match.event, match.near)
            return {name: masking.masked(value) for name, value in other.found.items()} if other else {}

        return self._with_project(diagnosis, cause, found, near)

    def of_checks(self, best: Evidence) -> Answer | None:
        """Return what a log of checks in the project tells of a failed configuration whose own words tell nothing."""
        if self._tree is None or not _CONFIGURATION.search(best.text):
            return None
        answer = self._checked(best, self._tree)
        if answer is None:
            return None
        from everylinux.diagnosis.project import position

        places = (*answer.diagnosis.places, *position((best,), self._tree))
        return Answer(replace(answer.diagnosis, evidence=(best,), consequences=(), places=places), answer.proposals)

    def _with_project(
        self,
        diagnosis: Diagnosis,
        cause: Cause,
        found: Mapping[str, str],
        near: Callable[[Condition], Mapping[str, str]],
    ) -> Answer:
        """Return the diagnosis with what the project's files add, or the other one that they tell."""
        tree = self._tree
        if tree is None:
            return with_fixes(diagnosis, cause, found, self._known)
        from everylinux.diagnosis.project import (
            MOST_PLACES,
            look,
            named_files,
            named_line,
            owner,
            position,
            with_own_names,
        )

        owners = {word: each.id for each in self._known.index.causes for word in each.contents}
        seen = look(cause, found, tree, near=near, owners=owners)
        checked = self._checked(diagnosis.evidence[0], tree) if seen.reads_checks else None
        if checked and checked.diagnosis.cause != cause.id and checked.diagnosis.confidence == "sure":
            return Answer(
                replace(checked.diagnosis, evidence=diagnosis.evidence, consequences=diagnosis.consequences),
                checked.proposals,
            )
        if seen.cause:
            cause = cause_of(seen.cause, self._known)
            diagnosis = _retold(diagnosis, cause, seen)
            more = look(cause, seen.found, tree, near=near, owners={})
            seen = replace(more, places=tuple(dict.fromkeys((*seen.places, *more.places))))
        whose, asked_for = owner(seen.found, tree)
        places = (
            seen.places
            if self._read is None
            else (
                *position(diagnosis.evidence, tree),
                *named_line(found, tree),
                *seen.places,
                *asked_for,
                *(checked.diagnosis.places if checked else ()),
                *position(diagnosis.consequences, tree),
            )
            or named_files(seen.found, tree)
        )
        diagnosis = replace(
            diagnosis,
            confidence="sure" if seen.sure else diagnosis.confidence,
            because=together(seen.because or diagnosis.because, whose),
            culprit=seen.culprit or diagnosis.culprit,
            places=tuple(dict.fromkeys(places))[:MOST_PLACES],
        )
        return with_fixes(diagnosis, cause, with_own_names(seen.found, tree), self._known)

    def _checked(self, said: Evidence, tree: Tree) -> Answer | None:
        """Return what the log of the check tells that ended a configuration with the words ``said``."""
        if self._read is None:
            return None
        from everylinux.diagnosis.project import MOST_PLACES, position
        from everylinux.diagnosis.project.checks import failed_checks

        match = _CONFIGURATION.search(said.text)
        message = (match["message"] or match["meson"] or "") if match else ""
        near = "\n".join(tree.before(place) for place in position((said,), tree))
        for part in failed_checks(tree, message, near):
            text = "\n".join(line for _, line in part.lines) + "\n"
            for answer in self._read(io.BytesIO(text.encode(errors="replace"))):
                number, line = part.lines[answer.diagnosis.evidence[0].line - 1]
                places = (tree.place(part.path, number, line), *answer.diagnosis.places)
                return Answer(replace(answer.diagnosis, places=places[:MOST_PLACES]), answer.proposals)
        return None


def cause_of(name: str, known: Knowledge) -> Cause:
    """Return a cause by its id, the user's or a project's before the shipped one."""
    return known.brought.get(name) or shipped(name)


def with_fixes(diagnosis: Diagnosis, cause: Cause, found: Mapping[str, str], known: Knowledge) -> Answer:
    """Return a diagnosis with the fixes of its cause that apply, each with what was captured.

    Advice that is not about this case stands behind what can be done in it.
    """
    trusted = cause.id not in known.foreign
    found = {"culprit": diagnosis.culprit, **found}
    proposed = (propose(fix, cause.id, found, trusted=trusted) for fix in cause.fix)
    applying = [each for each in proposed if each]
    fixes = distinct(each.fix for each in applying)
    kept = (each for each in applying if each.fix in fixes)
    proposals = tuple(sorted(kept, key=lambda each: each.fix.is_advice and not each.fix.when))
    return Answer(replace(diagnosis, fixes=tuple(map(told, proposals))), proposals)


def _retold(diagnosis: Diagnosis, cause: Cause, seen: Seen) -> Diagnosis:
    """Return the diagnosis of another cause for the same line: what the file at stake holds, or what the look says."""
    file, described = seen.found.get("file", ""), seen.found.get("described", "")
    return replace(
        diagnosis,
        cause=cause.id,
        title=cause.title,
        answer=cause.answer,
        confidence="sure",
        because=seen.because or (f"{file} is {described}" if file and described else diagnosis.because),
        culprit=seen.culprit or file or diagnosis.culprit,
    )


def filled(text: str, found: Mapping[str, str]) -> str:
    """Return a text with each capture in its place; empty where one was not captured."""
    if not all(name in found for name in PLACE.findall(text)):
        return ""
    return PLACE.sub(lambda match: found[match[1]], text)


def evidence(event: Event) -> Evidence:
    """Return an event as a record."""
    return Evidence(line=event.line, text=masked(event.text))
