"""What a file at stake really holds: read as a loader or a linker reads it, whatever the message says."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.archives import ar
from everylinux.archives.budget import Budget
from everylinux.archives.errors import DamagedError, LimitError
from everylinux.diagnosis.project.sight import Sight
from everylinux.elf import CorruptElfError, NotElfError, read
from everylinux.elf.magic import ARCHIVES, describe
from everylinux.elf.numbers import ELF_MAGIC
from everylinux.elf.reader import layout_of, read_elf
from everylinux.loader.platforms import libc_of
from everylinux.reading import read_head
from everylinux.sandbox.emulator import cpu_of_file

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.diagnosis.looks import Binary
    from everylinux.diagnosis.project.tree import Tree
    from everylinux.elf import ElfFile

HEAD = 4096
# Of an archive's member; larger ones are read in part, and so are not read at all.
MOST_MEMBER = 64 << 20
MOST_MEMBERS = 10_000
# The specification of Git LFS: a pointer's first line.
LFS_POINTER = b"version https://git-lfs.github.com/spec/"
WEB_PAGES = (b"<!doctype html", b"<html", b"<head")
# What GNU ld takes for a script where a library was expected (ld manual, "Implicit Linker Scripts").
LINKER_COMMANDS = (b"GROUP", b"INPUT")
SYSTEMS = {"a Windows executable": "windows", "a macOS executable": "macos", "LLVM bitcode": "bitcode"}
KINDS = {
    "executable": "a program",
    "static": "a static program",
    "static-pie": "a static program",
    "shared-object": "a shared object",
    "object": "an object",
    "core": "a core dump",
}
LIBCS = {"gnu": "glibc", "musl": "musl", "android": "Android's libc"}
# Sections of GCC's intermediate code (gcc/lto-section-names.h).
GCC_LTO = b".gnu.lto_"


@dataclass(frozen=True, slots=True)
class _Content:
    """What a file holds: the word for it, and the same for a reader; ``elf`` is what was read of it."""

    word: str
    described: str
    elf: ElfFile | None = None
    lto: bool = False


def look_into(asked: Binary, tree: Tree) -> Sight | None:
    """Return what the file is that a message names; ``None`` where there is no such regular file.

    ``libfoo.a(bar.o)`` is looked at as the archive.
    """
    path = tree.find_here(asked.file.partition("(")[0])
    if path is None:
        return None
    found = facts_of(path)
    return Sight(found, (tree.place(path, text=found["described"]),))


def facts_of(path: Path) -> dict[str, str]:
    """Return what a regular file holds, as captures; raises `OSError` for a file that is not there."""
    content = _content(path)
    found = {"contents": content.word, "described": content.described}
    if content.elf is not None:
        found |= _facts(content.elf)
    if content.lto:
        found["lto"] = "gcc"
    if content.word in {"script", "text"}:
        found |= _first_line(read_head(path, HEAD))
    return found


def _first_line(head: bytes) -> dict[str, str]:
    """Return what the first line of a script tells: its interpreter, and whether a carriage return ends it."""
    line, newline, _ = head.partition(b"\n")
    words = line.removeprefix(b"#!").split() if line.startswith(b"#!") else []
    found = {"interpreter": words[0].decode(errors="replace")} if words else {}
    return {**found, "line_ends": "CRLF"} if newline and line.endswith(b"\r") else found


def _content(path: Path) -> _Content:
    head = read_head(path, HEAD)
    if head.startswith(ELF_MAGIC):
        return _elf(path)
    if head.startswith(tuple(ARCHIVES)):
        return _archive(path)
    return _other(head)


def _other(head: bytes) -> _Content:
    """Return what a file is that is neither ELF nor an archive, by its first bytes."""
    if head.startswith(LFS_POINTER):
        return _Content("lfs-pointer", "a pointer of Git LFS, and not the file itself")
    if head.lstrip()[:32].lower().startswith(WEB_PAGES):
        return _Content("web-page", "a web page")
    kind, named = describe(head)
    if not head:
        return _Content("empty", named)
    if named == "a text file" and any(word in head for word in LINKER_COMMANDS) and b"(" in head:
        return _Content("linker-script", "a linker script, which only linkers read")
    if kind == "foreign":
        return _Content(SYSTEMS.get(named, "foreign"), named)
    return _Content({"a script": "script", "a text file": "text"}.get(named, "data"), named)


def _elf(path: Path) -> _Content:
    try:
        file = read(path)
    except (CorruptElfError, NotElfError) as error:
        size = path.stat().st_size
        return _Content("truncated" if size < HEAD else "damaged", f"cut off or damaged: {error}")
    except (OSError, ValueError):
        return _Content("data", "a file that cannot be read")
    size = path.stat().st_size
    if file.truncated or _sections_end(read_head(path, 64)) > size:
        return _Content("truncated", f"cut off after {size} bytes", file)
    return _told(file, lto=_has_lto(path) if file.kind == "object" else False)


def _told(file: ElfFile, *, lto: bool, within: str = "") -> _Content:
    if file.damage:
        return _Content("damaged", f"damaged: {file.damage}", file)
    facts = _facts(file)
    libc = f", built for {LIBCS[facts['libc']]}" if "libc" in facts else ""
    needs = f", which needs GLIBC_{facts['glibc']}" if "glibc" in facts else ""
    code = " of GCC's intermediate code" if lto else ""
    return _Content("elf", f"{within}{KINDS.get(file.kind, 'ELF')}{code} for {facts['cpu']}{libc}{needs}", file, lto)


def _facts(file: ElfFile) -> dict[str, str]:
    cpu = cpu_of_file(file.identity)
    facts = {
        "cpu": cpu.name if cpu else f"ELF machine {file.identity.machine}",
        "bits": str(file.identity.bits),
        "libc": libc_of(file) or "",
        "glibc": file.floor().get("GLIBC", ""),
        "loader": file.interpreter or "",
        "stack": "executable" if file.executable_stack else "",
        "level": f"x86-64-v{file.notes.x86_level}" if (file.notes.x86_level or 0) > 1 else "",
        "system": file.other_system,
    }
    return {name: value for name, value in facts.items() if value}


def _sections_end(head: bytes) -> int:
    """Return where the table of sections ends (ELF header: ``e_shoff``, ``e_shentsize``, ``e_shnum``); 0 without."""
    wide = head[4:5] == b"\x02"
    order = ">" if head[5:6] == b"\x02" else "<"
    layout, place, counts = ("Q", 40, 58) if wide else ("I", 32, 46)
    try:
        (offset,) = struct.unpack_from(f"{order}{layout}", head, place)
        size, count = struct.unpack_from(f"{order}2H", head, counts)
    except struct.error:
        return 0
    return offset + size * count if offset else 0


def _has_lto(path: Path) -> bool:
    return GCC_LTO in read_head(path, MOST_MEMBER)


def _archive(path: Path) -> _Content:
    """Return what the first object of an archive is, else what its first member is."""
    try:
        with path.open("rb") as file:
            first: _Content | None = None
            for number, member in enumerate(ar.members(file, Budget(path.stat().st_size))):
                if member.name in {"", "/", "/SYM64"}:  # the table of symbols, and that of long names
                    continue
                if number > MOST_MEMBERS or member.content is None:
                    break
                content = member.content.read(min(member.size, MOST_MEMBER))
                if content.startswith(ELF_MAGIC):
                    return _member(content)
                first = first or _other(content[:HEAD])
    except (DamagedError, LimitError) as error:
        return _Content("damaged", f"a damaged archive: {error}")
    except OSError:
        return _Content("data", "an archive that cannot be read")
    if first is None:
        return _Content("empty-archive", "an archive without members")
    return _Content(first.word, f"an archive of {first.described}")


def _member(content: bytes) -> _Content:
    try:
        layout = layout_of(content)
        return _told(read_elf(layout, lambda: layout), lto=GCC_LTO in content, within="an archive of ")
    except (CorruptElfError, NotElfError) as error:
        return _Content("damaged", f"an archive of damaged objects: {error}")
