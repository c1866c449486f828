"""What modules for both libcs have in common, neutral and static ones: a part of ours in each, and their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux import data, elf
from everylinux.builders.artifacts import is_program, regular_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.builders.commands import Commands
    from everylinux.elf import ElfFile
    from everylinux.toolchains.wiring import Wiring

# The ends of names that CPython imports on either libc (importlib.machinery.EXTENSION_SUFFIXES).
ABI3, PLAIN = ".abi3.so", ".so"
STATIC = ("static", "static-pie")


def ship(name: str, folder: Path) -> Path:
    """Copy a source of ours, named below ``data/``, into a folder; return the copy."""
    copy = folder / name.rpartition("/")[2]
    copy.write_bytes(data.read(name))
    return copy


def compile_part(source: Path, made: Path, wiring: Wiring, commands: Commands, *, of: str) -> None:
    """Compile what is in every module ``of`` a kind; raises `BuildFailedError`."""
    commands.run(
        [wiring.command("cc"), "-O2", "-fPIC", "-c", source, "-o", made],
        cwd=source.parent,
        environment=wiring.environment(),
        step=f"compiling what is in every {of} module",
    )


def modules_in(tree: Path) -> Iterator[tuple[str, Path, ElfFile]]:
    """Yield name, path and facts of every shared object of an unpacked wheel.

    A static program asks nothing of the libc of the system, and is none of them.
    """
    for name, path in list(regular_files(tree)):
        if is_program(path) and (file := elf.read(path)).kind not in STATIC:
            yield name, path, file


def name_for_both(path: Path) -> None:
    """Rename a module so that both libcs' CPythons import it."""
    if path.name.endswith(PLAIN):
        stem = path.name.partition(".")[0]
        path.rename(path.with_name(stem + (ABI3 if path.name.endswith(ABI3) else PLAIN)))
