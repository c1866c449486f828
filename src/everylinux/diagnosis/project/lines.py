"""Any line of any text file of the project: Makefiles, CMakeLists.txt, meson.build, setup.py, Dockerfiles, sources."""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.sight import MOST_PLACES, Sight

if TYPE_CHECKING:
    from everylinux.diagnosis.looks import Lines, Source
    from everylinux.diagnosis.project.tree import Tree
    from everylinux.evidence import Place


def look_for_lines(asked: Lines, tree: Tree) -> Sight | None:
    """Return the first line of each file that matches, and what the first of them captures."""
    pattern = compiled(f"(?m:{asked.find})")
    found: dict[str, str] = {}
    places: list[Place] = []
    for path in tree.named(*_names(asked.files), made=False):
        text = tree.text(path)
        match = pattern.search(text) if text else None
        if not text or match is None:
            continue
        if not places:
            found = {name: value for name, value in match.groupdict().items() if value is not None}
        places.append(tree.place_of(path, text, match))
        if len(places) == MOST_PLACES:
            break
    return Sight(found, tuple(places)) if places else None


def look_at_source(asked: Source, tree: Tree) -> Sight | None:
    """Return the line of the project that a message names."""
    path = tree.find(asked.file)
    text = tree.text(path) if path and asked.line.isascii() and asked.line.isdigit() else None
    if path is None or text is None:
        return None
    lines = text.split("\n")
    number = int(asked.line[:9])
    return Sight(places=(tree.place(path, number, lines[number - 1]),)) if 0 < number <= len(lines) else None


@functools.cache
def _names(files: tuple[str, ...]) -> tuple[str, ...]:
    """Return the patterns, each set with what is in it."""
    sets = tomllib.loads(data.read("logs/files.toml").decode())["sets"]
    return tuple(name for each in files for name in (sets[each[1:]] if each.startswith(":") else (each,)))
