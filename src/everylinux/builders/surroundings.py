"""What a project takes from beside itself: the files and folders outside it that its own files name by ``../``."""

from __future__ import annotations

import os
import re
from pathlib import Path

from everylinux.builders.scratch import is_left_out
from everylinux.reading import read_head

# One step out, several, and the first name after them: `../common`, `../../lib`.
_OUTWARD = re.compile(rb"((?:\.\./)+)([\w.+@-]+)")
TEXT_SUFFIXES = frozenset(
    {
        *(".c", ".cc", ".cpp", ".cxx", ".C", ".h", ".hh", ".hpp", ".hxx", ".inc", ".S", ".s"),
        *(".go", ".mod", ".work", ".cmake", ".build", ".mk", ".mak", ".am", ".ac", ".in", ".txt", ".sh", ".toml"),
    }
)
TEXT_NAMES = frozenset({"Makefile", "makefile", "GNUmakefile", "CMakeLists.txt", "configure"})
READ_BYTES = 1 << 20
# More than this is no project with a neighbour, but a tree that should be built from its top.
MAXIMUM_PARTS = 32
MAXIMUM_FILES = 20_000


def parts_of(folder: Path) -> tuple[Path, ...]:
    """Return the project's folder and, sorted, everything outside it that it reaches by ``../``, also over others.

    Only what exists counts, and never a folder that holds the project.
    """
    found: list[Path] = [folder]
    for part in found:
        for path in sorted(_reached(part, folder)):
            if len(found) < MAXIMUM_PARTS and not any(path.is_relative_to(each) for each in found):
                found.append(path)
    return (folder, *sorted(found[1:]))


def common_root(parts: tuple[Path, ...]) -> Path:
    """Return the innermost folder that holds all parts."""
    return Path(os.path.commonpath([str(part) for part in parts]))


def _reached(part: Path, folder: Path) -> set[Path]:
    reached: set[Path] = set()
    count = 0
    for parent, folders, names in os.walk(part):
        folders[:] = [name for name in folders if not is_left_out(Path(parent, name))]
        for name in names:
            if name not in TEXT_NAMES and os.path.splitext(name)[1] not in TEXT_SUFFIXES:  # noqa: PTH122 - thousands of names
                continue
            count += 1
            if count > MAXIMUM_FILES:
                return reached
            # A path in a recipe starts from the file's own folder or from the one that make was called in.
            for outward, target in _named(Path(parent, name)):
                for base in {Path(parent), part}:
                    path = Path(os.path.normpath(base / os.fsdecode(outward + target)))
                    if not path.is_relative_to(part) and not folder.is_relative_to(path) and path.exists():
                        reached.add(path)
    return reached


def _named(path: Path) -> set[tuple[bytes, bytes]]:
    return set(_OUTWARD.findall(read_head(path, READ_BYTES)))
