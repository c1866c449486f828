"""Where a project's sources ask for functions: what a refusal of a module points at.

Preprocessors hide some names (``CPU_ALLOC`` asks for ``__sched_cpualloc``): then the object file that has it is named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import regular_files
from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

SOURCES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".pyx", ".pxd", ".pxi", ".inc", ".rs")
OBJECTS = (".o", ".obj")
# Enough for most projects; a place helps, and a refusal without one is as true.
MOST_FILES, MOST_BYTES, LARGEST = 5000, 128 << 20, 4 << 20
_COMMENT = re.compile(r"\s*(?://|\*|/\*)")


def places_of(names: Collection[str], folder: Path) -> dict[str, str]:
    """Return for each name the first place below ``folder`` that uses it: ``src/users.c:52``, ``build/users.o``."""
    found: dict[str, str] = {}
    for suffixes, search in ((SOURCES, _in_source), (OBJECTS, _in_object)):
        wanted = set(names) - found.keys()
        for name, content in _files(folder, suffixes) if wanted else ():
            for symbol, place in search(content, wanted):
                found[symbol] = f"{name}{place}"
            wanted -= found.keys()
            if not wanted:
                break
    return found


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of files, until it is too much."""
    files = bytes_read = 0
    for name, path in regular_files(folder):
        if not name.endswith(suffixes):
            continue
        content = read_head(path, LARGEST)
        files, bytes_read = files + 1, bytes_read + len(content)
        if files > MOST_FILES or bytes_read > MOST_BYTES:
            return
        yield name, content


def _in_source(content: bytes, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    present = [name for name in wanted if name.encode() in content]
    if not present:
        return
    lines = content.decode(errors="replace").splitlines()
    for name in present:
        word = re.compile(rf"\b{re.escape(name)}\b")
        for number, line in enumerate(lines, 1):
            if word.search(line) and not _COMMENT.match(line):
                yield name, f":{number}"
                break


def _in_object(content: bytes, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """Look for a name in a table of strings (gABI, String Table)."""
    return ((name, "") for name in wanted if b"\0%s\0" % name.encode() in content)
