"""Read one ELF file: header, segments, dynamic section, versions and notes now; symbols when asked for."""

from __future__ import annotations

import mmap
import os
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.file import ElfFile, Kind, LoaderFacts, TlsSegment, VersionNeed
from everylinux.elf.layout import PAGE, DamagedError, Layout, read_layout
from everylinux.elf.notes import read_notes, read_other_system
from everylinux.elf.numbers import (
    DF_1_NODEFLIB,
    DF_1_NOOPEN,
    DF_1_NOW,
    DF_1_PIE,
    DF_BIND_NOW,
    DF_STATIC_TLS,
    DF_TEXTREL,
    DT_AUXILIARY,
    DT_BIND_NOW,
    DT_DEBUG,
    DT_FILTER,
    DT_FLAGS,
    DT_FLAGS_1,
    DT_INIT_ARRAYSZ,
    DT_NEEDED,
    DT_RELR,
    DT_RPATH,
    DT_RUNPATH,
    DT_SONAME,
    DT_TEXTREL,
    DT_VERSYM,
    EM_MIPS,
    ET_CORE,
    ET_DYN,
    ET_EXEC,
    ET_REL,
    PF_X,
    PT_GNU_STACK,
    PT_INTERP,
    PT_LOAD,
    PT_MIPS_ABIFLAGS,
    PT_TLS,
)
from everylinux.elf.symbols import FileTables
from everylinux.elf.versions import Strings, read_version_definitions, read_version_needs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

LONGEST_INTERPRETER = 4096
MIPS_ABIFLAGS_SIZE = 24
SMALL = 1 << 17
EMPTY = "the file is empty"


def read(path: Path) -> ElfFile:
    """Read a file on this machine.

    Raises `NotElfError`, `CorruptElfError` when the header itself is unusable, and `OSError` when the file cannot be
    opened. A file that is damaged further in is returned with what could be read, and its ``damage`` says what.
    """
    name = os.fspath(path)
    return read_elf(map_layout(name), partial(map_layout, name))


def read_mapped(path: Path) -> tuple[ElfFile, Callable[[], Layout]]:
    """Read a file that is asked everything at once: it stays mapped as long as what is returned, its bytes too.

    Raises as `read` does.
    """
    layout = map_layout(path)

    def mapped() -> Layout:
        return layout

    return read_elf(layout, mapped), mapped


def layout_of(content: bytes | bytearray) -> Layout:
    """Read the header of a file in memory."""
    if not content:
        raise NotElfError(EMPTY)
    return read_layout(memoryview(content))


def map_layout(path: Path | str) -> Layout:
    """Map a file into memory and read its header; the mapping lives as long as the layout, and a little longer.

    The tables of a file are nearly always asked for right after its header: the latest few files are not mapped again.
    A small file is read, which costs less than mapping it.
    """
    status = os.stat(path)  # noqa: PTH116 - asked for each file
    return _mapped(os.fspath(path), (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


@lru_cache(maxsize=4)
def _mapped(path: str, _sign: tuple[int, ...]) -> Layout:
    with open(path, "rb") as file:  # noqa: PTH123 - a name is hashed and opened faster than a `Path`
        size = file.seek(0, 2)
        if not size:
            raise NotElfError(EMPTY)
        if size <= SMALL:
            file.seek(0)
            return read_layout(memoryview(file.read()))
        return read_layout(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)))


def read_elf(layout: Layout, reopen: Callable[[], Layout]) -> ElfFile:
    """Read the facts of a file whose header is read; ``reopen`` gives its layout again when symbols are asked for."""
    damage = layout.damage
    try:
        entries = layout.dynamic()
    except DamagedError as error:
        entries, damage = [], damage or str(error)
    # A loader keeps the last of several equal tags.
    tags = dict(entries or [])
    strings = Strings(layout, tags)

    def text(tag: int) -> str | None:
        return strings[tags[tag]] if tag in tags else None

    needed: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    auxiliaries: tuple[str, ...] = ()
    soname = rpath = runpath = None
    needs: dict[int, VersionNeed] = {}
    definitions: dict[int, str] = {}
    try:
        needed = tuple(strings[value] for tag, value in entries or [] if tag == DT_NEEDED)
        filters = tuple(strings[value] for tag, value in entries or [] if tag == DT_FILTER)
        auxiliaries = tuple(strings[value] for tag, value in entries or [] if tag == DT_AUXILIARY)
        soname, rpath, runpath = text(DT_SONAME), text(DT_RPATH), text(DT_RUNPATH)
        needs = read_version_needs(layout, tags, strings)
        definitions = read_version_definitions(layout, tags, strings)
    except DamagedError as error:
        damage = damage or str(error)
    flags, flags_1 = tags.get(DT_FLAGS, 0), tags.get(DT_FLAGS_1, 0)
    # The linkers write DT_DEBUG into programs only, and DF_1_PIE only since 2016.
    pie = layout.identity.type == ET_DYN and bool(flags_1 & DF_1_PIE or DT_DEBUG in tags)
    interpreter = _interpreter(layout)
    notes = read_notes(layout)
    stack = next((one.flags for one in layout.segments if one.type == PT_GNU_STACK), None)
    tls = next((one for one in layout.segments if one.type == PT_TLS and one.memory_size), None)
    loads = [one for one in layout.segments if one.type == PT_LOAD]
    end = max((one.offset + one.file_size for one in loads), default=0)
    lowest = min((one.address & -PAGE for one in loads), default=0)
    return ElfFile(
        identity=layout.identity,
        kind=_kind(layout, interpreter, soname, pie=pie),
        size=len(layout.data),
        interpreter=interpreter,
        needed=needed,
        soname=soname,
        rpath=rpath,
        runpath=runpath,
        dynamic=entries is not None,
        bind_now=DT_BIND_NOW in tags or bool(flags & DF_BIND_NOW or flags_1 & DF_1_NOW),
        pie=pie,
        declared_pie=bool(flags_1 & DF_1_PIE),
        no_default_directories=bool(flags_1 & DF_1_NODEFLIB),
        no_dlopen=bool(flags_1 & DF_1_NOOPEN),
        filters=filters,
        auxiliaries=auxiliaries,
        filters_first=bool(filters or auxiliaries) and _first(entries, DT_FILTER, DT_AUXILIARY) != DT_NEEDED,
        initializers=bool(tags.get(DT_INIT_ARRAYSZ)),
        text_relocations=DT_TEXTREL in tags or bool(flags & DF_TEXTREL),
        static_tls=bool(flags & DF_STATIC_TLS),
        relr=DT_RELR in tags,
        version_needs=tuple(needs.values()),
        version_definitions=tuple(definitions.values()),
        symbol_versions=DT_VERSYM in tags,
        executable_stack=None if stack is None else bool(stack & PF_X),
        tls=TlsSegment(tls.memory_size, tls.alignment) if tls else None,
        alignment=_alignment(layout),
        displaced=layout.displaced,
        empty_segment=any(not one.memory_size and not one.address % PAGE and one.address != lowest for one in loads),
        segment_alignment=min((one.alignment for one in loads if one.alignment), default=0),
        mips_float=_mips_float(layout) if layout.identity.machine == EM_MIPS else None,
        truncated=end > -(-len(layout.data) // PAGE) * PAGE,
        cut_short=end > len(layout.data),
        notes=notes,
        other_system="" if interpreter is not None else read_other_system(layout, go=notes.go),
        damage=damage,
        tables=FileTables(reopen, tags, needs, definitions),
        read_loader_facts=partial(_loader_facts, reopen),
    )


def _first(entries: Sequence[tuple[int, int]] | None, *filters: int) -> int:
    """Return which tag comes first, one of these or what names a library that is needed."""
    return next((tag for tag, _ in entries or () if tag in (DT_NEEDED, *filters)), DT_NEEDED)


def _loader_facts(reopen: Callable[[], Layout]) -> LoaderFacts | None:
    from everylinux.elf.strings import read_loader_facts

    return read_loader_facts(reopen())


def _interpreter(layout: Layout) -> str | None:
    """Return the path of the interpreter as the kernel reads it: up to the first zero byte."""
    segment = next((one for one in layout.segments if one.type == PT_INTERP), None)
    if segment is None:
        return None
    try:
        raw = bytes(layout.slice(segment.offset, min(segment.file_size, LONGEST_INTERPRETER)))
    except DamagedError:
        return ""
    return raw.partition(b"\0")[0].decode("utf-8", "backslashreplace")


def _mips_float(layout: Layout) -> int | None:
    """Return the floating-point ABI of the ABI flags: their eighth byte (MIPS O32 FR0 and FR1 interlinking)."""
    segment = next((one for one in layout.segments if one.type == PT_MIPS_ABIFLAGS), None)
    if segment is None or segment.file_size < MIPS_ABIFLAGS_SIZE:
        return None
    try:
        return layout.slice(segment.offset, MIPS_ABIFLAGS_SIZE)[7]
    except DamagedError:
        return None


def _kind(layout: Layout, interpreter: str | None, soname: str | None, *, pie: bool) -> Kind:
    match layout.identity.type:
        case t if t == ET_REL:
            return "object"
        case t if t == ET_CORE:
            return "core"
        case t if t == ET_EXEC:
            return "static" if interpreter is None else "executable"
        case t if t == ET_DYN:
            # libc.so.6 has an interpreter too, and prints its version when it is run: it is a library all the same.
            if interpreter is not None and (pie or soname is None):
                return "executable"
            return "static-pie" if pie and soname is None else "shared-object"
    return "foreign"


def _alignment(layout: Layout) -> int:
    """Return the largest page size in bytes with which every segment can be mapped; 0 without segments."""
    distances = [one.address - one.offset for one in layout.segments if one.type == PT_LOAD]
    if not distances:
        return 0
    common = 0
    for distance in distances:
        common |= distance
    return common & -common if common else 1 << 30


__all__ = ["CorruptElfError", "NotElfError", "layout_of", "map_layout", "read", "read_elf", "read_mapped"]
