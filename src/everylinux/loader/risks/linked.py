"""Which functions are linked into a file, as its sections tell: its symbol table, and Go's own table of functions."""

from __future__ import annotations

import struct
import sys
from array import array
from typing import TYPE_CHECKING, NamedTuple

from everylinux.elf.layout import DamagedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.elf.layout import Layout

MOST_BYTES = 32 << 20
MOST_SYMBOL_BYTES = 8 << 20
LONGEST_NAME = 256
SHT_SYMTAB = 2
SECTION = {32: "10I", 64: "2I4Q2I2Q"}
# A symbol in words of 32 bits; its name is the first of them.
SYMBOL_WORDS = {32: 4, 64: 6}
GO_SECTION = ".gopclntab"
# Go internal/abi/symtab.go, PCLnTabMagic: the header of Go 1.18 and 1.19, and of Go 1.20 and newer.
GO_MAGICS = frozenset({0xFFFFFFF0, 0xFFFFFFF1})


class _Section(NamedTuple):
    name: int
    type: int
    offset: int
    size: int
    link: int


def linked_functions(layout: Layout) -> frozenset[str]:
    """Return the names in the symbol table of sections; none for a stripped or damaged file."""
    try:
        return frozenset(_symbol_names(layout))
    except DamagedError:
        return frozenset()


def go_functions(layout: Layout) -> memoryview:
    """Return the names of all functions of a Go program, each with a zero byte behind it; no stripping removes them.

    Empty for a file without that table, or with the table of a Go older than 1.18 (runtime/symtab.go, pcHeader).
    """
    try:
        return _go_names(layout)
    except DamagedError:
        return memoryview(b"")


def _symbol_names(layout: Layout) -> Iterator[str]:
    sections, _ = _sections(layout)
    table = next((one for one in sections if one.type == SHT_SYMTAB), None)
    if table is None or table.link >= len(sections):
        return
    strings = bytes(layout.slice(sections[table.link].offset, min(sections[table.link].size, MOST_BYTES)))
    step = SYMBOL_WORDS[layout.identity.bits]
    size = min(table.size, MOST_SYMBOL_BYTES)
    words = array("I")
    words.frombytes(layout.slice(table.offset, size - size % (4 * step)))
    if layout.identity.endian != sys.byteorder:
        words.byteswap()
    for start in set(words[::step]):
        end = strings.find(b"\0", start, start + LONGEST_NAME)
        if 0 < start < end:
            yield strings[start:end].decode("latin-1")


def _go_names(layout: Layout) -> memoryview:
    sections, names = _sections(layout)
    for section in sections:
        end = names.find(b"\0", section.name)
        if section.size and names[section.name : end].endswith(GO_SECTION.encode()):
            break
    else:
        return memoryview(b"")
    magic, _, _, word_size = layout.unpack("IHBB", section.offset)
    if magic not in GO_MAGICS or word_size != layout.word_size:
        return memoryview(b"")
    # The numbers of functions and files, the start of the code; then where the names begin, and what follows them.
    *_, start, end = layout.unpack(f"5{layout.word}", section.offset + 8)
    if not start < end <= section.size:
        return memoryview(b"")
    return layout.slice(section.offset + start, min(end - start, MOST_BYTES))


def _sections(layout: Layout) -> tuple[list[_Section], bytes]:
    """Return the section headers and the table of their names; raises `DamagedError` when they are not all there."""
    wide = layout.word_size == 8  # noqa: PLR2004 - bytes of an address
    (start,) = layout.unpack(layout.word, 40 if wide else 32)
    size, count, names = layout.unpack("3H", 58 if wide else 46)
    form = layout.order + SECTION[layout.identity.bits]
    if not start or size != struct.calcsize(form):
        return [], b""
    headers = struct.iter_unpack(form, layout.slice(start, count * size))
    sections = [_Section(fields[0], fields[1], fields[4], fields[5], fields[6]) for fields in headers]
    if names >= len(sections):
        return sections, b""
    return sections, bytes(layout.slice(sections[names].offset, min(sections[names].size, MOST_BYTES)))
