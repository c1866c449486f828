"""Which lines of a log matter: an automaton over the literals of all patterns, and the patterns tried on these lines.

What has been told often enough is muted: a pattern that matched very often, one that was tried in vain very often, and
the lines of notes beyond those that are kept. From then on it is looked for only around failures and before the end of
the log, so that a log costs what its bytes cost, however often one thing is said in it.
"""

from __future__ import annotations

import functools
from collections import Counter, defaultdict, deque
from typing import TYPE_CHECKING

from everylinux.diagnosis.cleaning import clean
from everylinux.diagnosis.events import BREAKING, LAZY, Event, event_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from everylinux.diagnosis.knowledge import Pattern

# A pattern that matched as often, or was tried as often in vain, is noise: what it has to tell has been told.
MOST_EVENTS = 200
MOST_TRIES = 3000
# Of a muted pattern so many more are told around failures.
MOST_EVENTS_NEAR = 300
# Of the lines of one note the first and the last are kept: what stands near a failure, and what begins a log.
FIRST_NOTES, LAST_NOTES = 100, 300
MOST_NOTES = 500
NOTE_BYTES = 8 << 10
# Beyond this much of them in all, only the beginning of each line is kept.
ALL_NOTES_BYTES = 32 << 20
SHORT_NOTE_BYTES = 256
# So far before and after a failure, and before the end, what is muted is looked for; around other errors less, and
# around all of them so much.
NEAR_BYTES = 128 << 10
NEAR_ERROR_BYTES = 16 << 10
ALL_NEAR_BYTES = 4 << 20
# A new automaton is worth while when it spares so many hits; after so many bytes one that is searched faster, and made
# more slowly.
SPARED_HITS = 5000
FAST_BYTES = 4 << 20


class KeptLines:
    """The lines in which one literal stands, or the first and the last of them."""

    def __init__(self) -> None:
        self.first: list[tuple[int, bytes]] = []
        self.last: deque[tuple[int, bytes]] = deque(maxlen=LAST_NOTES)
        self.count = 0

    def keep(self, number: int, line: bytes) -> None:
        """Keep a line."""
        self.count += 1
        (self.first if len(self.first) < FIRST_NOTES else self.last).append((number, line))


class Search:
    """The search through one log, chunk by chunk; ``notes`` are the kept lines of each literal of a note."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self.notes: dict[str, KeptLines] = defaultdict(KeptLines)
        self._patterns = patterns
        self._counts: Counter[int] = Counter()
        self._tries: Counter[int] = Counter()
        self._kept = 0
        # Lines with a literal since it was last asked whether another automaton is worth while, and what all had cost
        # when the present one was made.
        self._work = 0
        self._paid: dict[int | str, int] = {}
        # What is looked for everywhere, and what is muted.
        self._everywhere = _of_all(_Same(patterns))
        self._telling, self._noted = set(self._everywhere.telling), set(self._everywhere.noted)
        self._muted: Automaton | None = None
        self._fast = False
        # Of the whole log: where the chunk begins, up to where what is muted was looked for, and is wanted.
        self._begin = self._searched = self._wanted = 0
        self._before = b""
        self._near_bytes = ALL_NEAR_BYTES
        # The number of the line in which the next chunk begins.
        self.line = 1

    def events(self, content: bytes) -> Iterator[Event]:
        """Yield the events of the next chunk, and keep the lines of notes."""
        places: list[tuple[int, int]] = []
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
                self._keep(automaton.texts[literal], number, line)
            telling.update(automaton.events_of[literal])
        if not telling:
            return
        text = clean(line)
        encoded = text.encode()
        for index in sorted(telling):
            self._tries[index] += 1
            event = event_in(self._patterns[index], number, text, encoded)
            if event is not None:
                self._counts[index] += 1
                if self._counts[index] <= most:
                    yield event

    def _keep(self, literal: str, number: int, line: bytes) -> None:
        kept = line[: NOTE_BYTES if self._kept < ALL_NOTES_BYTES else SHORT_NOTE_BYTES]
        self._kept += len(kept)
        self.notes[literal].keep(number, kept)

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
        fast = self._begin >= FAST_BYTES
        if self._work < SPARED_HITS and fast == self._fast:
            return
        self._work = 0
        noisy = {
            index
            for index in self._telling
            if self._counts[index] > MOST_EVENTS or self._tries[index] - self._counts[index] > MOST_TRIES
        }
        frequent = {
            literal for literal in self._noted if literal in self.notes and self.notes[literal].count > MOST_NOTES
        }
        spared = sum(self._tries[index] - self._paid.get(index, 0) for index in noisy)
        spared += sum(self.notes[literal].count - self._paid.get(literal, 0) for literal in frequent)
        if spared < SPARED_HITS and fast == self._fast:
            return
        self._paid = {literal: lines.count for literal, lines in self.notes.items()}
        self._paid.update(self._tries.items())
        self._fast = fast
        self._telling -= noisy
        self._noted -= frequent
        self._everywhere = Automaton(self._patterns, self._telling, self._noted, fast=fast)
        if noisy or frequent:
            telling, noted = (self._muted.telling, self._muted.noted) if self._muted else (set(), set())
            self._searched = self._begin
            self._muted = Automaton(self._patterns, telling | noisy, noted | frequent, fast=False)


class Automaton:
    """The literals of some events (``telling``, by their number), and some of notes, found in one pass."""

    def __init__(self, patterns: Sequence[Pattern], telling: set[int], noted: set[str], *, fast: bool) -> None:
        import ahocorasick_rs

        self.telling, self.noted = telling, noted
        by_text: dict[str, list[int]] = {literal: [] for literal in sorted(noted)}
        for index in sorted(telling):
            for literal in patterns[index].literals:
                by_text.setdefault(literal, []).append(index)
        self.texts = list(by_text)
        self.of_notes = [literal in noted for literal in by_text]
        self.events_of = list(by_text.values())
        kinds = ahocorasick_rs.Implementation
        self._literals = ahocorasick_rs.BytesAhoCorasick(
            [text.encode() for text in by_text], implementation=kinds.DFA if fast else kinds.ContiguousNFA
        )

    def lines(self, content: bytes, first_line: int) -> FoundLines:
        """Return the lines in which there is a literal; the first line of the content has this number."""
        return FoundLines(self._literals.find_matches_as_indexes(content, overlapping=True), content, first_line)


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
    """Return the automaton of all patterns, with which each log begins."""
    lazy = {index for index, pattern in enumerate(same.patterns) if pattern.weight in LAZY}
    noted = {literal for index in lazy for literal in same.patterns[index].literals}
    return Automaton(same.patterns, set(range(len(same.patterns))) - lazy, noted, fast=False)


class FoundLines:
    """Lines of a content: number, place, what stands there, and which literals; to be gone through once.

    ``number`` is then that of the line in which the content ends.
    """

    def __init__(self, found: Sequence[tuple[int, int, int]], content: bytes, number: int) -> None:
        self.number = number
        self._found = found
        self._content = content

    def __iter__(self) -> Iterator[tuple[int, int, bytes, set[int]]]:
        content, number = self._content, self.number
        counted, start, end = 0, 0, -1
        literals: set[int] = set()
        for literal, begin, _ in self._found:
            if begin > end:
                if literals:
                    yield number, start, content[start:end], literals
                start = content.rfind(b"\n", 0, begin) + 1
                end = content.find(b"\n", begin)
                if end < 0:
                    end = len(content)
                number += content.count(b"\n", counted, start)
                counted = start
                literals = {literal}
            else:
                literals.add(literal)
        if literals:
            yield number, start, content[start:end], literals
        self.number = number + content.count(b"\n", counted)
