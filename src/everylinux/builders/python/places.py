"""Where a project's sources ask for functions: what a refusal of a module points at.

Preprocessors hide some names (``CPU_ALLOC`` asks for ``__sched_cpualloc``): then the object file that has it is named.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import regular_files
from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

SOURCES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".pyx", ".pxd", ".pxi", ".inc", ".rs")
OBJECTS = (".o", ".obj")
# Enough for most projects; a place helps, and a refusal without one is as true.
MOST_FILES, MOST_BYTES, LARGEST = 5000, 128 << 20, 4 << 20
# Where setuptools has the object of a source that was named by its whole path (distutils, object_filenames).
_OBJECT_OF_ANOTHER = re.compile(r"build/temp\.[^/]+(/.+)\.o")
_COMMENT = re.compile(r"\s*(?://|\*|/\*)")


def places_of(names: Collection[str], folder: Path) -> dict[str, str]:
    """Return for each name the first place below ``folder`` that uses it: ``src/users.c:52``, ``build/cpu.o``.

    Of sources that were compiled there, only those count whose object file has the name: others are for other systems.
    """
    objects: dict[str, list[str]] = {}
    for name, content in _files(folder, OBJECTS):
        for symbol in names:
            if b"\0%s\0" % symbol.encode() in content:  # gABI, String Table
                objects.setdefault(symbol, []).append(name)
    found: dict[str, str] = {}
    for name, content in _files(folder, SOURCES):
        wanted = [symbol for symbol in set(names) - found.keys() if _made_of(name, objects.get(symbol, ()))]
        found |= {symbol: f"{name}:{line}" for symbol, line in _lines(content, wanted)}
    return {symbol: _place_elsewhere(symbol, made[0]) or made[0] for symbol, made in objects.items()} | found


def _place_elsewhere(symbol: str, made: str) -> str:
    """Return the place in a source that does not lie below the folder of its object, the source where it is hidden."""
    match = _OBJECT_OF_ANOTHER.fullmatch(made)
    paths = [Path(match[1]).with_suffix(suffix) for suffix in SOURCES] if match else []
    source = next((path for path in paths if path.is_file()), None)
    if source is None:
        return ""
    line = next((f":{number}" for _, number in _lines(read_head(source, LARGEST), [symbol])), "")
    return f"{source.name}{line}"


def _made_of(source: str, objects: Collection[str]) -> bool:
    """Return whether one of the objects, or whatever there is, may be made of a source: users.o or users.c.o."""
    name = PurePath(source)
    return not objects or any(PurePath(each).stem in {name.stem, name.name} for each in objects)


def _files(folder: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield name and content of files, until it is too much."""
    files = bytes_read = 0
    for name, path in regular_files(folder):
        if name.endswith(suffixes):
            content = read_head(path, LARGEST)
            files, bytes_read = files + 1, bytes_read + len(content)
            if files > MOST_FILES or bytes_read > MOST_BYTES:
                return
            yield name, content


def _lines(content: bytes, wanted: Collection[str]) -> Iterator[tuple[str, int]]:
    """Yield each name that stands in a source, and the number of the first line with it that is no comment."""
    present = [name for name in wanted if name.encode() in content]
    lines = content.decode(errors="replace").splitlines() if present else []
    for name in present:
        word = re.compile(rf"\b{re.escape(name)}\b")
        numbers = (number for number, line in enumerate(lines, 1) if word.search(line) and not _COMMENT.match(line))
        if number := next(numbers, None):
            yield name, number
