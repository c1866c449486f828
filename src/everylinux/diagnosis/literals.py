"""Texts found in one pass: an automaton over literals, and the lines in which they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.diagnosis.knowledge import Pattern


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
