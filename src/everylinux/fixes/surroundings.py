"""What a build sees of this machine while a fix is tried: tools, what its toolchains keep, and a clean environment.

What is shown is data (``data/fixes/room.toml``). Nothing else of the home folder is: neither keys nor settings.
"""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_table
from everylinux.diagnosis.patterns import compiled
from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SETTINGS_BYTES = 1 << 16


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A folder of a toolchain: see the data file."""

    variable: str = ""
    usual: str = ""
    layered: tuple[str, ...] = ()
    readable: tuple[str, ...] = ()


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    usual: str


class _Facts(msgspec.Struct, frozen=True):
    roots: tuple[str, ...]
    hidden: tuple[str, ...]
    withheld: str
    secret_line: str
    offline: dict[str, str]
    folder: tuple[Kept, ...]
    settings: tuple[_Settings, ...]


@dataclass
class Surroundings:
    """Paths of this machine, each shown at its own place.

    ``readable`` and ``layered`` are files and folders, ``links`` those of the root folder; ``hidden`` are shown empty.
    ``settings`` are files in the home folder and what of them is shown.
    """

    environment: dict[str, str]
    home: Path
    links: dict[str, str] = field(default_factory=dict)
    readable: list[Path] = field(default_factory=list)
    layered: list[Path] = field(default_factory=list)
    hidden: list[Path] = field(default_factory=list)
    settings: dict[Path, bytes] = field(default_factory=dict)


def surroundings(*, network: bool, environment: Mapping[str, str] = os.environ) -> Surroundings:
    """Return what a build may see of this machine."""
    facts = _facts()
    found = Surroundings(_environment(network=network, given=environment), Path.home())
    for name in facts.roots:
        path = Path("/", name)
        if path.is_symlink():
            found.links[str(path)] = str(path.readlink())
        elif path.is_dir():
            found.readable.append(path)
    found.hidden = [path for path in map(Path, facts.hidden) if path.exists()]
    for kept in facts.folder:
        for base in _places(kept, environment, found.home):
            found.layered += [path for part in kept.layered if (path := base / part).is_dir()]
            found.readable += [path for part in kept.readable if (path := base / part).exists()]
    found.readable += list(_tools(found.environment["PATH"]))
    if network:
        resolver = Path("/etc/resolv.conf").resolve()
        found.readable += [resolver] if resolver.is_file() and not resolver.is_relative_to("/etc") else []
        found.settings = dict(_settings(found.home))
    linked = frozenset(map(Path, found.links))
    found.readable = _outermost(found.readable, linked)
    found.layered = _outermost(found.layered, linked)
    return found


def _environment(*, network: bool, given: Mapping[str, str]) -> dict[str, str]:
    withheld = compiled(_facts().withheld)
    kept = {name: value for name, value in given.items() if not withheld.search(name)}
    # everylinux itself is a program that a fix may name.
    folders = [each for each in kept.get("PATH", os.defpath).split(os.pathsep) if each.startswith("/")]
    kept["PATH"] = os.pathsep.join(dict.fromkeys([*folders, str(Path(sys.executable).parent)]))
    kept["HOME"] = str(Path.home())
    return kept if network else {**_facts().offline, **kept}


def _places(kept: Kept, environment: Mapping[str, str], home_folder: Path) -> Iterator[Path]:
    """Yield where a toolchain keeps a folder; never a folder that holds the home folder, and nothing relative."""
    named = environment.get(kept.variable, "") if kept.variable else ""
    texts = named.split(os.pathsep) if named else [str(home_folder / kept.usual)] if kept.usual else []
    for text in texts:
        path = Path(text)
        if path.is_absolute() and path.exists() and not home_folder.is_relative_to(path.resolve()):
            yield path


def _tools(search_path: str) -> Iterator[Path]:
    """Yield the folders of programs, and what the Python in them needs: its environment, and what that stands on."""
    for text in search_path.split(os.pathsep):
        folder = Path(text)
        if not folder.is_dir():
            continue
        yield folder
        if (folder.parent / "pyvenv.cfg").is_file():
            yield folder.parent
            yield (folder / "python").resolve().parent.parent
    yield Path(sys.base_prefix)
    # Where everylinux lies when it is used from its sources.
    yield Path(__file__).resolve().parents[2]


def _settings(home_folder: Path) -> Iterator[tuple[Path, bytes]]:
    secret = compiled(_facts().secret_line)
    for each in _facts().settings:
        path = home_folder / each.usual
        if path.is_file():
            lines = read_head(path, SETTINGS_BYTES).decode(errors="replace").splitlines()
            yield path, "".join(f"{line}\n" for line in lines if not secret.search(line)).encode()


def _outermost(paths: list[Path], linked: frozenset[Path]) -> list[Path]:
    """Return the paths without those that lie in another one or in a link, and what holds the home folder."""
    kept: list[Path] = []
    for path in sorted(set(paths)):
        within = any(map(path.is_relative_to, (*kept, *linked)))
        if path != Path("/") and not Path.home().is_relative_to(path) and not within:
            kept.append(path)
    return kept


@functools.cache
def _facts() -> _Facts:
    return read_table("fixes/room.toml", _Facts)
