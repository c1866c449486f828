"""The program that will load a shared object: which symbols it brings itself.

What Python, Node.js and Bare export is offered to every shared object: nobody links against these programs. The names
of any other host count only for a file that is told to be its plugin, by an entry point that it exports or by its
name: a library that merely forgot to name what it needs stays a library that does not load.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
from fnmatch import fnmatchcase, translate
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux import elf
from everylinux.decoding import read_facts
from everylinux.elf.symbols import FileTables
from everylinux.evidence import Risk
from everylinux.images.directory import DirectoryTree
from everylinux.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from everylinux.elf.file import ElfFile
    from everylinux.images.interface import Tree

MOST_NAMED = 5
MOST_LIBRARIES = 256
_ORIGIN = re.compile(r"\$(?:ORIGIN|\{ORIGIN\})")


class Host(msgspec.Struct, frozen=True):
    """One kind of program that loads plugins; all names are patterns with ``*``.

    ``symbols`` are those that it offers to every shared object, ``told`` those that only its plugins get.
    ``entries`` are names of which a plugin exports one, ``files`` names that only its plugins have. ``libraries`` maps
    a library to those of the symbols that come from it where a file needs that library itself. ``process`` are parts of
    the C library that every such program has loaded. ``always``: it offers some to all.
    """

    name: str
    always: bool = False
    symbols: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    libraries: dict[str, tuple[str, ...]] = {}
    process: tuple[str, ...] = ()

    def plugin(self, file: ElfFile, name: str) -> bool:
        """Return whether a file is told to be a plugin of this host."""
        if any(fnmatchcase(name, pattern) for pattern in self.files):
            return True
        if isinstance(file.tables, FileTables) and not any(entry.startswith("*") for entry in self.entries):
            return bool(file.tables.defined_like(_named_so(self.entries)))
        return matches_any(file.exports, self.entries)


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    hosts: tuple[Host, ...]


@functools.cache
def hosts() -> tuple[Host, ...]:
    """Return the known hosts, in the order in which a symbol is attributed to them."""
    return read_facts("hosts/hosts.json", _Facts).hosts


@functools.cache
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)) if patterns else r"(?!)")


@functools.cache
def _named_so(patterns: tuple[str, ...]) -> re.Pattern[bytes]:
    """Return what finds whole names in a table of strings; only the end of a pattern may be open."""
    words = (re.escape(one.rstrip("*").encode()) + (rb"[^\0]*" if one.endswith("*") else b"") for one in patterns)
    return re.compile(rb"\0(" + b"|".join(words) + rb")(?=\0)")


def matches_any(names: Iterable[str], patterns: tuple[str, ...]) -> bool:
    """Return whether one of the names matches one of the patterns."""
    match = _pattern(patterns).match
    return any(match(name) for name in names)


@functools.cache
def _always() -> re.Pattern[str]:
    return _pattern(tuple(pattern for host in hosts() for pattern in host.symbols))


@functools.cache
def _signs() -> tuple[re.Pattern[bytes], dict[bytes, tuple[str, ...]]]:
    """Return how names begin that tell of hosts, and the hosts that each beginning tells of."""
    told: dict[bytes, list[str]] = {}
    for host in hosts():
        # A host whose entry points differ at their beginnings is told by what its plugins ask for.
        entries = host.told if any(one.startswith("*") for one in host.entries) else host.entries
        for pattern in (*host.symbols, *entries):
            told.setdefault(pattern.rstrip("*").encode(), []).append(host.name)
    words = b"|".join(re.escape(word) for word in sorted(told, key=len, reverse=True))
    return re.compile(b"\0(" + words + b")"), {word: tuple(names) for word, names in told.items()}


def _hosts_told(file: ElfFile, name: str) -> list[Host]:
    """Return the hosts that the names in a file tell of, those first whose plugins are called like it.

    A name that is stored as the end of another one is not seen here; that all of a host's are is not to be expected.
    """
    if isinstance(file.tables, FileTables):
        signs, told = _signs()
        seen = {host for word in set(signs.findall(file.tables.names)) for host in told[word]}
    else:
        seen = {host.name for host in hosts()}
    if not seen:
        return []
    named = {host.name for host in hosts() if any(fnmatchcase(name, one) for one in host.files)}
    return sorted((one for one in hosts() if one.name in seen | named), key=lambda one: one.name not in named)


def offered_by_host(name: str) -> bool:
    """Return whether a symbol is one that Python, Node.js or Bare offers to every shared object."""
    return _always().match(name) is not None


def loaded_by_hosts(file: ElfFile, path: str) -> tuple[str, ...]:
    """Return the parts of the C library that the hosts of a file have loaded, where it is told to be their plugin."""
    name = path.rpartition("/")[2]
    plugged = (host for host in _hosts_told(file, name) if host.process and host.plugin(file, name))
    return tuple(dict.fromkeys(library for host in plugged for library in host.process))


@functools.lru_cache(maxsize=4)
def offered_to(file: ElfFile, path: str) -> Callable[[str], bool]:
    """Return whether a symbol is one that a host brings to this shared object.

    What the file exports is looked at only when a name is asked for that no host offers to all.
    """

    @functools.cache
    def told() -> re.Pattern[str]:
        name = path.rpartition("/")[2]
        plugged = (host for host in _hosts_told(file, name) if host.told and host.plugin(file, name))
        return _pattern(tuple(one for host in plugged for one in host.told))

    @functools.cache
    def offered(symbol: str) -> bool:
        return offered_by_host(symbol) or told().match(symbol) is not None

    return offered


def expected_from_host(file: ElfFile, path: Path, tree: Tree | None = None) -> dict[str, tuple[str, ...]]:
    """Return the hosts of a shared object, each with the sorted symbols that are expected from it.

    ``path`` is where the file lies in ``tree``, its surroundings (``None``: on this machine). Only names count that
    the loader has to find: not weak ones, not those of a library's version, not those of a library that the file needs
    itself, be it a host's or one beside it. A host whose names have nothing in common (``*``) is listed with what is
    left, where versions tell the libraries' names apart.
    """
    if file.kind != "shared-object":
        return {}
    name = path.name
    told_hosts = _hosts_told(file, name)
    if not told_hosts:
        return {}
    asked = {one.name for one in file.undefined if not one.weak and one.version is None and one.moment != "never"}
    found: dict[str, tuple[str, ...]] = {}
    for host in told_hosts:
        patterns = host.symbols
        told = tuple(one for one in host.told if one != "*" or file.version_needs)
        if told and matches_any(asked, told) and host.plugin(file, name):
            patterns = (*patterns, *told)
        brought = tuple(
            one
            for library, symbols in host.libraries.items()
            if matches_any(file.needed, (library,))
            for one in symbols
        )
        mine = {one for one in asked if _pattern(patterns).match(one) and not _pattern(brought).match(one)}
        if mine:
            found[host.name] = tuple(sorted(mine))
            asked -= mine
    if not found:
        return {}
    tree = tree or DirectoryTree(Path("/"))
    beside = _defined_beside(file, str(path.parent), tree, _beginnings(told_hosts, found))
    left = {name: tuple(one for one in symbols if one not in beside) for name, symbols in found.items()}
    return {name: symbols for name, symbols in left.items() if symbols}


def _beginnings(hosts_told: Iterable[Host], found: Collection[str]) -> frozenset[bytes]:
    """Return how the names of these hosts begin in a table of strings."""
    patterns = (pattern for host in hosts_told if host.name in found for pattern in (*host.symbols, *host.told))
    return frozenset(b"\0" + pattern.partition("*")[0].encode() for pattern in patterns)


def _defined_beside(file: ElfFile, folder: str, tree: Tree, beginnings: frozenset[bytes]) -> frozenset[str]:
    """Return what the needed libraries define that ``$ORIGIN`` reaches, and those that they need.

    Symbols are read only of libraries whose names begin like those that are asked about.
    """
    defined: set[str] = set()
    waiting = [(file, folder)]
    seen: set[str] = set()
    while waiting and len(seen) < MOST_LIBRARIES:
        asker, origin = waiting.pop()
        paths = ":".join(filter(None, (asker.runpath, asker.rpath))).split(":")
        places = [origin.join(_ORIGIN.split(one)) for one in paths if one.startswith("$")]
        for place, name in itertools.product(places, asker.needed):
            found = tree.find(f"{place}/{name}")
            if found is None or found.resolved in seen:
                continue
            seen.add(found.resolved)
            with contextlib.suppress(OSError, ValueError, elf.NotElfError, elf.CorruptElfError):
                library = found.elf()
                defined |= _names_like(library, beginnings)
                waiting.append((library, place))
    return frozenset(defined)


@functools.lru_cache(maxsize=128)
def _names_like(library: ElfFile, beginnings: frozenset[bytes]) -> frozenset[str]:
    tables = library.tables
    if isinstance(tables, FileTables) and not any(beginning in tables.names for beginning in beginnings):
        return frozenset()
    return frozenset(library.exports)


def host_risks(expected: dict[str, tuple[str, ...]]) -> list[Risk]:
    """Return a risk for each host that a file was told to be made for: opened by anything else, it fails."""
    risks = []
    for host in hosts():
        symbols = expected.get(host.name, ())
        if symbols and not host.always:
            message = f"it is a plugin of {host.name}, from which it expects {shortened(symbols, MOST_NAMED)}"
            hint = f"only a program that exports these can open it: {host.name}"
            risks.append(Risk(code="host-symbols", subject=host.name, message=message, hint=hint))
    return risks
