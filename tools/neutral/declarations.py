"""What a libc's headers declare a symbol as: compiled by zig for one target, read back from the debug information."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from elftools.elf.elffile import ELFFile

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from elftools.dwarf.die import DIE

    from everylinux.toolchains.zig import Zig

# Of the compiler, of no libc; or only for some CPUs.
LEFT_OUT = (
    "bits/",
    "alloca.h",
    "float.h",
    "iso646.h",
    "stdalign.h",
    "stdnoreturn.h",
    "tgmath.h",
    "sys/user.h",
    "sys/cachectl.h",
    "sys/io.h",
    "sys/reg.h",
)
MOST_ROUNDS = 8
_UNKNOWN = re.compile(r"use of undeclared identifier '(\w+)'|unknown type name '(\w+)'")
_PLACE = re.compile(r"declarations\.c:(\d+):\d+: error")
_PREFIX = "type_of_"


def header_names(zig: Zig) -> list[str]:
    """Return the headers that musl has, as they are included."""
    folder = zig.path.parent / "lib/libc/include/generic-musl"
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*.h"))
    return [name for name in names if not name.startswith(LEFT_OUT)]


def declared(zig: Zig, target: str, names: Collection[str], folder: Path) -> dict[str, DIE]:
    """Return the types of those names that any header declares, as entries of debug information (DWARF)."""
    lines = ["#define _GNU_SOURCE 1"]
    for header in header_names(zig):
        lines += [f"#if __has_include(<{header}>)", f"#include <{header}>", "#endif"]
    wanted = sorted(names)
    source, unlinked, linked = (folder / f"declarations.{suffix}" for suffix in ("c", "o", "so"))
    for _ in range(MOST_ROUNDS):
        asked = [line for name in wanted for line in (f"#undef {name}", f"__typeof__({name}) *{_PREFIX}{name};")]
        source.write_text("\n".join([*lines, *asked]) + "\n")
        command = [zig.path, "cc", "-target", target, "-g", "-c", "-fPIC", "-w", "-ferror-limit=0", "-std=gnu11"]
        done = subprocess.run(
            [*map(str, command), str(source), "-o", str(unlinked)], check=False, capture_output=True, text=True
        )
        if done.returncode == 0:
            # Debug information of an object has relocations, which are the linker's to apply.
            subprocess.run([zig.path, "ld.lld", "-shared", unlinked, "-o", linked], check=True)
            return _types(linked)
        wrong = _wrong(done.stderr, source.read_text().splitlines())
        if not wrong & set(wanted):
            raise RuntimeError(f"{target}: {done.stderr[:2000]}")
        wanted = [name for name in wanted if name not in wrong]
    raise RuntimeError(f"{target}: still names without a declaration after {MOST_ROUNDS} rounds")


def _wrong(errors: str, lines: list[str]) -> set[str]:
    found = {name for match in _UNKNOWN.finditer(errors) for name in match.groups() if name}
    for match in _PLACE.finditer(errors):
        line = lines[int(match[1]) - 1]
        if f"*{_PREFIX}" in line:
            found.add(line.rpartition(f"*{_PREFIX}")[2].rstrip(";"))
    return found


def _types(path: Path) -> dict[str, DIE]:
    information = ELFFile(path.open("rb")).get_dwarf_info()
    found = {}
    for unit in information.iter_CUs():
        for entry in unit.iter_DIEs():
            name = entry.attributes.get("DW_AT_name")
            if entry.tag == "DW_TAG_variable" and name and name.value.decode().startswith(_PREFIX):
                found[name.value.decode().removeprefix(_PREFIX)] = entry.get_DIE_from_attribute("DW_AT_type")
    return found
