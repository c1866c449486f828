"""What the content of a file shows beyond its dynamic symbols: strings, and large frames in its code.

Only segments that are read at run time are searched, and only so many bytes of them, in one pass for all words that any
rule asks for (`data/risks/anchors.json`).
"""

from __future__ import annotations

import functools
import re
from functools import cached_property
from typing import TYPE_CHECKING

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.numbers import PF_X, PT_GNU_STACK, PT_LOAD
from everylinux.loader.risks.facts import anchors, go_names
from everylinux.loader.risks.linked import go_functions, linked_functions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ahocorasick_rs import BytesAhoCorasick

    from everylinux.elf.layout import Layout

PF_W = 2
MOST_BYTES = 32 << 20
MOST_HITS = 20_000
AT_ONCE = 1 << 18
LONGEST = 256
# A string may follow numbers: what comes before it need not be a zero byte.
_CHARACTERS = re.compile(rb"[ -~]*")


class Content:
    """One file's content, read when first asked for; ``open_layout`` opens the file, as `elf.read` does."""

    def __init__(self, open_layout: Callable[[], Layout]) -> None:
        self._open_layout = open_layout

    def has(self, text: str) -> bool:
        """Return whether a text is a whole string: a zero byte after it, and no character before."""
        length = len(text)
        return any(
            bytes(self._data[at + length : at + length + 1]) == b"\0"
            and (at == 0 or not 0x20 <= self._data[at - 1] <= 0x7E)  # noqa: PLR2004 - ASCII
            for at in self._hits(text)
        )

    def contains(self, text: str) -> bool:
        """Return whether a text is anywhere."""
        return next(self._hits(text), None) is not None

    def repeats(self, text: str, times: int) -> bool:
        """Return whether a text is there so often."""
        return sum(1 for _ in zip(range(times), self._hits(text), strict=False)) == times

    def like(self, anchor: str, pattern: re.Pattern[str], most: int = MOST_HITS) -> set[str]:
        """Return the whole strings around an anchor that a pattern describes; no more when there are over ``most``."""
        found: set[str] = set()
        for at in self._hits(anchor):
            before = _CHARACTERS.match(bytes(self._data[max(0, at - LONGEST) : at])[::-1])
            after, end, _ = bytes(self._data[at : at + LONGEST]).partition(b"\0")
            text = ((before[0][::-1] if before else b"") + after).decode("latin-1")
            if end and pattern.fullmatch(text):
                found.add(text)
                if len(found) > most:
                    break
        return found

    def frames(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield the offset and the first group of each hit in executable segments."""
        left = MOST_HITS
        for start, end in self._segments(PF_X):
            for match in pattern.finditer(self._data[start:end]):
                yield start + match.start(), bytes(match[1])
                left -= 1
                if not left:
                    return

    def go_function(self, name: str) -> bool:
        """Return whether Go's table of functions has a name that some rule asks for."""
        return name in self._go_functions

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names in the symbol table of sections: what is linked into the file. None in a stripped one."""
        return linked_functions(self._layout) if self._layout else frozenset()

    @cached_property
    def stack_size(self) -> int:
        """The size that ``PT_GNU_STACK`` asks for, in bytes; 0 when it asks for none."""
        layout = self._layout
        segments = layout.segments if layout else ()
        return next((one.memory_size for one in segments if one.type == PT_GNU_STACK), 0)

    def _hits(self, text: str) -> Iterator[int]:
        """Yield where a text is; it begins with an anchor."""
        wanted = text.encode()
        found, data = self._found, self._data
        for anchor in _anchors_of(text):
            yield from (at for at in found[anchor] if data[at : at + len(wanted)] == wanted)

    @cached_property
    def _found(self) -> dict[str, list[int]]:
        """Where each anchor is."""
        words = anchors()
        longest = max(map(len, words))
        found: dict[str, list[int]] = {word: [] for word in words}
        searcher, left = _searcher(), MOST_HITS * len(words)
        for start, end in self._constants:
            for here in range(start, end, AT_ONCE):
                chunk = self._data[here : min(here + AT_ONCE + longest, end)]
                hits = searcher.find_matches_as_indexes(chunk)
                left -= len(hits)
                for word, at, _ in hits:
                    places = found[words[word]]
                    if at < AT_ONCE and len(places) < MOST_HITS:
                        places.append(here + at)
                if left <= 0:
                    return found
        return found

    @cached_property
    def _data(self) -> memoryview:
        return self._layout.data if self._layout else memoryview(b"")

    @cached_property
    def _layout(self) -> Layout | None:
        try:
            return self._open_layout()
        except (OSError, NotElfError, CorruptElfError):
            return None

    @cached_property
    def _go_functions(self) -> frozenset[str]:
        if self._layout is None:
            return frozenset()
        return frozenset(match[1].decode() for match in _go_names().finditer(go_functions(self._layout)))

    @cached_property
    def _constants(self) -> tuple[tuple[int, int], ...]:
        """The segments that hold constants: those that are only read, or of old linkers those with the code."""
        return tuple(self._segments(0)) or tuple(self._segments(PF_X))

    def _segments(self, flags: int) -> Iterator[tuple[int, int]]:
        """Yield where the file has each segment with these of the flags W and X."""
        left = MOST_BYTES
        seen = set()
        for segment in self._layout.segments if self._layout else ():
            place = segment.offset, segment.file_size
            if segment.type != PT_LOAD or segment.flags & (PF_W | PF_X) != flags or place in seen:
                continue
            seen.add(place)
            size = min(segment.file_size, left, max(0, len(self._data) - segment.offset))
            left -= size
            if size:
                yield segment.offset, segment.offset + size


@functools.lru_cache(maxsize=1024)
def _anchors_of(text: str) -> tuple[str, ...]:
    """Return the anchors that a text begins with."""
    return tuple(filter(text.startswith, anchors()))


@functools.cache
def _searcher() -> BytesAhoCorasick:
    """Return what searches for all anchors at once."""
    from ahocorasick_rs import MATCHKIND_LEFTMOST_FIRST, BytesAhoCorasick

    return BytesAhoCorasick([word.encode() for word in anchors()], MATCHKIND_LEFTMOST_FIRST)


@functools.cache
def _go_names() -> re.Pattern[bytes]:
    return re.compile(b"\0(" + b"|".join(re.escape(name.encode()) for name in go_names()) + b")(?=\0)")
