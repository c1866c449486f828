"""In which release of a libc or of GCC's runtime a symbol or a version came, in the sentences that reasons carry.

The facts lie in ``data/libc``: glibc's by CPU and version node, musl's by release (it has no versions), GCC's by node.
Each file is read when the first reason asks for it.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, TypeVar

import msgspec

from everylinux.decoding import read_facts
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everylinux.elf.file import Identity

# In English whatever the locale is.
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
PRIVATE = "GLIBC_PRIVATE"
# No name in the histories is longer: what a hostile file asks for is not kept.
LONGEST_NAME = 128
GLIBC, MUSL, GCC = "glibc", "musl", "GCC"


class Stored(msgspec.Struct, frozen=True):
    """Base of the histories: the day on which one was made, and where each part is from.

    ``releases`` maps each release, oldest first, to its month (``2021-08``, empty where it is not known).
    """

    date: str
    sources: dict[str, str]
    releases: dict[str, str]


class ListedIdentity(msgspec.Struct, frozen=True, array_like=True):
    """What the ELF headers of a CPU say."""

    machine: int
    bits: int
    endian: str


class GlibcRow(msgspec.Struct, frozen=True, array_like=True):
    """Symbols with one history: their library (``c``, ``pthread``), and each version with the CPUs that have it.

    A CPU is its position in `GlibcHistory.cpus`; ``names`` are joined by spaces.
    """

    library: str
    since: dict[str, tuple[int, ...]]
    names: str


class GlibcHistory(Stored, frozen=True):
    """The whole of ``glibc.json``.

    ``births`` maps a CPU to the oldest release for it, ``nodes`` versions without a number to their release.
    """

    cpus: dict[str, ListedIdentity]
    births: dict[str, str]
    nodes: dict[str, str]
    rows: tuple[GlibcRow, ...]


class MuslRow(msgspec.Struct, frozen=True, array_like=True):
    """Symbols with one history on some CPUs: the first and the last release that has them.

    No first release: the oldest that is known has them already; no last one: the newest still has them.
    """

    first: str
    last: str
    cpus: tuple[int, ...]
    names: str


class MuslHistory(Stored, frozen=True):
    """The whole of ``musl.json``; its releases are all between the oldest and the newest that are known."""

    cpus: tuple[str, ...]
    rows: tuple[MuslRow, ...]


class GccHistory(Stored, frozen=True):
    """The whole of ``gcc.json``: ``nodes`` maps ``GLIBCXX_3.4.30`` to the release that brought it."""

    nodes: dict[str, str]


History = TypeVar("History", bound=Stored)


@functools.cache
def glibc_history() -> GlibcHistory:
    """Return glibc's history."""
    return _read("glibc", GlibcHistory)


@functools.cache
def musl_history() -> MuslHistory:
    """Return musl's history."""
    return _read("musl", MuslHistory)


@functools.cache
def gcc_history() -> GccHistory:
    """Return the history of libstdc++ and libgcc_s."""
    return _read("gcc", GccHistory)


@functools.lru_cache(maxsize=256)
def cpu_name(identity: Identity) -> str:
    """Return the name that the histories have for a CPU (``loongarch64``), empty for one that they do not know."""
    wanted = ListedIdentity(identity.machine, identity.bits, identity.endian)
    return next((name for name, listed in glibc_history().cpus.items() if listed == wanted), "")


def release_of(version: str) -> tuple[str, str]:
    """Return which release brought a version: ``("glibc", "2.34")``, ``("GCC", "12.1")``; empty for unknown ones."""
    family, _, number = version.rpartition("_")
    if family == "GLIBC" and number in glibc_history().releases:
        return GLIBC, number
    if version in glibc_history().nodes:
        return GLIBC, glibc_history().nodes[version]
    if version in gcc_history().nodes:
        return GCC, gcc_history().nodes[version]
    return "", ""


def glibc_versions(symbol: str, cpu: str) -> Mapping[str, tuple[str, ...]]:
    """Return the versions of a symbol on a CPU, oldest first, by library (``c``, ``pthread``); empty for none."""
    return _glibc_versions(symbol, cpu) if 0 < len(symbol) <= LONGEST_NAME else {}


@functools.lru_cache(maxsize=4096)
def _glibc_versions(symbol: str, cpu: str) -> Mapping[str, tuple[str, ...]]:
    history = glibc_history()
    if cpu not in history.cpus:
        return {}
    number = list(history.cpus).index(cpu)
    found = {}
    for row in history.rows:
        if symbol in row.names and symbol in row.names.split():
            versions = tuple(version for version, cpus in row.since.items() if number in cpus)
            if versions:
                found[row.library] = versions
    return found


def musl_span(symbol: str, cpu: str) -> tuple[str, str] | None:
    """Return the first and the last release of musl that has a symbol, each empty where it is beyond those known.

    ``None``: no release that is known has it. A CPU that is not known is taken as the first one.
    """
    return _musl_span(symbol, cpu) if 0 < len(symbol) <= LONGEST_NAME else None


@functools.lru_cache(maxsize=4096)
def _musl_span(symbol: str, cpu: str) -> tuple[str, str] | None:
    history = musl_history()
    number = history.cpus.index(cpu) if cpu in history.cpus else 0
    for row in history.rows:
        if number in row.cpus and symbol in row.names and symbol in row.names.split():
            return row.first, row.last
    return None


def musl_since(symbol: str, cpu: str) -> str | None:
    """Return the first release of musl that has a symbol; the oldest one that is known may stand for older ones.

    ``None``: no release that is known has it.
    """
    span = musl_span(symbol, cpu)
    return None if span is None else span[0] or next(iter(musl_history().releases))


def version_note(version: str, symbol: str | None, cpu: str) -> str:
    """Return a sentence on where a version comes from, with the symbol that asks for it; empty when nothing is known.

    A symbol may be new in that release, may have got a new version, may have moved in from another library (glibc 2.34
    made one of libc, libpthread, libdl, libutil and libanl), or may be as old as glibc on that CPU.
    """
    if version == PRIVATE:
        return "GLIBC_PRIVATE is for glibc's own libraries: what asks for it fits one build of glibc only"
    library, release = release_of(version)
    if not release:
        return ""
    versions = glibc_versions(symbol or "", cpu) if library == GLIBC else {}
    home = next((name for name, known in versions.items() if release in known), None)
    if symbol is None or home is None:
        return f"{version} is first in {dated_release(library, release)}"
    return _symbol_with_version(symbol, release, cpu, home)


def is_new(version: str, symbol: str | None, cpu: str) -> bool:
    """Return whether a symbol came with a version: a glibc older than that has no other version of it."""
    library, release = release_of(version)
    known = glibc_versions(symbol or "", cpu).values() if library == GLIBC else ()
    return bool(known) and all(version_key(one) >= version_key(release) for versions in known for one in versions)


def symbol_note(symbol: str, libc: str, release: str, cpu: str) -> str:
    """Return a sentence on a symbol that is missing on ``libc`` (``gnu`` or ``musl``) of a release.

    Empty when neither libc has it, or nothing is known.
    """
    if libc == MUSL:
        return _missing_on_musl(symbol, cpu)
    if libc == "gnu":
        return _missing_on_glibc(symbol, release, cpu)
    return ""


def glibc_home(symbol: str, release: str, cpu: str) -> str:
    """Return the library that has a symbol in a release of glibc (``m``), empty for libc and for unknown ones."""
    versions = glibc_versions(symbol, cpu)
    there = [name for name, known in versions.items() if version_key(known[0]) <= version_key(release)]
    return there[0] if there and "c" not in there else ""


def dated_release(library: str, release: str) -> str:
    """Return a release with its month where that is known: ``glibc 2.34 (August 2021)``."""
    histories = {GLIBC: glibc_history, MUSL: musl_history, GCC: gcc_history}
    year, _, month = histories[library]().releases.get(release, "").partition("-")
    return f"{library} {release}" + (f" ({MONTHS[int(month) - 1]} {year})" if month else "")


def _symbol_with_version(symbol: str, release: str, cpu: str, home: str) -> str:
    versions = glibc_versions(symbol, cpu)
    dated = dated_release(GLIBC, release)
    older = [one for one in versions[home] if version_key(one) < version_key(release)]
    before = [name for name, known in versions.items() if version_key(known[0]) < version_key(release)]
    if older:
        return f"this version of {symbol} is first in {dated}; an older one is there since {older[0]}"
    if before:
        return f"{symbol} is in lib{before[0]} before {dated}, in lib{home} since"
    if release == glibc_history().births.get(cpu):
        return f"glibc for {cpu} begins with {dated.removeprefix('glibc ')}"
    return f"{symbol} is first in {dated}"


def _missing_on_musl(symbol: str, cpu: str) -> str:
    span = musl_span(symbol, cpu)
    if span is not None:
        first, last = span
        if last:
            return f"musl has it up to {last} only: what is built with a newer one does without it"
        return f"it is first in {dated_release(MUSL, first)}" if first else f"musl {_oldest_musl()} and newer have it"
    first = _first_glibc(symbol) if len(symbol) <= LONGEST_NAME else ""
    if not first:
        return ""
    newest = next(reversed(musl_history().releases))
    return f"no musl has it ({_oldest_musl()} to {newest} are known); glibc has it since {first}"


def _missing_on_glibc(symbol: str, release: str, cpu: str) -> str:
    versions = glibc_versions(symbol, cpu)
    if not versions:
        if musl_span(symbol, cpu) is not None:
            return "it is musl's: no glibc has it"
        return ""
    first = min((known[0] for known in versions.values()), key=version_key)
    if release and version_key(first) > version_key(release):
        return f"it is first in {dated_release(GLIBC, first)}"
    homes = sorted(versions, key=lambda name: version_key(versions[name][0]))
    if len(homes) > 1 and homes[0] != "c":
        moved = versions[homes[-1]][0]
        return f"it is in lib{homes[0]} before {dated_release(GLIBC, moved)}, in lib{homes[-1]} since"
    return f"it is in glibc's lib{homes[0]}, which nothing that is loaded asks for" if homes[0] != "c" else ""


@functools.lru_cache(maxsize=4096)
def _first_glibc(symbol: str) -> str:
    """Return the oldest release that has a symbol on any CPU."""
    rows = [row for row in glibc_history().rows if symbol in row.names and symbol in row.names.split()]
    return min((next(iter(row.since)) for row in rows), key=version_key, default="")


def _oldest_musl() -> str:
    return next(iter(musl_history().releases))


def _read(name: str, kind: type[History]) -> History:
    return read_facts(f"libc/{name}.json", kind)
