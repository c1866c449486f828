"""What root file systems there are: ``roots.json``, and the names made of flavour, suite and architecture."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import msgspec

from everylinux.errors import UsageError

EMPTY = "empty"


class Flavour(msgspec.Struct, frozen=True):
    """Which packages a root is made of, and what is changed afterwards.

    ``only_in`` are packages that only some suites need. ``dependencies`` says whether their dependencies come along.
    ``links`` maps a path to its target; ``remove`` and
    the keys of ``aliases`` are glob patterns; an alias is a link whose name has the first text replaced by the second.
    """

    meaning: str
    packages: tuple[str, ...]
    dependencies: bool
    only_in: dict[str, tuple[str, ...]] = {}
    remove: tuple[str, ...] = ()
    links: dict[str, str] = {}
    aliases: dict[str, tuple[str, str]] = {}


class Declaration(msgspec.Struct, frozen=True):
    """The whole of ``roots.json``.

    ``suites`` maps a Debian suite to its architectures. ``left_out`` are glob patterns of what no root holds,
    ``folders`` what every root has, ``merged`` the top-level names that are links into ``usr``; ``default`` are the
    roots of the short test run.
    """

    date: str
    source: str
    suites: dict[str, tuple[str, ...]]
    flavours: dict[str, Flavour]
    left_out: tuple[str, ...]
    folders: tuple[str, ...]
    merged: tuple[str, ...]
    default: tuple[str, ...]


@dataclass(frozen=True)
class RootName:
    """One root: ``debian-bookworm-arm64`` taken apart.

    With several architectures (``minimal-bookworm-amd64+arm64``) it holds the libraries of all of them, as a multiarch
    Debian does; where their packages share a path, the first one's file is kept.
    """

    flavour: str
    suite: str
    architectures: tuple[str, ...]

    def __str__(self) -> str:
        """Return the name as it is written."""
        return f"{self.flavour}-{self.suite}-{'+'.join(self.architectures)}"


@functools.cache
def declaration() -> Declaration:
    """Return what is declared in ``roots.json``."""
    return msgspec.json.decode(Path(__file__).with_name("roots.json").read_bytes(), type=Declaration)


def all_names() -> list[RootName]:
    """Return every root that can be made."""
    declared = declaration()
    return [
        RootName(flavour, suite, (architecture,))
        for flavour in declared.flavours
        for suite, architectures in declared.suites.items()
        for architecture in architectures
    ]


def parse_name(name: str) -> RootName:
    """Take a name apart; raises `UsageError` for one that is not declared."""
    stem, _, last = name.rpartition("-")
    flavour, _, suite = stem.rpartition("-")
    architectures = tuple(last.split("+"))
    known = declaration().suites.get(suite, ())
    if flavour in declaration().flavours and set(architectures) <= set(known):
        return RootName(flavour, suite, architectures)
    raise UsageError(
        f"there is no root file system {name!r}",
        meaning=f"a name is {EMPTY}, or FLAVOUR-SUITE-ARCH[+ARCH...] as tools/roots/roots.json declares them",
        hint="`python tools/roots/make.py --list` lists them all",
    )
