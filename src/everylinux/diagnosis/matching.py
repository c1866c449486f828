"""Which causes the events of a log show: each signal of each cause, with what must stand near it and what must not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

import msgspec

from everylinux.diagnosis.patterns import compiled_for_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from everylinux.diagnosis.conditions import Condition
    from everylinux.diagnosis.events import Event
    from everylinux.diagnosis.knowledge import Known, Signal
    from everylinux.diagnosis.scanning import Log


class Match(msgspec.Struct, frozen=True):
    """A cause that a log shows: the signal and the event, what stood near it, and all that was captured in these."""

    cause: Known
    signal: Signal
    event: Event
    near: tuple[Event, ...]

    @property
    def found(self) -> dict[str, str]:
        """All captures; those of the event itself win."""
        found: dict[str, str] = {}
        for event in (*self.near, self.event):
            found |= event.found
        return found


class Events:
    """The events of a log by kind, in the order of their lines; those of a kind are found when it is asked for."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._fulfilling: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[list[Event], list[int]]] = {}

    def prepare(self, causes: Iterable[Known]) -> None:
        """Look for the notes that these causes will ask for in one go: their own, and those near what there is."""
        kinds: set[str] = set()
        for cause in causes:
            for signal in cause.signals:
                if self._log.is_note(signal.event) or self._log.of_kind(signal.event):
                    kinds.add(signal.event)
                    kinds.update(condition.event for condition in (*signal.near, *signal.without))
        self._log.prepare(kinds)

    def of_kind(self, kind: str) -> Sequence[Event]:
        """Return all events of a kind."""
        return self._log.of_kind(kind)

    def first(self, condition: Condition, event: Event, before: Sequence[Event] = ()) -> Event | None:
        """Return the nearest event that fulfils a condition seen from another event, ``None`` without one.

        ``before`` are what earlier conditions found: a capture that the event itself lacks is compared with theirs.
        """
        events, lines = self._that_fulfil(condition)
        anywhere = condition.before is None and condition.after is None
        low = 0 if anywhere else bisect_left(lines, event.line - (condition.before or 0))
        high = len(lines) if anywhere else bisect_right(lines, event.line + (condition.after or 0))
        if condition.same:
            told: dict[str, str] = {}
            for one in (*before, event):
                told |= one.found
            near = [
                other
                for other in events[low:high]
                if all(other.found.get(name) == told.get(name) for name in condition.same)
            ]
        else:
            # The nearest lies in the nearest line before, or is one of the next two from here on.
            here = bisect_left(lines, event.line, low, high)
            earlier = bisect_left(lines, lines[here - 1], low, here) if here > low else here
            near = [*events[earlier : min(earlier + 1, here)], *events[here : min(here + 2, high)]]
        return min(
            (other for other in near if other is not event),
            key=lambda other: abs(other.line - event.line),
            default=None,
        )

    def _that_fulfil(self, condition: Condition) -> tuple[list[Event], list[int]]:
        """Return the events with the captures that a condition wants, and their lines; many causes ask for the same."""
        key = condition.event, tuple(condition.where.items())
        if key not in self._fulfilling:
            found = [event for event in self.of_kind(condition.event) if fits(condition.where, event.found)]
            self._fulfilling[key] = found, [event.line for event in found]
        return self._fulfilling[key]


def matches(causes: Sequence[Known], events: Events) -> Iterator[Match]:
    """Yield every cause that is shown, once for each event that shows it."""
    events.prepare(causes)
    for cause in causes:
        for signal in cause.signals:
            for event in events.of_kind(signal.event):
                near = _near(signal, event, events)
                if near is not None:
                    yield Match(cause, signal, event, near)


def fits(where: Mapping[str, str], found: Mapping[str, str]) -> bool:
    """Return whether the captures match the expressions; a capture that is absent is an empty text."""
    return all(_shows(expression, found.get(name, "")) for name, expression in where.items())


def _shows(expression: str, text: str) -> bool:
    return compiled_for_bytes(expression).search(text.encode()) is not None


def _near(signal: Signal, event: Event, events: Events) -> tuple[Event, ...] | None:
    """Return the events that the signal wants near this one; ``None`` when the signal does not fit."""
    if not fits(signal.where, event.found):
        return None
    if any(_shows(expression, event.found.get(name, "")) for name, expression in signal.unless.items()):
        return None
    if any(events.first(condition, event) for condition in signal.without):
        return None
    near: list[Event] = []
    for condition in signal.near:
        other = events.first(condition, event, near)
        if other is None:
            return None
        near.append(other)
    return tuple(near)
