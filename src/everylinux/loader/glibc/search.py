"""Where glibc looks for a library, and which candidates it passes over or refuses (elf/dl-load.c)."""

from __future__ import annotations

import itertools
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.relocations import machine_facts
from everylinux.loader.closure import Loaded, Place, Refused
from everylinux.loader.glibc.candidate import mixes_float_abis, objection
from everylinux.loader.glibc.library_cache import MOST_BYTES, read_library_cache
from everylinux.loader.glibc.release import release_of
from everylinux.loader.reasons import kernel_too_old
from everylinux.loader.search_path import glibc_places
from everylinux.loader.shared import answers_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Reason
    from everylinux.images.interface import Entry
    from everylinux.loader.releases import Release
    from everylinux.loader.subject import World

HEADER_SIZE = {32: 52, 64: 64}
HWCAPS = "glibc-hwcaps"
X86_LEVEL = "x86-64-v"
LIBC = "libc.so.6"
OWN_FOLDERS, CACHE = "the loader's own folders", "/etc/ld.so.cache"
DEFAULT_RULES = frozenset({OWN_FOLDERS, CACHE})


class _Hit(NamedTuple):
    """A file that the loader takes: what it is, where, by which rule, and whether it came with the judged file."""

    elf: ElfFile
    path: str
    same_file: Hashable
    rule: str
    carried: bool


# A union of types would be made anew at every question.
ENDS = _Hit, Refused


class GlibcSearch:
    """Finds libraries for one process; ``loaded`` grows with it. ``opening``: it runs already, and calls dlopen."""

    def __init__(self, world: World, loader: Loaded, main: Loaded, *, level: int) -> None:
        self.loaded: list[Loaded] = []
        self.passed_over: list[Reason] = []
        self.follows_filters = True
        self.image_rules = DEFAULT_RULES
        self.opening = False
        self._world = world
        self._main = main
        self._loader = loader
        facts = loader.elf.loader
        self._directories = facts.directories if facts else ()
        self._hwcaps = facts.hwcaps if facts else ()
        self._level = level
        self._cache: dict[str, list[str]] | None = None
        self._looking_for_release = False
        # The first file that each name stands for, and the first of those that are one file.
        self._named: dict[str, Loaded] = {}
        self._same: dict[Hashable, Loaded] = {}
        self.take(loader)

    def take(self, file: Loaded) -> None:
        """Take a file into the process: those that came before it keep their names."""
        self.loaded.append(file)
        self._same.setdefault(file.same_file, file)
        for name in file.names:
            self._named.setdefault(name, file)
        if file.elf.soname is not None:
            self._named.setdefault(file.elf.soname, file)

    def find(self, name: str, asker: Loaded | None) -> Loaded | Refused | list[str]:
        """Return the library, what stops the search, or the folders that were searched in vain."""
        self.passed_over.clear()
        known = self._named.get(name)
        if known is not None:
            known.names.add(name)
            return known
        if "/" in name:
            places = self._places(name, asker or self._main, "its path")
            found = self._first((one.directory, one.carried, one.rule) for one in places)
            searched = [one.directory for one in places]
        else:
            folders = self._paths_of_files(asker)
            searched = [f"{place.directory} ({place.rule})" for place in folders]
            found = ""
            if folders:
                found = self._first(candidate for place in folders for candidate in self._variants(place, name))
            if not isinstance(found, ENDS):
                # What is found without such paths is the same for all files of the image.
                default, also = self._default(name, no_folders=(asker or self._main).elf.no_default_directories)
                found = default if isinstance(default, ENDS) else found or default
                searched += also
        if isinstance(found, _Hit):
            return self._add(Loaded(found.elf, found.path, name, found.same_file, asker, found.carried, found.rule))
        if isinstance(found, str):
            bits = 96 - self._loader.elf.identity.bits
            return Refused("exec-format", f"wrong ELF class: ELFCLASS{bits}", found) if found else searched
        return found

    def _first(self, candidates: Iterable[tuple[str, bool, str]]) -> _Hit | Refused | str:
        """Return the first candidate that is taken or ends the search, else the first of the other class, if any."""
        other_class = ""
        for path, carried, rule in candidates:
            entry, came_along = self._world.find(path, carried=carried)
            if entry is None:
                continue
            judged = self._judge(entry)
            if judged == "class":
                other_class = other_class or path
            elif judged == "system":
                self.passed_over.append(kernel_too_old(entry.elf(), path))
            elif isinstance(judged, Refused):
                return judged
            elif not isinstance(judged, str):
                return _Hit(judged, path, entry.same_file, rule, came_along)
        return other_class

    def _default(self, name: str, *, no_folders: bool) -> tuple[_Hit | Refused | str, list[str]]:
        """Search where no file says to search: the library cache, then the loader's own folders."""
        answers = answers_of(self._world.tree, (self._loader.path, self._level, self.opening))
        if (name, no_folders) not in answers:
            folders = () if no_folders else self._directories
            places = [Place(folder, carried=False, rule=OWN_FOLDERS) for folder in folders]
            cached = [
                (path, False, CACHE)
                for path in self._cached(name)
                if not (no_folders and path.startswith(tuple(f"{folder}/" for folder in self._directories)))
            ]
            variants = (candidate for place in places for candidate in self._variants(place, name))
            answers[name, no_folders] = self._first(itertools.chain(cached, variants)), list(folders)
        found: tuple[_Hit | Refused | str, list[str]] = answers[name, no_folders]
        return found

    def by_default(self, name: str) -> ElfFile | None:
        """Return the library that the image itself has for a name."""
        found, _ = self._default(name, no_folders=False)
        return found.elf if isinstance(found, _Hit) else None

    def refuses(self, file: Loaded, *, dlopen: bool) -> Refused | None:
        """Return why a file that is opened by its path cannot be loaded."""
        problem = objection(file.elf, file.path, self._loader.elf.identity, self._release)
        if problem == "class":
            return Refused("exec-format", "wrong ELF class", file.path)
        if problem == "machine":
            return Refused("abi-mismatch", "cannot open shared object file: No such file or directory", file.path)
        if problem == "system":
            reason = kernel_too_old(file.elf, file.path)
            return Refused(reason.code, reason.message, file.path)
        if isinstance(problem, Refused):
            return problem
        return self._refuses_to_open(file.elf, file.path) if dlopen else None

    @staticmethod
    def _refuses_to_open(file: ElfFile, path: str) -> Refused | None:
        return Refused("exec-format", "shared object cannot be dlopen()ed", path) if file.no_dlopen else None

    def _add(self, file: Loaded) -> Loaded:
        other = self._same.get(file.same_file)
        if other is not None:
            other.names.add(file.name)
            self._named.setdefault(file.name, other)
            return other
        file.names |= {file.name, file.path}
        self.take(file)
        return file

    @cached_property
    def _preferred(self) -> list[str]:
        """The folders that the CPU uses before all others, where it was named."""
        hwcaps = sorted(self._hwcaps, reverse=True)
        return [name for name in hwcaps if name.startswith(X86_LEVEL) and int(name[-1]) <= self._level]

    @cached_property
    def _possible(self) -> list[str]:
        """The folders that only better CPUs use: no part of the image, so they come last, and are a risk."""
        return [] if self._level else sorted(self._hwcaps, reverse=True)

    def _variants(self, place: Place, name: str) -> Iterator[tuple[str, bool, str]]:
        """Yield a library's path in one folder, and in the folders below it that only some CPUs use (ld.so(8))."""
        for level in self._preferred:
            yield f"{place.directory}/{HWCAPS}/{level}/{name}", place.carried, f"{HWCAPS}/{level}"
        yield place.path_of(name), place.carried, place.rule
        for level in self._possible:
            yield f"{place.directory}/{HWCAPS}/{level}/{name}", place.carried, f"{HWCAPS}/{level}"

    def _paths_of_files(self, asker: Loaded | None) -> list[Place]:
        """RPATH of the asker and of those that loaded it, then of the program; or else the asker's own RUNPATH."""
        if asker is not None and asker.elf.runpath is not None:
            written = asker.elf.runpath
            return self._places(written, asker, f"RUNPATH of {asker.label}") if written else []
        found: list[Place] = []
        file, main_asked = asker, False
        while file is not None:
            found += self._by_rpath(file)
            main_asked |= file is self._main
            file = file.loader
        if not main_asked and self._main.elf.kind != "shared-object":
            found += self._by_rpath(self._main)
        return found

    def _by_rpath(self, file: Loaded) -> list[Place]:
        # An object's RPATH counts only where it has no RUNPATH.
        if file.elf.rpath is None or file.elf.runpath is not None:
            return []
        return self._places(file.elf.rpath, file, f"RPATH of {file.label}")

    def _places(self, written: str, owner: Loaded, rule: str) -> list[Place]:
        facts = machine_facts(self._loader.elf.identity.machine, self._loader.elf.identity.bits)
        library = self._directories[0].removeprefix("/usr").lstrip("/") if self._directories else "lib"
        return glibc_places(written, owner, rule, library_directory=library, platform=facts.token if facts else None)

    def _cached(self, name: str) -> list[str]:
        if self._cache is None:
            entry = self._world.tree.find(CACHE)
            self._cache = read_library_cache(entry.head(MOST_BYTES)) if entry is not None else {}
        return self._cache.get(name, [])

    def _judge(self, entry: Entry) -> ElfFile | Refused | str:
        """Return the file, why it ends the search, or (a string) why it is passed over."""
        if entry.directory:
            return Refused("corrupt-file", "cannot read file data: Is a directory", entry.path)
        try:
            file = entry.elf()
        except NotElfError:
            size = len(entry.head(HEADER_SIZE[64]))
            if size < HEADER_SIZE[self._loader.elf.identity.bits]:
                return Refused("corrupt-file", "file too short", entry.path)
            return Refused("exec-format", "invalid ELF header", entry.path)
        except CorruptElfError as error:
            return Refused("corrupt-file", error.message, entry.path)
        found = objection(file, entry.path, self._loader.elf.identity, self._release)
        if found is None and mixes_float_abis(file, (one.elf for one in (self._main, *self.loaded))):
            return "machine"
        return found or (self._refuses_to_open(file, entry.path) if self.opening else None) or file

    def _release(self) -> Release:
        """Return glibc's release: by its library where the loader itself does not tell."""
        library = next((file.elf for file in self.loaded if LIBC in file.names), None)
        # Whether the C library itself can be loaded may depend on the release: then the loader alone tells it.
        if library is None and self._world.tree.complete and not self._looking_for_release:
            self._looking_for_release = True
            found, _ = self._default(LIBC, no_folders=False)
            self._looking_for_release = False
            library = found.elf if isinstance(found, _Hit) else None
        return release_of(self._loader.elf, library)
