"""Where the parts of an ELF file lie, so that a mutation can aim at one of them.

Independent of the package's own reader: a mistake there must not steer the mutations around it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal, NamedTuple

PT_LOAD, PT_DYNAMIC, PT_INTERP, PT_NOTE = 1, 2, 3, 4
DT_STRTAB, DT_STRSZ = 5, 10
# The tags whose values are addresses of tables.
TABLES = {
    "hash": 4,
    "strings": DT_STRTAB,
    "symbols": 6,
    "relocations-with-addends": 7,
    "relocations": 17,
    "plt-relocations": 23,
    "relative-relocations": 36,
    "gnu-hash": 0x6FFFFEF5,
    "symbol-versions": 0x6FFFFFF0,
    "version-definitions": 0x6FFFFFFC,
    "version-needs": 0x6FFFFFFE,
}
MOST_SEGMENTS = 64
MOST_ENTRIES = 512


class Field(NamedTuple):
    """A number in the file: its offset, and its size in bytes."""

    name: str
    offset: int
    size: int


class Segment(NamedTuple):
    """What of a program header is needed to find its content."""

    type: int
    offset: int
    address: int
    size: int


@dataclass(frozen=True)
class Anatomy:
    """The parts of a file that were found.

    ``header`` and ``segment_fields`` are the fields of the ELF header and of all program headers, ``dynamic`` the
    offsets of the dynamic entries, ``tables`` the offset of each table that the dynamic section points to.
    """

    order: str
    word: int
    header: tuple[Field, ...]
    segment_fields: tuple[Field, ...]
    segments: tuple[Segment, ...]
    dynamic: tuple[int, ...]
    tables: dict[str, int]

    @property
    def endian(self) -> Literal["little", "big"]:
        """The byte order, as `int.to_bytes` calls it."""
        return "little" if self.order == "<" else "big"


def dissect(content: bytes | bytearray) -> Anatomy | None:
    """Return where the parts of a file lie, as far as they can be found; ``None`` for what is no ELF file."""
    if content[:4] != b"\x7fELF" or len(content) < 64 or content[4] not in (1, 2):
        return None
    order, word = (">" if content[5] == 2 else "<"), 4 * content[4]
    header = _fields("ident.class:1 data:1 version:1 osabi:1 abiversion:1", 4, word)
    header += _fields(
        "type:2 machine:2 version:4 entry:w phoff:w shoff:w flags:4 ehsize:2 phentsize:2 phnum:2", 16, word
    )
    numbers = {field.name: read_field(content, field, order) for field in header}
    layout = "type:4 flags:4 offset:w vaddr:w paddr:w filesz:w memsz:w align:w"
    if word == 4:
        layout = "type:4 offset:w vaddr:w paddr:w filesz:w memsz:w flags:4 align:w"
    segment_fields: list[Field] = []
    segments = []
    for number in range(min(numbers["phnum"], MOST_SEGMENTS)):
        fields = _fields(layout, numbers["phoff"] + number * numbers["phentsize"], word)
        if fields[-1].offset + word > len(content):
            break
        segment_fields += fields
        value = {field.name: read_field(content, field, order) for field in fields}
        segments.append(Segment(value["type"], value["offset"], value["vaddr"], value["filesz"]))
    dynamic, tables = _dynamic(content, order, word, segments)
    return Anatomy(order, word, tuple(header), tuple(segment_fields), tuple(segments), dynamic, tables)


def read_field(content: bytes | bytearray, field: Field, order: str) -> int:
    """Return the number in a field."""
    return int.from_bytes(content[field.offset : field.offset + field.size], "little" if order == "<" else "big")


def write_field(content: bytearray, field: Field, order: str, value: int) -> None:
    """Replace the number in a field, cut to its size; nothing happens to a field outside the file."""
    if field.offset + field.size <= len(content):
        cut = value % (1 << 8 * field.size)
        content[field.offset : field.offset + field.size] = cut.to_bytes(
            field.size, "little" if order == "<" else "big"
        )


def _fields(layout: str, offset: int, word: int) -> list[Field]:
    fields = []
    for one in layout.split():
        name, size = one.split(":")
        count = word if size == "w" else int(size)
        fields.append(Field(name, offset, count))
        offset += count
    return fields


def _dynamic(
    content: bytes | bytearray, order: str, word: int, segments: list[Segment]
) -> tuple[tuple[int, ...], dict[str, int]]:
    place = next((one for one in segments if one.type == PT_DYNAMIC), None)
    offsets: list[int] = []
    values: dict[int, int] = {}
    form = order + ("2Q" if word == 8 else "2I")
    for number in range(MOST_ENTRIES if place else 0):
        offset = (place.offset if place else 0) + number * 2 * word
        if offset + 2 * word > len(content):
            break
        tag, value = struct.unpack_from(form, content, offset)
        offsets.append(offset)
        if tag == 0:
            break
        values[tag] = value
    tables = {}
    for name, tag in TABLES.items():
        for segment in segments:
            if tag in values and segment.type == PT_LOAD and 0 <= values[tag] - segment.address < segment.size:
                tables[name] = segment.offset + values[tag] - segment.address
    return tuple(offsets), tables
