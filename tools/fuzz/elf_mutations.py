"""Changing an ELF file where it hurts: headers, segments, the dynamic section, tables, strings and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fuzz.anatomy import PT_INTERP, PT_NOTE, TABLES, Anatomy, Field, dissect, read_field, write_field
from fuzz.mutations import BYTES, TEXTS, Mutation, edge

if TYPE_CHECKING:
    from random import Random

SEGMENT_TYPES = (0, 1, 2, 3, 4, 6, 7, 0x6474E550, 0x6474E551, 0x6474E552, 0x6474E553, 0x70000001)
# Every tag that a loader looks at (gABI chapter 5, GNU's additions), sizes and counts among them.
TAGS = (
    *range(37),
    0x6000000F,
    0x60000011,
    0x6FFFE000,
    0x6FFFFEF5,
    *range(0x6FFFFFF0, 0x70000000),
    0x70000005,
    0x70000011,
    0x70000013,
)
DT_NEEDED = 1
MACHINES = (2, 3, 8, 20, 21, 22, 40, 43, 62, 183, 243, 258, 0x9026)
TYPES = (0, 1, 2, 3, 4, 0xFE00, 0xFFFF)
# The sizes in bytes of the records in each table, so that whole records can be hit.
RECORDS = {"symbols": (16, 24), "relocations": (8, 16), "relocations-with-addends": (12, 24), "symbol-versions": (2,)}


def header(random: Random, content: bytearray, _other: bytes) -> None:
    """Set a field of the ELF header: the type and the machine to known ones, anything to an edge."""
    anatomy = dissect(content)
    if anatomy is None:
        return
    field = random.choice(anatomy.header)
    known = {"type": TYPES, "machine": MACHINES, "ident.class": (0, 1, 2, 3), "data": (0, 1, 2), "phnum": range(64)}
    choices = known.get(field.name)
    _write(content, anatomy, field, random.choice(choices) if choices else edge(random, content))


def segment(random: Random, content: bytearray, _other: bytes) -> None:
    """Set a field of a program header to an edge, to another segment's, or its type to a known one."""
    anatomy = dissect(content)
    if anatomy is None or not anatomy.segment_fields:
        return
    field = random.choice(anatomy.segment_fields)
    like = random.choice([one for one in anatomy.segment_fields if one.name == field.name])
    value = random.choice((edge(random, content), read_field(content, like, anatomy.order)))
    _write(content, anatomy, field, random.choice(SEGMENT_TYPES) if field.name == "type" else value)


def dynamic_tag(random: Random, content: bytearray, _other: bytes) -> None:
    """Turn dynamic entries into others; the end may go missing."""
    anatomy = dissect(content)
    for _ in range(random.choice((1, 1, 3)) if anatomy and anatomy.dynamic else 0):
        field = Field("tag", random.choice(anatomy.dynamic), anatomy.word)  # type: ignore[union-attr]
        _write(content, anatomy, field, random.choice(TAGS))


def dynamic_value(random: Random, content: bytearray, _other: bytes) -> None:
    """Set the value of a dynamic entry to an edge, to another entry's, or to one nearby."""
    anatomy = dissect(content)
    if anatomy is None or not anatomy.dynamic:
        return
    fields = [Field("value", offset + anatomy.word, anatomy.word) for offset in anatomy.dynamic]
    field, like = random.choice(fields), random.choice(fields)
    own = read_field(content, field, anatomy.order)
    near = own + random.choice((-8, -1, 1, 8, 4096, own))
    _write(
        content, anatomy, field, random.choice((edge(random, content), read_field(content, like, anatomy.order), near))
    )


def many_needed(random: Random, content: bytearray, _other: bytes) -> None:
    """Move the dynamic section to the end of the file, with very many needed libraries in it."""
    anatomy = dissect(content)
    if anatomy is None or not anatomy.dynamic:
        return
    first, last = anatomy.dynamic[0], anatomy.dynamic[-1]
    entries = bytes(content[first:last])
    for field in anatomy.segment_fields:
        if field.name == "offset" and read_field(content, field, anatomy.order) == first:
            _write(content, anatomy, field, len(content))
        elif field.name == "filesz" and read_field(content, field, anatomy.order) >= len(entries):
            _write(content, anatomy, field, 1 << 22)
    for number in range(random.choice((100, 3000))):
        name = number if random.random() < 0.9 else edge(random, content)
        entries += DT_NEEDED.to_bytes(anatomy.word, anatomy.endian) + (name % 2**32).to_bytes(
            anatomy.word, anatomy.endian
        )
    content += entries


def table(random: Random, content: bytearray, _other: bytes) -> None:
    """Set numbers in one of the tables that the dynamic section points to."""
    anatomy = dissect(content)
    if anatomy is None or not anatomy.tables:
        return
    name = random.choice(sorted(anatomy.tables))
    start = anatomy.tables[name]
    record = random.choice(RECORDS.get(name, (4, 8)))
    for _ in range(random.choice((1, 1, 8, 200))):
        size = random.choice((1, 2, 4, 4, 8))
        reach = random.choice((32, 32, 256, 4096))
        field = Field(
            name, start + random.randrange(reach) // record * record + random.randrange(record) // size * size, size
        )
        _write(content, anatomy, field, edge(random, content))


def one_record(random: Random, content: bytearray, _other: bytes) -> None:
    """Repeat the first bytes of a table all through it: all symbols the same, one chain, one name."""
    anatomy = dissect(content)
    if anatomy is None or not anatomy.tables:
        return
    start = anatomy.tables[random.choice(sorted(anatomy.tables))]
    size, times = random.choice((1, 2, 4, 8, 12, 16, 24, 28)), random.choice((4, 64, 4096))
    record = bytes(content[start + size : start + 2 * size])
    content[start : start + size * times] = (record * times)[: max(0, len(content) - start)]


def string(random: Random, content: bytearray, _other: bytes) -> None:
    """Write a text that somebody trips over into the string table or the interpreter."""
    anatomy = dissect(content)
    if anatomy is None:
        return
    places = [one.offset for one in anatomy.segments if one.type == PT_INTERP]
    if "strings" in anatomy.tables:
        places += [anatomy.tables["strings"] + random.randrange(400) for _ in range(3)]
    if places:
        start, text = random.choice(places), random.choice(TEXTS) + random.choice((b"", b"\0"))
        end = min(start + len(text), len(content))
        content[start:end] = text[: max(0, end - start)]


def note(random: Random, content: bytearray, _other: bytes) -> None:
    """Set sizes and types in a note, or write the start of another note over it."""
    anatomy = dissect(content)
    places = [one for one in anatomy.segments if one.type == PT_NOTE] if anatomy else []
    if not places:
        return
    place = random.choice(places)
    if random.random() < 0.3:
        dlopen = b"\4\0\0\0\x40\0\0\0\x0a\x0c\x7c\x40FDO\0"
        json = random.choice(
            (b'[{"soname":["a","b"]}]', b'[{"soname":7}]', b"[" * 60, b'[{"soname":["\\ud800"]}]', b"{}")
        )
        content[place.offset : place.offset + 16 + len(json)] = dlopen + json
        return
    offset = place.offset + random.randrange(max(place.size, 12) // 4) * 4
    _write(content, anatomy, Field("note", offset, 4), edge(random, content))


def point_elsewhere(random: Random, content: bytearray, _other: bytes) -> None:
    """Let a table lie where another one does."""
    anatomy = dissect(content)
    if anatomy is None or not anatomy.dynamic:
        return
    tags = set(TABLES.values())
    fields = [Field("tag", offset, anatomy.word) for offset in anatomy.dynamic]
    pointers = [one for one in fields if read_field(content, one, anatomy.order) in tags]
    if pointers:
        target, source = random.choice(pointers), random.choice(pointers)
        start, word = source.offset + anatomy.word, anatomy.word
        content[target.offset + word : target.offset + 2 * word] = content[start : start + word]


def _write(content: bytearray, anatomy: Anatomy | None, field: Field, value: int) -> None:
    write_field(content, field, anatomy.order if anatomy else "<", value)


STRUCTURE: list[Mutation] = [
    header,
    segment,
    dynamic_tag,
    dynamic_value,
    many_needed,
    table,
    table,
    one_record,
    string,
    note,
    point_elsewhere,
]
# The structure twice as often as mere bytes.
ELF: list[Mutation] = [*STRUCTURE, *STRUCTURE, *BYTES]
