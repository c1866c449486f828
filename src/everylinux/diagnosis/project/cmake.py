"""CMakeCache.txt: which compiler, toolchain file or path a build was configured with (CMake's cmCacheManager.cxx)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.sight import MOST_PLACES, Sight

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from everylinux.diagnosis.looks import CMakeCache
    from everylinux.diagnosis.project.tree import Tree
    from everylinux.evidence import Place

NAME = "CMakeCache.txt"
_ENTRY = r'^(?P<variable>"[^"]+"|[^:=#/\s][^:=]*):(?P<type>[A-Z]+)=(?P<value>.*)$'


def look_at_cache(asked: CMakeCache, tree: Tree) -> Sight | None:
    """Return the entries that match; what is captured is the first one."""
    variable, value = compiled(asked.variable), compiled(asked.value)
    found: dict[str, str] = {}
    places: list[Place] = []
    for path in tree.named(NAME):
        for number, line, match in _entries(tree.text(path) or ""):
            if variable.search(match["variable"].strip('"')) and value.search(match["value"]):
                found = found or {"variable": match["variable"].strip('"'), "value": match["value"]}
                places.append(tree.place(path, number, line))
    return Sight(found, tuple(places[:MOST_PLACES])) if places else None


def _entries(text: str) -> Iterator[tuple[int, str, re.Match[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        match = compiled(_ENTRY).match(line)
        # What CMake keeps for itself is no place for anybody to change.
        if match and match["type"] not in {"INTERNAL", "STATIC"}:
            yield number, line, match
