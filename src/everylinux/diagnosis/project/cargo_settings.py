"""``.cargo/config.toml``: which setting chose a linker, a target or flags (The Cargo Book, "Configuration")."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.sight import MOST_PLACES, Sight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.diagnosis.looks import CargoSettings
    from everylinux.diagnosis.project.tree import Tree
    from everylinux.evidence import Place

NAMES = (".cargo/config.toml", ".cargo/config", "*/.cargo/config.toml", "*/.cargo/config")


def look_at_settings(asked: CargoSettings, tree: Tree) -> Sight | None:
    """Return the lines of the keys that match with their values; what is captured is the first one."""
    key, value = compiled(asked.key), compiled(asked.value)
    found: dict[str, str] = {}
    places: list[Place] = []
    for path in tree.named(*NAMES):
        text = tree.text(path)
        for name, written in _entries(text or "", path, tree):
            if key.search(name) and value.search(written):
                found = found or {"key": name, "value": written}
                places.append(_place(text or "", name, written, path, tree))
    return Sight(found, tuple(places[:MOST_PLACES])) if places else None


def _entries(text: str, path: Path, tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield every key with the tables that it is in, and its value as text: a list in one line."""
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        tree.note(path, "it is not TOML")
        return
    tables: list[tuple[str, object]] = [("", document)]
    while tables:
        name, content = tables.pop()
        if isinstance(content, dict):
            tables += [(f"{name}.{key}" if name else key, each) for key, each in reversed(content.items())]
        elif isinstance(content, list):
            yield name, " ".join(map(str, content))
        else:
            yield name, str(content)


def _place(text: str, name: str, written: str, path: Path, tree: Tree) -> Place:
    """Return where a key stands: the line with it and the begin of its value, else the first line with it."""
    last = name.rpartition(".")[2]
    lines = list(enumerate(text.split("\n"), start=1))
    naming = [(number, line) for number, line in lines if last in line.partition("#")[0]]
    begin = written.partition(" ")[0]
    for number, line in naming:
        if begin in line:
            return tree.place(path, number, line)
    return tree.place(path, *naming[0]) if naming else tree.place(path)
