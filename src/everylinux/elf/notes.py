"""The notes of a file that bear on starting: the kernel's floor, the CPU's level, libraries opened later."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import decoded
from everylinux.elf.file import DlopenNote, Notes
from everylinux.elf.layout import DamagedError, Layout, Segment
from everylinux.elf.numbers import (
    GNU_PROPERTY_X86_ISA_1_NEEDED,
    NT_FDO_DLOPEN,
    NT_GNU_ABI_TAG,
    NT_GNU_BUILD_ID,
    NT_GNU_PROPERTY_TYPE_0,
    PT_NOTE,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

EM_386, EM_X86_64 = 3, 62
MOST_NOTE_BYTES = 1 << 20
X86_LEVELS = 4
# The note of a libc inside of a module (data/static/note.c): what it is, and what of it depends on the process.
OWN_NAME, OWN_INSIDE, LONGEST_INSIDE = "everylinux", 1, 256
MOST_BUILD_ID = 64
_OWN_TEXT = re.compile(r"[a-z? ]+")
# Whose notes name the system of a file, and how Go's linker names it (cmd/link/internal/ld/elf.go: by EI_OSABI alone).
OTHER_SYSTEMS = frozenset({"DragonFly", "FreeBSD", "NetBSD", "OpenBSD"})
SYSTEMS_OF_GO = {2: "NetBSD", 9: "FreeBSD", 12: "OpenBSD"}


def read_notes(layout: Layout) -> Notes:
    """Read every ``PT_NOTE`` segment; what is damaged there is passed over, as loaders do."""
    system: int | None = None
    kernel: tuple[int, int, int] | None = None
    level: int | None = None
    dlopen: list[DlopenNote] = []
    inside: tuple[str, ...] = ()
    names = set()
    left = MOST_NOTE_BYTES
    for segment in layout.segments:
        if segment.type != PT_NOTE or segment.file_size > left:
            continue
        left -= segment.file_size
        for name, kind, content in _notes(layout, segment):
            names.add(name)
            if name == "GNU" and kind == NT_GNU_ABI_TAG and len(content) >= 16:  # noqa: PLR2004 - four words
                number, *version = struct.unpack_from(f"{layout.order}4I", content)
                system, kernel = number, (version[0], version[1], version[2])
            elif name == "GNU" and kind == NT_GNU_PROPERTY_TYPE_0:
                level = _x86_level(layout, content) or level
            elif name == OWN_NAME and kind == OWN_INSIDE:
                inside = _words(content[:LONGEST_INSIDE])
            elif name == "FDO" and kind == NT_FDO_DLOPEN:
                dlopen += _dlopen(content)
    return Notes(
        system=system,
        kernel=kernel,
        x86_level=level,
        dlopen=tuple(dlopen),
        android="Android" in names,
        go="Go" in names,
        inside=inside,
    )


def read_other_system(layout: Layout, *, go: bool) -> str:
    """Return the name of the system that a file says it is made for, empty for Linux or when nothing tells.

    ``go``: it was linked by Go's linker.
    """
    for segment in layout.segments:
        if segment.type == PT_NOTE and segment.file_size <= MOST_NOTE_BYTES:
            for name, _, _ in _notes(layout, segment):
                if name in OTHER_SYSTEMS:
                    return name
    return SYSTEMS_OF_GO.get(layout.identity.osabi, "") if go else ""


def read_build_id(layout: Layout) -> str:
    """Return the identity that the linker gave a file, in hexadecimal; empty for one without. No loader asks for it."""
    for segment in layout.segments:
        if segment.type == PT_NOTE and segment.file_size <= MOST_NOTE_BYTES:
            for name, kind, content in _notes(layout, segment):
                if name == "GNU" and kind == NT_GNU_BUILD_ID:
                    return content[:MOST_BUILD_ID].hex()
    return ""


def _notes(layout: Layout, segment: Segment) -> Iterator[tuple[str, int, bytes]]:
    try:
        content = bytes(layout.slice(segment.offset, segment.file_size))
    except DamagedError:
        return
    # Notes of 64-bit files are aligned to 4 bytes, except where the segment says 8 (the property note).
    step = 8 if segment.alignment == 8 else 4  # noqa: PLR2004 - bytes
    offset = 0
    while offset + 12 <= len(content):
        name_size, size, kind = struct.unpack_from(f"{layout.order}3I", content, offset)
        start = _align(offset + 12 + name_size, step)
        name = content[offset + 12 : offset + 12 + name_size].rstrip(b"\0").decode("ascii", "replace")
        yield name, kind, content[start : start + size]
        offset = _align(start + size, step)


def _words(content: bytes) -> tuple[str, ...]:
    """Return the words of our own note; none of one that nobody of ours wrote."""
    text = content.partition(b"\0")[0].decode("ascii", "replace")
    return tuple(text.split()) if _OWN_TEXT.fullmatch(text) else ()


def _align(offset: int, step: int) -> int:
    return (offset + step - 1) & -step


def _x86_level(layout: Layout, content: bytes) -> int | None:
    """Return the micro-architecture level of a property note (x86-64 psABI, section "Program Property")."""
    if layout.identity.machine not in {EM_386, EM_X86_64}:
        return None
    offset = 0
    while offset + 8 <= len(content):
        kind, size = struct.unpack_from(f"{layout.order}2I", content, offset)
        if kind == GNU_PROPERTY_X86_ISA_1_NEEDED and size >= 4 and offset + 12 <= len(content):  # noqa: PLR2004 - a word
            (bits,) = struct.unpack_from(f"{layout.order}I", content, offset + 8)
            return min(bits.bit_length(), X86_LEVELS) or None
        offset = _align(offset + 8 + size, layout.word_size)
    return None


class _Wanted(msgspec.Struct):
    """One object of the JSON in a dlopen note (https://systemd.io/ELF_DLOPEN_METADATA/)."""

    soname: tuple[str, ...] = ()
    feature: str = ""
    priority: str = "recommended"


def _dlopen(content: bytes) -> list[DlopenNote]:
    try:
        wanted = decoded(content.rstrip(b"\0"), list[_Wanted])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [DlopenNote(one.soname, one.feature, one.priority) for one in wanted]
