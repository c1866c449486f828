"""From a log to its events, in one pass and in constant memory.

An automaton over the literals of all patterns finds the few lines that matter; only these are cleaned and matched. A
pattern that has matched very often is left out from then on, and looked for once more at the end of the log.
"""

from __future__ import annotations

from collections import Counter, defaultdict
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
    """What was found in a log. ``last`` are its last lines with text, ``whole`` is false where it breaks off."""

    events: list[Event] = field(default_factory=list)
    lines: int = 0
    last: tuple[tuple[int, str], ...] = ()
    whole: bool = True


def scan(stream: BinaryIO, patterns: Sequence[Pattern]) -> Log:
    """Return the events of a log in the order of its lines."""
    search = _Search(patterns)
    log = Log()
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
        self._build()

    def events(self, content: bytes, first_line: int) -> Iterator[Event]:
        """Yield the events of some lines."""
        for number, line, literals in self._lines(content, first_line):
            text = clean(line)
            for index in sorted({index for literal in literals for index in self._of_literal[literal]}):
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

    def _build(self) -> None:
        import ahocorasick_rs

        by_text: dict[bytes, list[int]] = defaultdict(list)
        for index, pattern in enumerate(self._patterns):
            if index not in self.muted:
                for literal in pattern.literals:
                    by_text[literal.encode()].append(index)
        self._of_literal = list(by_text.values())
        self._automaton = ahocorasick_rs.BytesAhoCorasick(
            list(by_text), implementation=ahocorasick_rs.Implementation.DFA
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
