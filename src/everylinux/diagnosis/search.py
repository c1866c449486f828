"""Which lines of a log matter: an automaton over the literals of patterns, and the patterns tried on these lines.

What has been told often enough is muted: a pattern that matched very often, one that was tried in vain very often, and
the lines of notes beyond those that are kept. From then on it is looked for only around failures and before the end of
the log, so that a log costs what its bytes cost, however often one thing is said in it. Notes are looked for in a log
that has grown long; before that they are only where somebody asks for them (`notes`).
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import TYPE_CHECKING

from everylinux.diagnosis.cleaning import clean
from everylinux.diagnosis.events import BREAKING, LAZY, Event, event_in, holds_one
from everylinux.diagnosis.literals import Automaton
from everylinux.diagnosis.notes import Notes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from everylinux.diagnosis.knowledge import Pattern

# A pattern that matched as often, or was tried as often in vain, is noise: what it has to tell has been told.
MOST_EVENTS = 200
MOST_TRIES = 3000
# Of a muted pattern so many more are told around failures.
MOST_EVENTS_NEAR = 300
# Of one note more are muted; it is more than are kept.
MOST_NOTES = 500
# So far before and after a failure, and before the end, what is muted is looked for; around other errors less, and
# around all of them so much.
NEAR_BYTES = 128 << 10
NEAR_ERROR_BYTES = 16 << 10
ALL_NEAR_BYTES = 4 << 20
# So much is held for those who ask for notes.
HELD_BYTES = 4 << 20
# After so many bytes an automaton is worth while that is searched faster, and takes longer to be made. Another one is
# when it spares so many hits; so many when it is a fast one.
FAST_BYTES = 32 << 20
SPARED_HITS, SPARED_HITS_FAST = 5000, 20_000


class Search:
    """The search through one log, chunk by chunk."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.notes = Notes()
        self._patterns = patterns
        self._others: dict[int, tuple[bytes, ...]] = {}
        self._counts: Counter[int] = Counter()
        self._tries: Counter[int] = Counter()
        # Lines with a literal since it was last asked whether another automaton is worth while, and what all had cost
        # when the present one was made.
        self._work = 0
        self._paid: dict[int | str, int] = {}
        # What is looked for everywhere, and what is muted.
        self._everywhere = _of_all(_Same(patterns))
        self._telling, self._noted = set(self._everywhere.telling), set[str]()
        self._muted: Automaton | None = None
        self._held, self._fast = True, False
        # Of the whole log: where the chunk begins, up to where what is muted was looked for, and is wanted.
        self._begin = self._searched = self._wanted = 0
        self._before = b""
        self._near_bytes = ALL_NEAR_BYTES
        # The number of the line in which the next chunk begins.
        self.line = 1

    def events(self, content: bytes) -> Iterator[Event]:
        """Yield the events of the next chunk, and keep the lines of notes."""
        places: list[tuple[int, int]] = []
        if self._held:
            self.notes.hold(self.line, content)
        lines = self._everywhere.lines(content, self.line)
        for number, start, line, literals in lines:
            for event in self._events(self._everywhere, number, line, literals, MOST_EVENTS):
                if event.weight in BREAKING:
                    places.append((start, NEAR_BYTES if event.weight == "failure" else NEAR_ERROR_BYTES))
                yield event
        if self._muted is not None:
            yield from self._around(places, content, self._muted)
        self.line = lines.number
        self._begin += len(content)
        held = content if len(content) >= NEAR_BYTES else self._before + content
        # Whole lines: what is cut off in between is no line.
        self._before = held if len(held) <= NEAR_BYTES else held[held.find(b"\n", len(held) - NEAR_BYTES) + 1 :]
        self._mute()

    def rest(self) -> Iterator[Event]:
        """Yield what is muted and stands before the end of the log."""
        if self._muted is not None:
            self._near_bytes = NEAR_BYTES
            yield from self._around([(0, NEAR_BYTES)], b"", self._muted)

    def _events(
        self, automaton: Automaton, number: int, line: bytes, literals: Iterable[int], most: int
    ) -> Iterator[Event]:
        self._work += 1
        telling: set[int] = set()
        for literal in literals:
            if automaton.of_notes[literal]:
                self.notes.keep(automaton.texts[literal], number, line)
            telling.update(automaton.events_of[literal])
        tried = [index for index in sorted(telling) if self._may_match(index, line)]
        if not tried:
            return
        text = clean(line)
        encoded = text.encode()
        for index in tried:
            self._tries[index] += 1
            event = event_in(self._patterns[index], number, text, encoded)
            if event is not None:
                self._counts[index] += 1
                if self._counts[index] <= most:
                    yield event

    def _may_match(self, index: int, line: bytes) -> bool:
        """Return whether a line with a literal of a pattern has another of its texts in it, too."""
        others = self._others.get(index)
        if others is None:
            others = self._others[index] = tuple(text.encode() for text in self._patterns[index].others)
        return holds_one(others, line)

    def _around(self, places: Sequence[tuple[int, int]], content: bytes, muted: Automaton) -> Iterator[Event]:
        """Yield what is muted and stands around some places of a chunk; what is wanted of the next is remembered."""
        if self._near_bytes <= 0 or (not places and self._wanted <= self._searched):
            return
        text = self._before + content
        base = self._begin - len(self._before)
        first = self.line - self._before.count(b"\n")
        wanted = [(self._searched, self._wanted)]
        wanted += [(self._begin + place - size, self._begin + place + size) for place, size in places]
        for low, high in wanted:
            # Both ends are ends of lines, so that no line is searched twice.
            start = text.rfind(b"\n", 0, max(low, self._searched, base) - base) + 1
            end = text.find(b"\n", min(high, base + len(text)) - base) + 1 or len(text)
            self._wanted = max(self._wanted, high)
            if base + end <= self._searched or start >= end or self._near_bytes <= 0:
                continue
            self._searched = base + end
            self._near_bytes -= end - start
            number = first + text.count(b"\n", 0, start)
            for at, _, line, literals in muted.lines(text[start:end], number):
                yield from self._events(muted, at, line, literals, MOST_EVENTS + MOST_EVENTS_NEAR)

    def _mute(self) -> None:
        """Look everywhere for less, where that is worth while."""
        held, fast = self._begin < HELD_BYTES, self._begin >= FAST_BYTES
        worth = SPARED_HITS_FAST if fast else SPARED_HITS
        same = held == self._held and fast == self._fast
        if self._work < worth and same:
            return
        self._work = 0
        if self._held and not held:
            self._noted = _literals_of(self._patterns, _lazy(self._patterns))
            self.notes.let_go(self._noted)
        noisy = {
            index
            for index in self._telling
            if self._counts[index] > MOST_EVENTS or self._tries[index] - self._counts[index] > MOST_TRIES
        }
        frequent = {literal for literal in self._noted if self.notes.count(literal) > MOST_NOTES}
        spared = sum(self._tries[index] - self._paid.get(index, 0) for index in noisy)
        spared += sum(self.notes.count(literal) - self._paid.get(literal, 0) for literal in frequent)
        if spared < worth and same:
            return
        self._paid = {literal: self.notes.count(literal) for literal in self._noted}
        self._paid.update(self._tries.items())
        self._held, self._fast = held, fast
        self._telling -= noisy
        self._noted -= frequent
        self._everywhere = Automaton(self._patterns, self._telling, self._noted, fast=fast)
        if noisy or frequent:
            telling, noted = (self._muted.telling, self._muted.noted) if self._muted else (set(), set())
            self._searched = self._begin
            self._muted = Automaton(self._patterns, telling | noisy, noted | frequent, fast=False)


class _Same:
    """Patterns that are equal to themselves alone: they are many to compare."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.patterns = patterns

    def __hash__(self) -> int:
        return id(self.patterns)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.patterns is other.patterns


@functools.lru_cache(maxsize=1)
def _of_all(same: _Same) -> Automaton:
    """Return the automaton of all that may break something, with which each log begins."""
    telling = set(range(len(same.patterns))) - _lazy(same.patterns)
    return Automaton(same.patterns, telling, set(), fast=False)


def _lazy(patterns: Sequence[Pattern]) -> set[int]:
    return {index for index, pattern in enumerate(patterns) if pattern.weight in LAZY}


def _literals_of(patterns: Sequence[Pattern], numbers: Iterable[int]) -> set[str]:
    return {literal for number in numbers for literal in patterns[number].literals}
