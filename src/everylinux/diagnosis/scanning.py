"""From a log to its events, in one pass and in constant memory.

Notes and warnings break nothing: the lines in which their literals stand are only kept, and matched when a cause asks
for what stood near a failure.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from everylinux.diagnosis.cleaning import LINE_BYTES, clean, visible, without_colour, without_markup
from everylinux.diagnosis.events import LAZY, event_in, holds_one
from everylinux.diagnosis.reading import read_chunks
from everylinux.diagnosis.search import Search
from everylinux.diagnosis.wrappers import wrapper_of

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator, Sequence

    from everylinux.diagnosis.events import Event
    from everylinux.diagnosis.knowledge import Pattern
    from everylinux.diagnosis.notes import Notes

# Of the end of a log: so much is kept, all of a short one, and in so much of it the last lines are looked for.
SHORT_BYTES = 256 << 10
TAIL_BYTES = 64 << 10
KEPT_LAST_LINES = 12


class Log(msgspec.Struct):
    """What was found in a log: the ``events`` that may have broken something, or say how it ended, in order.

    ``last`` are its last lines with text, ``uncleaned`` the same with what wrappers put before them; ``whole`` is false
    where it breaks off. ``notes`` are the lines in which the literals of all other ``patterns`` stand, which `of_kind`
    matches; they are found faster in one go: see `prepare`. ``short`` is the whole text of a log that is not long.
    """

    events: list[Event]
    lines: int
    last: tuple[tuple[int, str], ...]
    uncleaned: tuple[str, ...]
    whole: bool
    notes: Notes
    patterns: Sequence[Pattern]
    short: bytes = b""
    _told: dict[str, list[Event]] = msgspec.field(default_factory=lambda: defaultdict(list))
    _lazy: dict[str, list[Pattern]] = msgspec.field(default_factory=lambda: defaultdict(list))
    _of_kind: dict[str, list[Event]] = msgspec.field(default_factory=dict)
    _cleaned: dict[int, tuple[str, bytes]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        for event in self.events:
            self._told[event.kind].append(event)
        for pattern in self.patterns:
            if pattern.weight in LAZY:
                self._lazy[pattern.kind].append(pattern)

    def prepare(self, kinds: Iterable[str]) -> None:
        """Look for all notes of these kinds, which will be asked for."""
        self.notes.look_for(
            literal for kind in kinds for pattern in self._lazy.get(kind, ()) for literal in pattern.literals
        )

    def is_note(self, kind: str) -> bool:
        """Return whether events of a kind are matched only when they are asked for."""
        return kind in self._lazy

    def of_kind(self, kind: str) -> list[Event]:
        """Return all events of a kind in the order of the lines."""
        if kind not in self._of_kind:
            told = self._told.get(kind, [])
            self.prepare([kind])
            noted = [event for pattern in self._lazy.get(kind, ()) for event in self._matched(pattern)]
            self._of_kind[kind] = sorted([*told, *noted], key=lambda event: event.line) if noted else told
        return self._of_kind[kind]

    def _matched(self, pattern: Pattern) -> Iterator[Event]:
        others = tuple(text.encode() for text in pattern.others)
        for number, line in self.notes.lines(pattern.literals).items():
            if not holds_one(others, line):
                continue
            if number not in self._cleaned:
                text = clean(line)
                self._cleaned[number] = text, text.encode()
            event = event_in(pattern, number, *self._cleaned[number])
            if event is not None:
                yield event


def scan(stream: BinaryIO, patterns: Sequence[Pattern]) -> Log:
    """Return the events of a log."""
    search = Search(patterns)
    events: list[Event] = []
    tail = b""
    size = 0
    wrapper: re.Pattern[bytes] | None = None
    for chunk in read_chunks(stream):
        content = without_markup(without_colour(chunk))
        if not size:
            wrapper = wrapper_of(content, lambda text: len({event.line for event in Search(patterns).events(text)}))
        if wrapper is not None:
            content = wrapper.sub(b"", content)
        size += len(content)
        events += search.events(content)
        tail = (tail + content)[-SHORT_BYTES:] if len(content) < SHORT_BYTES else content[-SHORT_BYTES:]
    events += search.rest()
    last = _last(tail[-TAIL_BYTES:], search.line)
    return Log(
        events=sorted(events, key=lambda event: event.line),
        lines=search.line - (not tail or tail.endswith(b"\n")),
        last=tuple((number, text) for number, text, _ in last),
        uncleaned=tuple(visible(line[:LINE_BYTES].decode(errors="replace")) for _, _, line in last),
        whole=not tail or tail.endswith((b"\n", b"\r")),
        notes=search.notes,
        patterns=patterns,
        short=tail if size == len(tail) else b"",
    )


def _last(tail: bytes, line: int) -> list[tuple[int, str, bytes]]:
    """Return the last lines with text of the end of a log, which is in this line: number, text, and as it stands."""
    lines = tail.split(b"\n")
    texts = [(number, text, one) for number, one in enumerate(lines, line - len(lines) + 1) if (text := clean(one))]
    return texts[-KEPT_LAST_LINES:]
