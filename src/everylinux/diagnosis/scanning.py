"""From a log to its events, in one pass and in constant memory.

An automaton over the literals of all patterns finds the few lines that matter; only these are cleaned and matched. A
pattern that has matched very often is left out from then on, and looked for once more at the end of the log. Notes and
warnings break nothing: their lines are only kept, and matched when a cause asks for what stood near a failure.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from everylinux.diagnosis.cleaning import clean, without_colour
from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.reading import read_chunks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from everylinux.diagnosis.knowledge import Pattern, Weight
    from everylinux.diagnosis.reading import Chunk

# A pattern that matched as often is noise: what it has to tell has been told.
MOST_EVENTS = 500
# Of the lines of one note the first and the last are kept: what stands near a failure, and what begins a log.
FIRST_NOTES, LAST_NOTES = 100, 300
NOTE_BYTES = 8 << 10
# Beyond this much of them in all, only the beginning of each line is kept.
ALL_NOTES_BYTES = 32 << 20
SHORT_NOTE_BYTES = 256
LAZY = frozenset({"note", "warning"})
TAIL_BYTES = 64 << 10
KEPT_LAST_LINES = 8


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a tool said: the line's number from 1, its cleaned text, and what was captured in it."""

    line: int
    text: str
    kind: str
    weight: Weight
    tool: str
    found: dict[str, str]
    cause: str = ""


@dataclass(slots=True)
class Log:
    """What was found in a log: the ``events`` that may have broken something, or say how it ended.

    ``last`` are its last lines with text, ``whole`` is false where it breaks off. ``notes`` are the lines in which the
    literals of all other patterns stand; `of_kind` matches them.
    """

    events: list[Event] = field(default_factory=list)
    lines: int = 0
    last: tuple[tuple[int, str], ...] = ()
    whole: bool = True
    notes: dict[str, _Lines] = field(default_factory=dict)
    patterns: Sequence[Pattern] = ()

    def of_kind(self, kind: str) -> list[Event]:
        """Return all events of a kind in the order of the lines."""
        found = [event for event in self.events if event.kind == kind]
        for pattern in self.patterns:
            if pattern.kind == kind and pattern.weight in LAZY:
                found += self._matched(pattern)
        return sorted(found, key=lambda event: event.line)

    def _matched(self, pattern: Pattern) -> Iterator[Event]:
        kept = [self.notes[literal] for literal in pattern.literals if literal in self.notes]
        lines = {number: line for lines in kept for number, line in (*lines.first, *lines.last)}
        for number, line in lines.items():
            event = _event(pattern, number, clean(line))
            if event is not None:
                yield event


class _Lines:
    """The lines in which one literal stands, or the first and the last of them."""

    def __init__(self) -> None:
        self.first: list[tuple[int, bytes]] = []
        self.last: deque[tuple[int, bytes]] = deque(maxlen=LAST_NOTES)

    def keep(self, number: int, line: bytes) -> None:
        """Keep a line."""
        (self.first if len(self.first) < FIRST_NOTES else self.last).append((number, line))


def scan(stream: BinaryIO, patterns: Sequence[Pattern]) -> Log:
    """Return the events of a log in the order of its lines."""
    search = _Search(patterns)
    log = Log(patterns=patterns, notes=search.notes)
    tail = b""
    for chunk in read_chunks(stream):
        content = without_colour(chunk.content)
        log.events += search.events(content, chunk.first_line)
        tail = (tail + content)[-TAIL_BYTES:] if len(content) < TAIL_BYTES else content[-TAIL_BYTES:]
        if chunk.last:
            _end(log, chunk, content, tail)
    if search.muted:
        first = log.lines - tail.count(b"\n") + (not tail.endswith(b"\n"))
        seen = {(event.line, event.kind) for event in log.events}
        again = _Search([patterns[number] for number in sorted(search.muted)])
        log.events += [event for event in again.events(tail, first) if (event.line, event.kind) not in seen]
        log.events.sort(key=lambda event: event.line)
    return log


def _end(log: Log, chunk: Chunk, content: bytes, tail: bytes) -> None:
    log.lines = chunk.first_line - 1 + content.count(b"\n") + (bool(content) and not content.endswith(b"\n"))
    log.whole = not content or content.endswith((b"\n", b"\r"))
    lines = tail.split(b"\n")
    numbered = zip(range(log.lines - len(lines) + 1 + (not lines[-1]), log.lines + 2), lines, strict=False)
    texts = [(number, text) for number, line in numbered if (text := clean(line))]
    log.last = tuple(texts[-KEPT_LAST_LINES:])


class _Search:
    """The automaton over the patterns that are not muted."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = patterns
        self.muted: set[int] = set()
        self._counts: Counter[int] = Counter()
        self._lazy = frozenset(index for index, pattern in enumerate(patterns) if pattern.weight in LAZY)
        self._kept = 0
        self.notes: dict[str, _Lines] = {}
        self._build()

    def events(self, content: bytes, first_line: int) -> Iterator[Event]:
        """Yield the events of some lines, and keep the lines of notes."""
        for number, line, literals in self._lines(content, first_line):
            for literal in literals:
                if self._of_notes[literal]:
                    self._keep(self._texts[literal], number, line)
            telling = {index for literal in literals for index in self._events_of[literal]}
            text = clean(line) if telling else ""
            for index in sorted(telling):
                event = _event(self._patterns[index], number, text)
                if event is None:
                    continue
                self._counts[index] += 1
                if self._counts[index] <= MOST_EVENTS:
                    yield event
        noisy = {index for index, count in self._counts.items() if count > MOST_EVENTS}
        if noisy - self.muted:
            self.muted |= noisy
            self._build()

    def _keep(self, literal: str, number: int, line: bytes) -> None:
        kept = line[: NOTE_BYTES if self._kept < ALL_NOTES_BYTES else SHORT_NOTE_BYTES]
        self._kept += len(kept)
        lines = self.notes.get(literal)
        if lines is None:
            lines = self.notes[literal] = _Lines()
        lines.keep(number, kept)

    def _build(self) -> None:
        import ahocorasick_rs

        by_text: dict[str, list[int]] = defaultdict(list)
        for index, pattern in enumerate(self._patterns):
            if index not in self.muted:
                for literal in pattern.literals:
                    by_text[literal].append(index)
        self._texts = list(by_text)
        self._of_notes = [not self._lazy.isdisjoint(indexes) for indexes in by_text.values()]
        self._events_of = [[index for index in indexes if index not in self._lazy] for indexes in by_text.values()]
        self._automaton = ahocorasick_rs.BytesAhoCorasick(
            [text.encode() for text in by_text], implementation=ahocorasick_rs.Implementation.DFA
        )

    def _lines(self, content: bytes, first_line: int) -> Iterator[tuple[int, bytes, Iterable[int]]]:
        """Yield the lines in which there is a literal: their numbers, what stands there, and which literals."""
        number, counted, start, end = first_line, 0, 0, -1
        literals: set[int] = set()
        for literal, begin, _ in self._automaton.find_matches_as_indexes(content, overlapping=True):
            if begin > end:
                if literals:
                    yield number, content[start:end], literals
                literals = set()
                start = content.rfind(b"\n", 0, begin) + 1
                end = content.find(b"\n", begin)
                end = len(content) if end < 0 else end
                number += content.count(b"\n", counted, start)
                counted = start
            literals.add(literal)
        if literals:
            yield number, content[start:end], literals


def _event(pattern: Pattern, number: int, text: str) -> Event | None:
    match = compiled(pattern.pattern).search(text)
    if match is None:
        return None
    found = {"tool": pattern.tool, **pattern.named}
    for name, value in match.groupdict().items():
        if value is not None:
            # The forms of one message capture the same thing in several places, and a name may stand only once.
            found.setdefault(name.rstrip("0123456789"), value)
    return Event(number, text, pattern.kind, pattern.weight, pattern.tool, found, pattern.cause)
