"""Which of several causes for one line comes first."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from msgspec.structs import replace
from test_log_messages import MESSAGES

from everylinux.diagnosis.conditions import Condition
from everylinux.diagnosis.events import Event
from everylinux.diagnosis.knowledge import Known, Signal, index
from everylinux.diagnosis.matching import Events, Match, matches
from everylinux.diagnosis.outcome import failing_events
from everylinux.diagnosis.ranking import failures
from everylinux.diagnosis.scanning import scan

if TYPE_CHECKING:
    from collections.abc import Sequence

EVENT = Event(1, "it broke", "broken", "failure", "", {})


def first(*signals: tuple[str, Signal]) -> str:
    found = [
        Match(Known(id=name, title=name, answer="source", signals=(signal,)), signal, EVENT, ())
        for name, signal in signals
    ]
    return failures(found, [EVENT])[0].match.cause.id


def test_what_wants_more_comes_first() -> None:
    assert first(("a", Signal()), ("b", Signal(where={"symbol": "."}))) == "b"
    assert first(("a", Signal(where={"symbol": "."})), ("b", Signal(near=(Condition(event="linked"),)))) == "b"


def test_what_must_not_be_there_is_no_evidence() -> None:
    apart = Signal(
        without=(Condition(event="linked"), Condition(event="loaded")), unless={"symbol": "_", "library": "c"}
    )
    assert first(("a", apart), ("b", Signal(where={"symbol": "."}))) == "b"


def test_what_must_not_be_there_decides_where_the_rest_is_equal() -> None:
    assert first(("a", Signal()), ("b", Signal(unless={"symbol": "_"}))) == "b"


def _renamed() -> tuple[tuple[Known, ...], dict[str, str]]:
    """Return all causes under names that sort the other way round, and what they are called."""
    causes = index().causes
    names = {cause.id: f"{number:04}" for number, cause in enumerate(reversed(causes))}

    def of(ids: Sequence[str]) -> tuple[str, ...]:
        return tuple(names[one] for one in ids)

    renamed = tuple(
        replace(cause, id=names[cause.id], leads_to=of(cause.leads_to), rather_than=of(cause.rather_than))
        for cause in causes
    )
    return renamed, {other: name for name, other in names.items()}


def test_no_cause_wins_by_its_name() -> None:
    causes, names = _renamed()
    wrong = []
    for cause, message in MESSAGES:
        content = message.replace("\\n", "\n").replace("\\t", "\t").encode() + b"\n"
        log = scan(io.BytesIO(content), index().patterns)
        roots = failures(list(matches(causes, Events(log))), failing_events(log))
        # What is told of lines put together, or of a project's files, is not the ranking's.
        if roots and names[roots[0].match.cause.id] != cause:
            wrong.append((cause, names[roots[0].match.cause.id], message))
    assert wrong == []


def test_causes_name_causes_that_there_are() -> None:
    causes = {cause.id for cause in index().causes}
    named = {name for cause in index().causes for name in (*cause.leads_to, *cause.rather_than)}
    assert named <= causes
