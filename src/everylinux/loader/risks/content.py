"""What the content of a file shows beyond its dynamic symbols: strings, functions linked into it, large frames.

Only segments that are read at run time are looked at, and only so many bytes of them; a file that names its sections is
asked for the functions in it, which a stripped one no longer tells.
"""

from __future__ import annotations

import itertools
import re
import struct
import sys
from array import array
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.layout import DamagedError
from everylinux.elf.numbers import PF_X, PT_GNU_STACK, PT_LOAD
from everylinux.elf.reader import map_layout

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.elf.layout import Layout

PF_W = 2
MOST_BYTES = 32 << 20
MOST_HITS = 20_000
LONGEST = 256
COMMON = ("/etc/", "/tmp/", "/bin/sh")  # noqa: S108 - what other programs name
_COMMON_PATHS = re.compile(b"/(?:etc/|tmp/|bin/sh)")
SHT_SYMTAB = 2
SECTION = {32: "10I", 64: "2I4Q2I2Q"}
# A symbol in words of 32 bits; its name is the first of them.
SYMBOL_WORDS = {32: 4, 64: 6}


# A string may follow numbers: what comes before it need not be a zero byte.
_CHARACTERS_AT_END = re.compile(rb"[ -~]*\Z")


class Content:
    """One file's content, read when first asked for; every search is one pass over at most 32 MiB."""

    def __init__(self, path: Path, *, go: bool = False) -> None:
        self._path = path
        self._go = go

    def has(self, text: str) -> bool:
        """Return whether a text is a whole string: a zero byte after it, and no character before."""
        length = len(text)
        return any(
            data[at + length : at + length + 1] == b"\0" and _begins_at(data, at) for data, at in self._hits(text)
        )

    def contains(self, text: str) -> bool:
        """Return whether a text is anywhere."""
        return next(self._hits(text), None) is not None

    def repeats(self, text: str, times: int) -> bool:
        """Return whether a text is there so often."""
        return sum(1 for _ in zip(range(times), self._hits(text), strict=False)) == times

    def begins(self, prefix: str) -> bool:
        """Return whether some string begins so and goes on."""
        length = len(prefix)
        return any(
            _begins_at(data, at) and data[at + length : at + length + 1].isalnum() for data, at in self._hits(prefix)
        )

    def like(self, anchor: str, pattern: re.Pattern[str], most: int = MOST_HITS) -> set[str]:
        """Return the whole strings around an anchor that a pattern describes; no more when there are over ``most``."""
        found: set[str] = set()
        for data, at in self._hits(anchor):
            end = data.find(b"\0", at, at + LONGEST)
            before = _CHARACTERS_AT_END.search(data, max(0, at - LONGEST), at)
            text = data[before.start() if before else at : max(at, end)].decode("latin-1")
            if pattern.fullmatch(text):
                found.add(text)
                if len(found) > most:
                    break
        return found

    def frames(self, pattern: re.Pattern[bytes]) -> Iterator[tuple[int, bytes]]:
        """Yield the offset and the first group of each hit in executable segments."""
        left = MOST_HITS
        for offset, data in self._code:
            for match in pattern.finditer(data):
                yield offset + match.start(), match[1]
                left -= 1
                if not left:
                    return

    @cached_property
    def stack_size(self) -> int:
        """The size that ``PT_GNU_STACK`` asks for, in bytes; 0 when it asks for none."""
        layout = self._layout
        segments = layout.segments if layout else ()
        return next((one.memory_size for one in segments if one.type == PT_GNU_STACK), 0)

    def _hits(self, text: str) -> Iterator[tuple[bytes, int]]:
        """Yield where a text is."""
        wanted = text.encode()
        if text.startswith(COMMON):
            yield from ((data, at) for data, at in self._common if data.startswith(wanted, at))
            return
        left = MOST_HITS
        for data in self._constants:
            at = data.find(wanted)
            while at >= 0 and left:
                left -= 1
                yield data, at
                at = data.find(wanted, at + len(wanted))

    @cached_property
    def _common(self) -> list[tuple[bytes, int]]:
        """Where all paths begin that are asked for most: one pass for all of them."""
        hits = ((data, match.start()) for data in self._constants for match in _COMMON_PATHS.finditer(data))
        return list(itertools.islice(hits, MOST_HITS))

    @cached_property
    def _layout(self) -> Layout | None:
        try:
            return map_layout(self._path)
        except (OSError, NotElfError, CorruptElfError):
            return None

    @cached_property
    def _constants(self) -> tuple[bytes, ...]:
        """The segments that hold constants: those that are only read, or of old linkers those with the code."""
        read_only = tuple(self._segments(0))
        constants = read_only or tuple(self._segments(PF_X))
        # Go's tables of a position-independent program lie where the loader writes addresses.
        return (*constants, *self._segments(PF_W)) if self._go else constants

    @cached_property
    def _code(self) -> tuple[tuple[int, bytes], ...]:
        layout = self._layout
        segments = layout.segments if layout else ()
        wanted = [one for one in segments if one.type == PT_LOAD and one.flags & PF_X]
        return tuple(zip((one.offset for one in wanted), self._segments(PF_X), strict=False))

    def _segments(self, flags: int) -> Iterator[bytes]:
        """Yield what the file has of each segment with these of the flags W and X."""
        layout = self._layout
        if layout is None:
            return
        left = MOST_BYTES
        seen = set()
        for segment in layout.segments:
            place = segment.offset, segment.file_size
            if segment.type != PT_LOAD or segment.flags & (PF_W | PF_X) != flags or place in seen:
                continue
            seen.add(place)
            size = min(segment.file_size, left, max(0, len(layout.data) - segment.offset))
            left -= size
            yield bytes(layout.data[segment.offset : segment.offset + size])
            if left <= 0:
                return

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names in the symbol table of sections: what is linked into the file. None in a stripped one."""
        try:
            return frozenset(self._read_functions())
        except DamagedError:
            return frozenset()

    def _read_functions(self) -> Iterator[str]:
        layout = self._layout
        if layout is None:
            return
        sections = _sections(layout)
        table = next((one for one in sections if one.type == SHT_SYMTAB), None)
        if table is None or table.link >= len(sections):
            return
        strings = bytes(layout.slice(sections[table.link].offset, min(sections[table.link].size, MOST_BYTES)))
        step = SYMBOL_WORDS[layout.identity.bits]
        size = min(table.size, MOST_BYTES)
        words = array("I")
        words.frombytes(layout.slice(table.offset, size - size % (4 * step)))
        if layout.identity.endian != sys.byteorder:
            words.byteswap()
        for start in set(words[::step]):
            end = strings.find(b"\0", start, start + LONGEST)
            if 0 < start < end:
                yield strings[start:end].decode("latin-1")


def _begins_at(data: bytes, at: int) -> bool:
    """Return whether no character comes before this place."""
    return at == 0 or not 0x20 <= data[at - 1] <= 0x7E  # noqa: PLR2004 - ASCII


class _Section(NamedTuple):
    type: int
    offset: int
    size: int
    link: int


def _sections(layout: Layout) -> list[_Section]:
    """Return the section headers; raises `DamagedError` when they are not all there."""
    wide = layout.word_size == 8  # noqa: PLR2004 - bytes of an address
    (start,) = layout.unpack(layout.word, 40 if wide else 32)
    size, count = layout.unpack("2H", 58 if wide else 46)
    form = SECTION[layout.identity.bits]
    if not start or size != struct.calcsize(layout.order + form):
        return []
    sections = []
    for number in range(count):
        fields = layout.unpack(form, start + number * size)
        sections.append(_Section(fields[1], fields[4], fields[5], fields[6]))
    return sections
