"""The header, the segments and the addresses of an ELF file, every read bounded by the file's size."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.file import Identity
from everylinux.elf.numbers import DT_NULL, ELF_MAGIC, ET_DYN, PT_DYNAMIC, PT_INTERP, PT_LOAD

if TYPE_CHECKING:
    from collections.abc import Sequence

IDENTITY_SIZE = 16
HEADER_SIZE = {32: 52, 64: 64}
SEGMENT_SIZE = {32: 32, 64: 56}
LONGEST_STRING = 1 << 16
MOST_DYNAMIC_ENTRIES = 1 << 16
MOST_COMPARED = 64
# Files are mapped in whole pages, of at least this many bytes on every CPU (elf/dl-map-segments.h).
PAGE = 4096


class DamagedError(Exception):
    """A table of the file points outside it or makes no sense; the message is one sentence."""


class Segment(NamedTuple):
    """One program header."""

    type: int
    flags: int
    offset: int
    address: int
    file_size: int
    memory_size: int
    alignment: int


class Layout(msgspec.Struct):
    """A file's bytes with its header read.

    ``identity`` is the header as loaders compare it, ``entry`` the entry address, ``segments`` the program headers
    (empty with ``damage`` set when their table lies outside the file). ``displaced``: a loader that
    maps the segments of a library whatever their offsets are shows other bytes than theirs.
    """

    data: memoryview
    identity: Identity
    entry: int
    segments: tuple[Segment, ...]
    damage: str = ""
    order: str = ""
    word: str = ""
    displaced: bool = False
    _loads: Sequence[Segment] = ()
    _copied: tuple[tuple[int, int], bytes] = ((0, 0), b"")

    def __post_init__(self) -> None:
        self.order = "<" if self.identity.endian == "little" else ">"
        self.word = "Q" if self.identity.bits == 64 else "I"  # noqa: PLR2004 - the two classes of ELF
        self._loads = [segment for segment in self.segments if segment.type == PT_LOAD]
        # A program is mapped by the kernel, which takes no offset that does not fit the address.
        if self.identity.type == ET_DYN and all(segment.type != PT_INTERP for segment in self.segments):
            self._loads = [self._as_mapped(segment) for segment in self._loads]

    def _as_mapped(self, segment: Segment) -> Segment:
        """Return a segment of a library with the offset of the bytes that loaders show at its address.

        Pages are mapped: with an offset that does not fit the address, which musl alone takes (map_library), these are
        other bytes than the segment's. They may be right: then another header says so of its own part of the segment.
        """
        offset = segment.offset & -PAGE | segment.address & PAGE - 1
        if offset == segment.offset:
            return segment
        shift = offset - segment.address
        within = range(segment.address, segment.address + segment.file_size)
        # No linker writes so many headers, and each would be compared with each.
        headers = self.segments if len(self.segments) <= MOST_COMPARED else ()
        parts = (one for one in headers if one.type != PT_LOAD and one.file_size and one.address in within)
        if any(one.offset - one.address == shift for one in parts):
            return segment._replace(offset=offset)
        self.displaced = True
        return segment

    @property
    def word_size(self) -> int:
        """Bytes in an address."""
        return self.identity.bits // 8

    def unpack(self, layout: str, offset: int) -> tuple[int, ...]:
        """Read one structure at a file offset; raises `DamagedError` past the end."""
        form = self.order + layout
        if not 0 <= offset <= len(self.data) - struct.calcsize(form):
            raise DamagedError(f"a table at offset {offset:#x} runs past the end of the file")
        return struct.unpack_from(form, self.data, offset)

    def slice(self, offset: int, size: int) -> memoryview:
        """Return bytes of the file; raises `DamagedError` when they are not all there."""
        if offset < 0 or size < 0 or offset + size > len(self.data):
            raise DamagedError(f"{size} bytes at offset {offset:#x} run past the end of the file")
        return self.data[offset : offset + size]

    def content_at(self, offset: int, size: int) -> bytes:
        """Return a copy of bytes of the file, the one that was made before; raises as `slice` does.

        It is made for the string table, which each question to a file begins with.
        """
        if (offset, size) != self._copied[0]:
            self._copied = (offset, size), bytes(self.slice(offset, size))
        return self._copied[1]

    def offset_of(self, address: int) -> int:
        """Return the file offset of an address in memory; raises `DamagedError` when no segment has it in the file."""
        segment = self._segment_of(address)
        if segment is None:
            raise DamagedError(f"address {address:#x} lies in no segment of the file")
        return segment.offset + address - segment.address

    def available(self, address: int) -> int:
        """Return how many bytes the file holds from an address to the end of what its segment maps."""
        segment = self._segment_of(address)
        if segment is None:
            return 0
        end = min(segment.offset + _mapped_end(segment) - segment.address, len(self.data))
        return max(0, end - (segment.offset + address - segment.address))

    def _segment_of(self, address: int) -> Segment | None:
        for segment in self._loads:
            if segment.address <= address < segment.address + segment.file_size:
                return segment
        for segment in self._loads:
            if max(segment.address & -PAGE, segment.address - segment.offset) <= address < _mapped_end(segment):
                return segment
        return None

    def string(self, offset: int) -> str:
        """Read a string that ends with a zero byte, at most 64 KiB of it."""
        return read_string(self.data, offset)

    def dynamic(self) -> list[tuple[int, int]] | None:
        """Return the tags and values of the dynamic section, up to its end; ``None`` for a file without one."""
        segment = next((one for one in self.segments if one.type == PT_DYNAMIC), None)
        # Separate debug information names a section that is not in the file: none for glibc (elf/dl-load.c).
        if segment is None or not segment.file_size:
            return None
        step = 2 * self.word_size
        size = min(segment.file_size, len(self.data) - segment.offset, MOST_DYNAMIC_ENTRIES * step)
        if size <= 0:
            return []
        content = self.slice(segment.offset, size - size % step)
        entries: list[tuple[int, int]] = []
        for tag, value in struct.iter_unpack(f"{self.order}2{self.word}", content):
            if tag == DT_NULL:
                break
            entries.append((tag, value))
        return entries


def _mapped_end(segment: Segment) -> int:
    """Return the address up to which memory shows the file: whole pages, unless what follows is zeroed."""
    end = segment.address + segment.file_size
    return end if segment.memory_size > segment.file_size else -(-end // PAGE) * PAGE


def read_string(data: memoryview, offset: int) -> str:
    """Read a string that ends with a zero byte; raises `DamagedError` outside the data."""
    if not 0 <= offset < len(data):
        raise DamagedError(f"a string at offset {offset:#x} lies outside its table")
    raw = bytes(data[offset : offset + 256])
    end = raw.find(b"\0")
    if end < 0:
        raw = bytes(data[offset : offset + LONGEST_STRING])
        end = raw.find(b"\0")
        if end < 0:
            raise DamagedError(f"a string at offset {offset:#x} has no end")
    return raw[:end].decode("utf-8", "backslashreplace")


def read_layout(data: memoryview) -> Layout:
    """Read the header and the program headers; raises `NotElfError` or `CorruptElfError`."""
    if bytes(data[:4]) != ELF_MAGIC:
        raise NotElfError("this is not an ELF file")
    if len(data) < IDENTITY_SIZE:
        raise CorruptElfError("the ELF file ends within its identification")
    bits = {1: 32, 2: 64}.get(data[4])
    endian: Literal["little", "big"] | None = "little" if data[5] == 1 else "big" if data[5] == 2 else None  # noqa: PLR2004 - ELFDATA2MSB
    if bits is None or endian is None:
        raise CorruptElfError(f"the ELF header names class {data[4]} and byte order {data[5]}, which do not exist")
    if len(data) < HEADER_SIZE[bits]:
        raise CorruptElfError("the ELF file ends within its header")
    word = "Q" if bits == 64 else "I"  # noqa: PLR2004 - the two classes of ELF
    order = "<" if endian == "little" else ">"
    kind, machine, _version, entry, offset, _sections, flags, _size, step, count = struct.unpack_from(
        f"{order}HHI3{word}IHHH", data, IDENTITY_SIZE
    )
    identity = Identity(machine, bits, endian, data[7], flags, kind, data[8])
    try:
        return Layout(data, identity, entry, _read_segments(data, bits, order, (offset, step, count)))
    except DamagedError as error:
        return Layout(data, identity, entry, (), damage=str(error))


def _read_segments(data: memoryview, bits: int, order: str, table: tuple[int, int, int]) -> tuple[Segment, ...]:
    offset, step, count = table
    if not count:
        return ()
    if step != SEGMENT_SIZE[bits]:
        raise DamagedError(f"the program headers are {step} bytes each, not {SEGMENT_SIZE[bits]}")
    if offset + step * count > len(data):
        raise DamagedError("the table of program headers runs past the end of the file")
    content = data[offset : offset + step * count]
    if bits == 64:  # noqa: PLR2004 - the two classes of ELF order the fields differently
        return tuple(
            Segment(kind, flags, start, address, size, memory, alignment)
            for kind, flags, start, address, _, size, memory, alignment in struct.iter_unpack(f"{order}II6Q", content)
        )
    return tuple(
        Segment(kind, flags, start, address, size, memory, alignment)
        for kind, start, address, _, size, memory, flags, alignment in struct.iter_unpack(f"{order}8I", content)
    )
