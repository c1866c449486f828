"""Where musl looks for a library, and which names it answers to itself (ldso/dynlink.c)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts
from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.loader.closure import Loaded, Place, Refused
from everylinux.loader.releases import musl_releases
from everylinux.loader.search_path import musl_places
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Reason
    from everylinux.images.interface import Entry
    from everylinux.loader.releases import Release
    from everylinux.loader.subject import World


SYSTEM_PATH = "system path"
SHORT_NAME = 16  # get_lfs64: char buf[16] in 1.2.4 and 1.2.5
# What a file defines that musl takes for a C library (load_library).
C_LIBRARY = ("stdin", "__libc_start_main")


class _Names(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    large_file: frozenset[str]
    itself: frozenset[str]


@functools.cache
def _names() -> _Names:
    return read_facts("musl/names.json", _Names)


def is_itself(name: str) -> bool:
    """Return whether musl answers to a library's name itself: ``libc.so.6``, ``libpthread.so.0``."""
    return name.startswith("lib") and name[3:].partition(".")[0] in _names().itself and "." in name


def release_of(loader: ElfFile) -> Release:
    """Return musl's release, which its loader tells; before all others where it does not."""
    facts = loader.loader
    return version_key(facts.version) if facts and facts.version else (0,)


def is_large_file_name(name: str, *, long: bool = True) -> bool:
    """Return whether the loader resolves a name to the one without ``64`` (only in relocations, not when linking).

    ``long``: also one that is longer than the buffer which 1.2.4 and 1.2.5 copy it to.
    """
    if not long and len(name) > SHORT_NAME:
        return False
    return name == "readdir64_r" or (name.endswith("64") and name[:-2] in _names().large_file)


def is_c_library(elf: ElfFile) -> bool:
    """Return whether a file is a C library: musl never maps a second one, and answers itself (load_library)."""
    return all(map(elf.definitions, C_LIBRARY))


class MuslSearch:
    """Finds libraries for one process; ``loaded`` grows with it, its first file is never found again by a name."""

    def __init__(self, world: World, loader: Loaded) -> None:
        self.loaded: list[Loaded] = []
        self.passed_over: list[Reason] = []
        self.follows_filters = False
        self.image_rules = frozenset({SYSTEM_PATH})
        self._world = world
        self._loader = loader
        facts = loader.elf.loader
        self._default_directories = facts.directories if facts else ()
        self._release = release_of(loader.elf)
        self._system_places: list[Place] | None = None

    def take(self, file: Loaded) -> None:
        """Take a file into the process that no search has found."""
        self.loaded.append(file)

    def find(self, name: str, asker: Loaded) -> Loaded | Refused | list[str]:
        """Return the library, what stops the search, or the folders that were searched in vain."""
        if is_itself(name) or name == self._loader.path:
            return self._loader
        searched: list[str] = []
        if "/" in name:
            entry, carried = self._world.find(name, carried=False)
            return self._open(entry, name, asker, carried=carried, rule="its path") if entry else [name]
        for file in self.loaded[1:]:
            if name in file.names:
                return file
        for place in self._places(asker):
            searched.append(place.directory if place.rule == SYSTEM_PATH else f"{place.directory} ({place.rule})")
            entry, carried = self._world.find(place.path_of(name), carried=place.carried)
            if entry is not None:
                return self._open(entry, name, asker, carried=carried, rule=place.rule)
        return searched

    def _places(self, asker: Loaded) -> Iterator[Place]:
        file: Loaded | None = asker
        while file is not None:
            # A later RUNPATH replaces RPATH; both are inherited (decode_dyn, load_library).
            written = file.elf.runpath if file.elf.runpath is not None else file.elf.rpath
            if written:
                yield from musl_places(written, file, f"RPATH of {file.label}")
            file = file.loader
        yield from self._system()

    def _system(self) -> list[Place]:
        """Return the folders of ``/etc/ld-musl-ARCH.path``, or else those that are compiled in."""
        if self._system_places is None:
            folder, _, name = self._loader.path.rpartition("/")
            prefix = folder.rpartition("/")[0]
            entry = self._world.tree.find(f"{prefix}/etc/{name.removesuffix('.so.1')}.path")
            if entry is not None and not entry.directory:
                written = entry.head(1 << 20).decode("utf-8", "backslashreplace")
                parts = [part for line in written.split("\n") for part in line.split(":")]
            else:
                parts = list(self._default_directories)
            self._system_places = [Place(part, carried=False, rule=SYSTEM_PATH) for part in parts if part]
        return self._system_places

    def _open(self, entry: Entry, name: str, asker: Loaded, *, carried: bool, rule: str) -> Loaded | Refused:
        """Take the first file that exists, whatever it is."""
        for file in self.loaded[1:]:
            if file.same_file == entry.same_file:
                file.names.add(name)
                return file
        if entry.directory:
            return Refused("missing-library", "Is a directory", entry.path)
        try:
            elf = entry.elf()
        except (NotElfError, CorruptElfError):
            return Refused("exec-format", "Exec format error", entry.path)
        problem = self.problem(elf, entry.path)
        if problem is not None:
            return problem
        if is_c_library(elf):
            return self._loader
        # One that was asked for by its path has no short name by which it would be found again.
        names = set() if "/" in name else {name}
        loaded = Loaded(elf, entry.path, name, entry.same_file, asker, carried, rule, names)
        self.loaded.append(loaded)
        return loaded

    def problem(self, elf: ElfFile, path: str) -> Refused | None:
        """Return why a file that exists cannot be loaded (map_library, do_relocs)."""
        mine, theirs = self._loader.elf.identity, elf.identity
        if theirs.bits != mine.bits or theirs.endian != mine.endian or elf.kind in {"object", "core", "foreign"}:
            return Refused("exec-format", "Exec format error", path)
        if not elf.dynamic:
            return Refused("exec-format", "Exec format error", path)
        if elf.truncated or elf.damage:
            return Refused("corrupt-file", elf.damage or "a segment runs past the end of the file", path)
        if theirs.machine != mine.machine:
            return Refused("abi-mismatch", "its relocations are another CPU's", path)
        if elf.empty_segment and self._release < musl_releases().empty_segments:
            return Refused("abi-mismatch", "Invalid argument: a segment of it is empty", path)
        return None
