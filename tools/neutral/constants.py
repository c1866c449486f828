"""What numbers a libc's headers give to names: object-like macros and enumerators, compiled by zig for one target."""

from __future__ import annotations

import re
import struct
import subprocess
from typing import TYPE_CHECKING

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from neutral.declarations import header_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.toolchains.zig import Zig

MOST_ROUNDS = 8
_MACRO = re.compile(r"#define (\w+) \S")
_PLACE = re.compile(r"values\.c:(\d+):\d+: (?:fatal )?error")
_HEADER = re.compile(r"/libc/include/[^/]+/(\S+\.h):\d+:\d+: error")
_PREFIX = "value_of_"


def constants(zig: Zig, target: str, folder: Path) -> tuple[dict[str, int], set[str]]:
    """Return what each name of the headers is as a number of 64 bits with a sign, and the macros that are no number.

    Those that the compiler defines itself are left out.
    """
    source, unlinked, linked = (folder / f"values.{suffix}" for suffix in ("c", "o", "so"))
    lines = _includes(zig, target, source)
    command = [str(zig.path), "cc", "-target", target, "-w", "-std=gnu11", str(source)]
    own = set(_MACRO.findall(_output([*command[:-1], "-dM", "-E", "-x", "c", "/dev/null"])))
    macros = set(_MACRO.findall(_output([*command, "-dM", "-E"]))) - own
    names = sorted(macros)
    shown = ["-g", "-fno-eliminate-unused-debug-types", "-ferror-limit=0", "-fPIC", "-c", "-o", str(unlinked)]
    for _ in range(MOST_ROUNDS):
        asked = [f"const long long {_PREFIX}{name} = (long long)({name});" for name in names]
        source.write_text("\n".join([*lines, *asked]) + "\n")
        done = subprocess.run([*command, *shown], check=False, capture_output=True, text=True)
        if done.returncode == 0:
            subprocess.run([zig.path, "ld.lld", "-shared", unlinked, "-o", linked], check=True)
            numbers = dict(_enumerators(linked)) | dict(_values(linked))
            return numbers, macros - set(numbers)
        wrong = {int(place) - len(lines) - 1 for place in _PLACE.findall(done.stderr)}
        if not wrong or min(wrong) < 0:
            raise RuntimeError(f"{target}: {done.stderr[:2000]}")
        names = [name for index, name in enumerate(names) if index not in wrong]
    raise RuntimeError(f"{target}: still no numbers after {MOST_ROUNDS} rounds")


def _includes(zig: Zig, target: str, source: Path) -> list[str]:
    """Return lines that include what can be had; some headers refuse a release that did not have them yet."""
    names, said = header_names(zig), ""
    for _ in range(MOST_ROUNDS):
        has = [f"#if __has_include(<{name}>)\n#include <{name}>\n#endif" for name in names]
        lines = "\n".join(["#define _GNU_SOURCE 1", *has]).splitlines()
        source.write_text("\n".join(lines) + "\n")
        command = [str(zig.path), "cc", "-target", target, "-w", "-E", str(source)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return lines
        said = done.stderr
        wrong = set(_HEADER.findall(said))
        names = [name for name in names if name not in wrong]
    raise RuntimeError(f"{target}: {said[:2000]}")


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _values(path: Path) -> Iterator[tuple[str, int]]:
    """Read the numbers where they lie in the compiled file."""
    with path.open("rb") as stream:
        file = ELFFile(stream)
        order = "<" if file.little_endian else ">"
        sections = dict(enumerate(file.iter_sections()))
        tables = [section for section in sections.values() if isinstance(section, SymbolTableSection)]
        for symbol in (symbol for table in tables for symbol in table.iter_symbols()):
            if symbol.name.startswith(_PREFIX):
                section = sections[symbol["st_shndx"]]
                zeros = section["sh_type"] == "SHT_NOBITS"
                place = symbol["st_value"] - section["sh_addr"]
                value = 0 if zeros else struct.unpack_from(order + "q", section.data(), place)[0]
                yield symbol.name.removeprefix(_PREFIX), value


def _enumerators(path: Path) -> Iterator[tuple[str, int]]:
    with path.open("rb") as stream:
        for unit in ELFFile(stream).get_dwarf_info().iter_CUs():
            for entry in unit.iter_DIEs():
                if entry.tag == "DW_TAG_enumerator":
                    name, value = (entry.attributes[f"DW_AT_{word}"].value for word in ("name", "const_value"))
                    yield name.decode(), value
