"""Which programs there are, how each is built, and exactly which sources it is made of."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

HERE = Path(__file__).resolve().parent
SOURCES = HERE / "sources.json"
# A program's own folder of tests holds what we add to its sources, and the input it works on.
TESTS = HERE.parents[1] / "tests" / "e2e" / "programs"


class DebianSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The upstream tarball of a Debian source package; Debian's own changes are left out."""

    package: str
    file: str
    sha256: str


class GoModule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One module at one version; ``sum`` is the hash of its content as go.sum has it."""

    module: str
    version: str
    sum: str


class Sources(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``sources.json``; ``suite`` is the Debian suite whose index lists the tarballs."""

    date: str
    source: str
    suite: str
    debian: dict[str, DebianSource]
    modules: dict[str, GoModule]


class Program(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One program.

    ``sources`` maps a source to the folder of the project it is laid into; ``layout`` names a further step of
    `layouts`; ``overlay`` are our files on top. ``path`` is what `build` is called with, below the project;
    ``arguments`` go to the project's own build, ``artifacts`` are the globs of what to keep. ``kind`` is what `build`
    has to recognise. ``sysroot`` is the program whose library it needs, ``tools`` what must be on the machine.
    """

    meaning: str
    kind: str
    sources: dict[str, str]
    overlay: tuple[str, ...] = ()
    layout: str | None = None
    path: str = "."
    arguments: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()
    sysroot: str | None = None
    tools: tuple[str, ...] = ()


class Programs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``programs.json``."""

    date: str
    source: str
    programs: dict[str, Program]


@functools.cache
def sources() -> Sources:
    """Return what is declared in ``sources.json``."""
    return msgspec.json.decode(SOURCES.read_bytes(), type=Sources)


@functools.cache
def programs() -> dict[str, Program]:
    """Return the programs of ``programs.json`` by name."""
    return msgspec.json.decode((HERE / "programs.json").read_bytes(), type=Programs).programs
