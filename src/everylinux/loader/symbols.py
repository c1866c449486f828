"""Whether a symbol is found in a scope, by glibc's rules and by musl's."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.elf.numbers import STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT, STT_TLS
from everylinux.loader.builds import Build
from everylinux.loader.musl.search import is_large_file_name
from everylinux.loader.releases import musl_releases

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from everylinux.elf.file import ElfFile, Export, Need, SymbolKey, Tables, Undefined
    from everylinux.loader.closure import Loaded
    from everylinux.loader.releases import Release

Answer = Literal["found", "missing", "unknown", "abort"]

NOTHING: AbstractSet[str] = frozenset()
MOST_REMEMBERED = 1024
MOST_SYMBOLS = 65_536
MOST_LEFT = 10_000  # a hostile file may lack a million: nobody reads on after these
Unbound = tuple["Undefined", Answer]
# Names by the version and the library that they are asked for with.
Brought = defaultdict["Need", set[str]]
_remembered: dict[Hashable, Bindings] = {}

GLIBC_TYPES = frozenset({STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_COMMON, STT_TLS, STT_GNU_IFUNC})
MUSL_TYPES = GLIBC_TYPES - {STT_GNU_IFUNC}


def offers_nothing(_name: str) -> bool:
    """Stand for a process without a host program."""
    return False


class Scope(msgspec.Struct, frozen=True):
    """The files in which symbols are looked up, in order, and what the host program offers besides."""

    files: Sequence[Loaded]
    offered_by_host: Callable[[str], bool] = msgspec.field(default=offers_nothing)

    def others(self, file: Loaded) -> Sequence[Loaded]:
        """Return the files without one of them: where a copy relocation looks."""
        return [one for one in self.files if one is not file]


def look_up_glibc(symbol: Undefined, scope: Scope, asker: Loaded, *, strict: bool) -> Answer:
    """Look a symbol up as glibc does (elf/dl-lookup.c).

    ``strict``: a release before 2.41, which aborts when a version is asked of the very library that has no versions.
    """
    unknown = False
    for file in scope.others(asker) if symbol.copy else scope.files:
        exports = file.elf.definitions(symbol.name)
        if not exports:
            unknown |= not file.elf.complete
            continue
        if symbol.version is not None and not file.elf.symbol_versions and any(e.type in GLIBC_TYPES for e in exports):
            if strict and symbol.library in file.names:
                return "abort"
            return "found"
        if _glibc_accepts(symbol, file, exports):
            return "found"
        unknown |= not file.elf.complete
    if scope.offered_by_host(symbol.name):
        return "found"
    return "unknown" if unknown else "missing"


def _glibc_accepts(symbol: Undefined, file: Loaded, exports: Sequence[Export]) -> bool:
    exports = [export for export in exports if export.type in GLIBC_TYPES]
    if symbol.version is not None:
        return any(
            export.version == symbol.version or (export.version is None and not export.hidden) for export in exports
        )
    oldest = file.elf.version_definitions[:1]
    if any(export.version is None or export.version in oldest for export in exports):
        return True
    # One single visible version is taken for want of another.
    return sum(not export.hidden for export in exports) == 1


class Told(msgspec.Struct, frozen=True):
    """What other reasons say already of missing symbols: their library or their version is missing.

    ``unversioned``: a library is missing, so that any symbol without a version may be its.
    """

    libraries: Collection[str] = ()
    versions: Collection[str] = ()
    unversioned: bool = False

    def explains(self, version: str | None, library: str | None) -> bool:
        """Return whether nothing more has to be said of symbols with this version of this library."""
        if version is None:
            return self.unversioned
        return library in self.libraries or version in self.versions


NOTHING_TOLD = Told()


def _as_named(exports: Sequence[Export], version: str | None) -> bool:
    """Return whether glibc finds a symbol right in the library that its version names."""
    return any(one.version == version and one.type in GLIBC_TYPES for one in exports)


def all_as_named(tables: Tables) -> Mapping[str | None, AbstractSet[str]] | None:
    """Return all names that glibc finds so, by their version."""
    return tables.names_by(lambda export: export.version if export.type in GLIBC_TYPES else None)


def _visible(exports: Sequence[Export], _version: str | None) -> bool:
    """Return whether musl finds a symbol: the first definition that is not hidden counts (ldso/dynlink.c, find_sym)."""
    visible = next((export for export in exports if not export.hidden), None)
    return visible is not None and visible.type in MUSL_TYPES


def all_visible(tables: Tables) -> Mapping[str | None, AbstractSet[str]] | None:
    """Return all names that musl finds so."""
    names = tables.names_by(lambda export: None if export.hidden else export.type in MUSL_TYPES)
    if names is None:
        return None
    usable, others = names.get(True, NOTHING), names.get(False, NOTHING)
    # Of a name with definitions of both kinds the first one counts.
    return {None: usable - {name for name in usable & others if not _visible(tables.definitions(name), None)}}


class Bindings(msgspec.Struct, eq=False):
    """What the libraries of closures define.

    ``named`` are those that a version may name, by their names, ``each`` all those in which whatever is there is taken.
    What was asked for before and is in none of these is remembered here.
    """

    libraries: tuple[Loaded, ...]
    find: Callable[[Undefined, Loaded], Answer]
    named: Mapping[str, Build] = msgspec.field(default_factory=dict)
    each: Sequence[Build] = ()
    _found: Brought = msgspec.field(default_factory=lambda: defaultdict(set))
    _not_found: dict[SymbolKey, Answer] = msgspec.field(default_factory=dict)
    _count: int = 0

    def left_by(self, file: Loaded, told: Told = NOTHING_TOLD, brought: Brought | None = None) -> list[Unbound]:
        """Return the strong symbols that a file's relocations ask for and that these libraries do not simply define.

        They are in the order of the relocations. What another reason says already is left out, and what is known to be
        ``brought`` by the file itself or its host.
        """
        left: list[Unbound] = []
        lacking = self._not_as_named(file, told, brought or {})
        for key in sorted(lacking, key=file.elf.bound_order.__getitem__) if lacking else ():
            unbound = self._unbound(file.elf.bound[key], file)
            if unbound is not None:
                left.append(unbound)
                if len(left) >= MOST_LEFT:
                    break
        return left

    def _not_as_named(self, file: Loaded, told: Told, brought: Mapping[Need, AbstractSet[str]]) -> list[SymbolKey]:
        """Return the symbols that are not found in the library, with the version, that the file names for them."""
        found: list[SymbolKey] = []
        settled = file.elf.settled
        for library, asked in file.elf.bound_by_library.items():
            build = self.named.get(library or "")
            builds = self.each if build is None else (build,)
            among = library, *[one.known for one in builds]
            if among in settled:
                continue
            all_there = True
            for need, names in asked:
                if told.explains(*need):
                    all_there = False
                    continue
                lacking: AbstractSet[str] = names
                for one in builds:
                    lacking = one.lacking(need, lacking)
                if lacking:
                    all_there = False
                    for known in (self._found, brought):
                        lacking = lacking - known.get(need, NOTHING)
                    found += [(name, *need) for name in lacking]
            if all_there:
                if len(settled) >= MOST_REMEMBERED:
                    settled.clear()
                settled.add(among)
        return found

    def _unbound(self, symbol: Undefined, file: Loaded) -> Unbound | None:
        key = symbol[:3]
        # Where a copy relocation looks depends on who asks.
        answer = None if symbol.copy else self._not_found.get(key)
        if answer is None:
            answer = self.find(symbol, file)
            if self._count >= MOST_SYMBOLS:
                self._found.clear()
                self._not_found.clear()
                self._count = 0
            self._count += 1
            if answer == "found" and not symbol.copy:
                self._found[key[1:]].add(key[0])
            elif not symbol.copy:
                self._not_found[key] = answer
        return None if answer == "found" else (symbol, answer)

    def left_by_libraries(self, told: Told) -> list[tuple[int, list[Unbound]]]:
        """Return what the libraries leave open among themselves, for each that leaves anything, by its place."""
        left = [(place, self.left_by(file, told)) for place, file in enumerate(self.libraries) if file.elf.complete]
        return [(place, symbols) for place, symbols in left if symbols]


@lru_cache(maxsize=4)
def brought_by(file: ElfFile, offered: Callable[[str], bool], libc: str) -> Brought:
    """Return which of its symbols a file was found to define itself, or its host to bring; the loaders add to it.

    It is the same in every image, and a plugin has hundreds of them.
    """
    del file, offered, libc
    return defaultdict(set)


def glibc_bindings(libraries: Sequence[Loaded], *, strict: bool) -> Bindings:
    """Return the bindings of libraries under glibc's rules; ``strict`` as for `look_up_glibc`."""
    # By which name a library is known matters only where it has no versions (look_up_glibc).
    names = tuple(tuple(sorted(one.names)) for one in libraries if not one.elf.symbol_versions)
    return _shared_bindings(libraries, ("glibc", strict, names), lambda files: _glibc(files, strict=strict))


def musl_bindings(libraries: Sequence[Loaded], musl: Loaded, release: Release) -> Bindings:
    """Return the bindings of libraries under the rules of a release of musl."""
    since = musl_releases()
    itself = musl if release >= since.large_file_names else None
    long = release >= since.long_large_file_names
    key = "musl", itself and id(itself.elf), long
    return _shared_bindings(libraries, key, lambda files: _musl(files, itself, long=long))


def _shared_bindings(
    libraries: Sequence[Loaded], how: Hashable, make: Callable[[tuple[Loaded, ...]], Bindings]
) -> Bindings:
    key = how, tuple(id(one.elf) for one in libraries)
    bindings = _remembered.get(key)
    if bindings is None:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        # The files themselves are kept in it, so that their identities stay theirs.
        bindings = _remembered[key] = make(tuple(libraries))
    return bindings


def _glibc(files: tuple[Loaded, ...], *, strict: bool) -> Bindings:
    scope = Scope(files)
    named = {
        name: Build(file.elf, _as_named, versioned=True, every=all_as_named)
        for file in reversed(files)
        if file.elf.symbol_versions
        for name in file.names
    }

    def find(symbol: Undefined, asker: Loaded) -> Answer:
        return "found" if symbol.weak else look_up_glibc(symbol, scope, asker, strict=strict)

    return Bindings(files, find, named)


def _musl(files: tuple[Loaded, ...], itself: Loaded | None, *, long: bool) -> Bindings:
    scope = Scope(files)

    def find(symbol: Undefined, asker: Loaded) -> Answer:
        answer = look_up_musl(symbol.name, scope, asker, copy=symbol.copy)
        if answer != "found" and itself is not None and is_large_file_name(symbol.name, long=long):
            name = "readdir_r" if symbol.name == "readdir64_r" else symbol.name[:-2]
            return look_up_musl(name, Scope([itself]), asker, copy=False)
        return answer

    each = [Build(file.elf, _visible, versioned=False, every=all_visible) for file in files]
    return Bindings((*files, itself) if itself else files, find, each=each)


def look_up_musl(name: str, scope: Scope, asker: Loaded, *, copy: bool) -> Answer:
    """Look a symbol up as musl does: hidden versions are passed over, all others are one (ldso/dynlink.c, find_sym)."""
    unknown = False
    for file in scope.others(asker) if copy else scope.files:
        exports = file.elf.definitions(name)
        if _visible(exports, None):
            return "found"
        unknown |= not file.elf.complete and all(export.hidden for export in exports)
    if scope.offered_by_host(name):
        return "found"
    return "unknown" if unknown else "missing"
