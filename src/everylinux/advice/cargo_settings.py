"""What cargo's settings tell build scripts: variables, and libraries whose build script is not run at all.

The Cargo Book, "Configuration": ``[env]`` sets variables that the environment does not have (or all, with ``force``);
``[target.TRIPLE.LINKS]`` takes the place of the build script of the crate with that ``links``.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from everylinux.reading import read_head
from everylinux.toolchains.rust.settings import LARGEST_FILE, settings_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class ScriptSettings:
    """The environment in which build scripts run, and the ``links`` of crates whose script is replaced."""

    environment: Mapping[str, str]
    replaced: frozenset[str]


def script_settings(folder: Path, triple: str, environment: Mapping[str, str]) -> ScriptSettings:
    """Return what cargo's settings for a folder say to build scripts for a target; the nearest file wins."""
    variables: dict[str, str] = {}
    forced: dict[str, str] = {}
    replaced: set[str] = set()
    for path in reversed([each for each in settings_files(folder) if each.name.startswith("config")]):
        table = _table(path)
        for name, value in _section(table, "env").items():
            text = value.get("value") if isinstance(value, dict) else value
            if isinstance(text, str):
                (forced if isinstance(value, dict) and value.get("force") else variables)[name] = text
        target = _section(_section(table, "target"), triple)
        replaced.update(name for name, value in target.items() if isinstance(value, dict))
    return ScriptSettings({**variables, **environment, **forced}, frozenset(replaced))


def searched_folders(flags: Sequence[str], root: Path) -> tuple[Path, ...]:
    """Return the folders that rustc's flags give the linker: ``-L [KIND=]DIR``, ``-C link-arg=-LDIR`` (rustc book).

    A relative one is taken from ``root``, the workspace's folder.
    """
    found = []
    for number, flag in enumerate(flags):
        following = flags[number + 1] if number + 1 < len(flags) else ""
        word = f"{flag}{following}" if flag in {"-L", "-C"} else flag
        word = word.removeprefix("-Clink-arg=")
        if word.startswith("-L"):
            found.append(root / word.removeprefix("-L").rpartition("=")[2])
    return tuple(found)


def _section(table: dict[str, Any], name: str) -> dict[str, Any]:
    found = table.get(name)
    return found if isinstance(found, dict) else {}


def _table(path: Path) -> dict[str, Any]:
    """Return a file's content; cargo itself says what is wrong with one that is no TOML."""
    try:
        return tomllib.loads(read_head(path, LARGEST_FILE).decode(errors="replace"))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
