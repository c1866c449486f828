"""zig's own builtins without what the libc has better: an object of its cache, with some names put aside.

zig keeps all that a compiler calls by name in one object (lib/compiler_rt.zig): arithmetic of wide numbers, and also
functions of mathematics and memory. Who needs one has all of them, and an object comes before any shared library: a
program for glibc that divides two 128-bit numbers then takes ``expl`` and ``sqrtl`` from there, which compute in
double, and ``exp`` without its errno.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.elf.numbers import SHN_UNDEF, STB_LOCAL, STB_WEAK
from everylinux.elf.writing import ChangedFile

if TYPE_CHECKING:
    from everylinux.builders.commands import Commands
    from everylinux.toolchains.wiring import Wiring

SHT_SYMTAB = 2
# Names of libc have no underscore before them (ISO C, Reserved identifiers); complex.c has what is left out besides.
LEFT_OUT = re.compile(rb"[^_.]+|__(mul|div)[sdxt]c3")
ASIDE = b"everylinux.put.aside."
_OBJECT = r"/o/[0-9a-f]+/libcompiler_rt"


def builtins_without_libc(wiring: Wiring, commands: Commands, folder: Path) -> Path | None:
    """Write the object into ``folder`` and return its path; none where zig's cache looks otherwise.

    zig shows where its archive is in the command that it gives its linker; the object lies beside it.
    """
    source = folder / "empty.c"
    source.write_text("int main(void) { return 0; }\n")
    environment = wiring.environment({"ZIG_VERBOSE_LINK": "1"})
    commands.note("where zig's builtins are")
    shown = commands.written
    linking = [wiring.command("cc"), "-O2", source, "-o", folder / "empty"]
    if not commands.succeeds(linking, cwd=folder, environment=environment):
        return None
    with commands.log.open("rb") as log:
        log.seek(shown)
        found = re.search(re.escape(str(wiring.zig.cache)) + _OBJECT, log.read().decode(errors="replace"))
    if found is None:
        return None
    try:
        content = Path(f"{found[0]}_zcu.o").read_bytes()
    except FileNotFoundError:
        return None
    made = folder / "builtins.o"
    made.write_bytes(put_aside(content))
    return made


def put_aside(content: bytes) -> bytes:
    """Return an object of ELF in which the symbols that are left out have other names."""
    return _Object(bytearray(content)).put_aside()


class _Object(ChangedFile):
    """A relocatable object, with its section headers (gABI, Sections)."""

    def put_aside(self) -> bytes:
        headers = self._sections()
        for header in headers:
            kind, offset, size, link = self._section(header)
            if kind == SHT_SYMTAB:
                self._rename(offset, size, headers[link])
        return bytes(self._content)

    def _rename(self, offset: int, size: int, strings: int) -> None:
        """Give symbols names in a table at the end of the file: in the old one they may be the ends of others."""
        _, start, length, _ = self._section(strings)
        table = self._content[start : start + length]
        step, place_of_binding, place_of_section = (24, 4, 6) if self._wide else (16, 12, 14)
        for symbol in range(offset, offset + size, step):
            place = self._unpack("I", symbol)[0]
            name = bytes(table[place : table.index(0, place)])
            binding, kind = divmod(self._content[symbol + place_of_binding], 16)
            if binding == STB_LOCAL or self._unpack("H", symbol + place_of_section) == (SHN_UNDEF,):
                continue
            # Who asks for a name that was put aside, and finds it in no libc, has zig's own object beside this one.
            self._content[symbol + place_of_binding] = STB_WEAK << 4 | kind
            if LEFT_OUT.fullmatch(name):
                self._pack("I", symbol, len(table))
                table += ASIDE + name + b"\0"
        layout, place = ("QQ", 24) if self._wide else ("II", 16)
        self._pack(layout, strings + place, len(self._content), len(table))
        self._content += table

    def _sections(self) -> list[int]:
        """Return where the header of each section is; of very many the first one has the number."""
        start = self._unpack("Q" if self._wide else "I", 40 if self._wide else 32)[0]
        size, count = self._unpack("HH", 58 if self._wide else 46)
        return [start + index * size for index in range(count or self._section(start)[2])]

    def _section(self, header: int) -> tuple[int, ...]:
        """Return type, offset, size and link of a section."""
        return self._unpack("4xI16xQQI" if self._wide else "4xI8xIII", header)
