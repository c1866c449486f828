"""Any line of any text file of the project: Makefiles, CMakeLists.txt, meson.build, setup.py, Dockerfiles, sources."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

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
    for path in tree.named(*asked.files):
        text = tree.text(path)
        match = pattern.search(text) if text else None
        if not text or match is None:
            continue
        if not places:
            found = {name: value for name, value in match.groupdict().items() if value is not None}
        number = text.count("\n", 0, match.start()) + 1
        places.append(tree.place(path, number, text.split("\n")[number - 1]))
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


class Numbered:
    """A text whose lines can be asked for by an offset, or by what stands in them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        for line in text.split("\n"):
            self._starts.append(self._starts[-1] + len(line) + 1)

    def line(self, offset: int) -> int:
        """Return the number of the line in which an offset lies, counted from 1."""
        return bisect.bisect_right(self._starts, offset)

    def at(self, number: int) -> str:
        """Return the text of a line."""
        return self.text[self._starts[number - 1] : self._starts[number] - 1]
