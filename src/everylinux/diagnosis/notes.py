"""The lines of notes and warnings: they break nothing, and tell what a failure near them means.

Of most logs no cause asks for them, and of the others for a few kinds. So what is short is held, and searched for
those that are asked for; in what is longer all are kept while it goes by.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from everylinux.diagnosis.literals import Automaton

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of the lines of one note the first and the last are kept: what stands near a failure, and what begins a log.
FIRST_NOTES, LAST_NOTES = 100, 300
NOTE_BYTES = 8 << 10
# Beyond this much of them in all, only the beginning of each line is kept.
ALL_NOTES_BYTES = 32 << 20
SHORT_NOTE_BYTES = 256
# Where more than this is held for each literal, what the faster automaton takes longer to be made is worth while.
BYTES_PER_LITERAL = 4 << 10


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


class Notes:
    """The lines of notes of one log, by the literals in them."""

    def __init__(self) -> None:
        self._kept: dict[str, KeptLines] = defaultdict(KeptLines)
        self._bytes = 0
        self._held: list[tuple[int, bytes]] = []
        self._held_bytes = 0
        self._searched: set[str] = set()

    def hold(self, first_line: int, content: bytes) -> None:
        """Hold a part of the log whose first line has this number."""
        self._held.append((first_line, content))
        self._held_bytes += len(content)

    def look_for(self, literals: Iterable[str]) -> None:
        """Keep the lines of these literals in what is held."""
        wanted = set(literals) - self._searched
        if not wanted or not self._held:
            return
        self._searched |= wanted
        automaton = Automaton((), set(), wanted, fast=self._held_bytes > BYTES_PER_LITERAL * len(wanted))
        for first_line, content in self._held:
            for number, _, line, found in automaton.lines(content, first_line):
                for literal in found:
                    self.keep(automaton.texts[literal], number, line)

    def let_go(self, literals: Iterable[str]) -> None:
        """Keep the lines of all these literals in what is held, and hold nothing from here on."""
        self.look_for(literals)
        self._held.clear()

    def keep(self, literal: str, number: int, line: bytes) -> None:
        """Keep a line in which a literal stands."""
        kept = line[: NOTE_BYTES if self._bytes < ALL_NOTES_BYTES else SHORT_NOTE_BYTES]
        self._bytes += len(kept)
        self._kept[literal].keep(number, kept)

    def count(self, literal: str) -> int:
        """Return how many lines with a literal were found."""
        return self._kept[literal].count if literal in self._kept else 0

    def lines(self, literals: Iterable[str]) -> dict[int, bytes]:
        """Return the kept lines with one of some literals, by their numbers."""
        self.look_for(literals)
        kept = [self._kept[literal] for literal in literals if literal in self._kept]
        return {number: line for lines in kept for number, line in (*lines.first, *lines.last)}
