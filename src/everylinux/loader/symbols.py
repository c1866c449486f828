"""Whether a symbol is found in a scope, by glibc's rules and by musl's."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from everylinux.elf.numbers import STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT, STT_TLS
from everylinux.loader.musl_search import is_large_file_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    from everylinux.elf.file import Export, Undefined
    from everylinux.loader.closure import Loaded

Answer = Literal["found", "missing", "unknown", "abort"]

MOST_REMEMBERED = 512
MOST_SYMBOLS = 65_536
_Symbol = tuple[str, str | None, str | None]
Unbound = tuple["Undefined", Answer]
_remembered: dict[Hashable, Bindings] = {}

GLIBC_TYPES = frozenset({STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_COMMON, STT_TLS, STT_GNU_IFUNC})
MUSL_TYPES = GLIBC_TYPES - {STT_GNU_IFUNC}


def offers_nothing(_name: str) -> bool:
    """Stand for a process without a host program."""
    return False


@dataclass
class Scope:
    """The files in which symbols are looked up, in order, and what the host program offers besides."""

    files: Sequence[Loaded]
    offered_by_host: Callable[[str], bool] = field(default=offers_nothing)

    def others(self, file: Loaded) -> Sequence[Loaded]:
        """Return the files without one of them: where a copy relocation looks."""
        return [one for one in self.files if one is not file]


def look_up_glibc(symbol: Undefined, scope: Scope, asker: Loaded, *, strict: bool) -> Answer:
    """Look a symbol up as glibc does (elf/dl-lookup.c).

    ``strict``: a release before 2.41, which aborts when a version is asked of the very library that has no versions.
    """
    unknown = False
    for file in scope.others(asker) if symbol.copy else scope.files:
        exports = file.elf.exports.get(symbol.name)
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


@dataclass(frozen=True)
class Told:
    """What other reasons say already of missing symbols: their library or their version is missing.

    ``unversioned``: a library is missing, so that any symbol without a version may be its.
    """

    libraries: Collection[str] = ()
    versions: Collection[str] = ()
    unversioned: bool = False

    def explains(self, symbol: Undefined) -> bool:
        """Return whether nothing more has to be said of a symbol."""
        if symbol.version is None:
            return self.unversioned
        return symbol.library in self.libraries or symbol.version in self.versions


NOTHING_TOLD = Told()


@dataclass(eq=False)
class Bindings:
    """What the libraries of closures define, remembered by what was asked for before.

    The same libraries come again and again: for every program of an image, and in all images with the same packages;
    and most programs ask them for the same symbols.
    """

    libraries: tuple[Loaded, ...]
    find: Callable[[Undefined, Loaded], Answer]
    _answers: dict[_Symbol, Answer] = field(default_factory=dict)

    def left_by(self, file: Loaded, told: Told = NOTHING_TOLD) -> list[Unbound]:
        """Return the strong symbols that a file's relocations ask for and that these libraries do not simply define.

        What another reason says already is left out.
        """
        answers = self._answers
        left: list[Unbound] = []
        for key, symbol in file.elf.bound.items():
            answer = answers.get(key)
            if answer == "found" or told.explains(symbol):
                continue
            # Where a copy relocation looks depends on who asks.
            if answer is None or symbol.copy:
                answer = self.find(symbol, file)
                if len(answers) >= MOST_SYMBOLS:
                    answers.clear()
                if not symbol.copy:
                    answers[key] = answer
            if answer != "found":
                left.append((symbol, answer))
        return left

    @cached_property
    def left_by_libraries(self) -> list[tuple[Loaded, list[Unbound]]]:
        """What the libraries leave open among themselves, for each that leaves anything."""
        left = [(file, self.left_by(file)) for file in self.libraries if file.elf.complete]
        return [(file, symbols) for file, symbols in left if symbols]


def glibc_bindings(libraries: Sequence[Loaded], *, strict: bool) -> Bindings:
    """Return the bindings of libraries under glibc's rules; ``strict`` as for `look_up_glibc`."""
    # By which name a library is known matters only where it has no versions (look_up_glibc).
    names = tuple(tuple(sorted(one.names)) for one in libraries if not one.elf.symbol_versions)
    return _shared_bindings(libraries, ("glibc", strict, names), lambda files: _find_glibc(files, strict=strict))


def musl_bindings(libraries: Sequence[Loaded], musl: Loaded, *, large_file_names: bool) -> Bindings:
    """Return the bindings of libraries under musl's rules; ``large_file_names``: its loader knows ``open64``."""
    itself = musl if large_file_names else None
    return _shared_bindings(libraries, ("musl", itself and id(itself.elf)), lambda files: _find_musl(files, itself))


def _shared_bindings(
    libraries: Sequence[Loaded],
    how: Hashable,
    make: Callable[[tuple[Loaded, ...]], Callable[[Undefined, Loaded], Answer]],
) -> Bindings:
    key = how, tuple(id(one.elf) for one in libraries)
    bindings = _remembered.get(key)
    if bindings is None:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        files = tuple(libraries)
        # The files themselves are kept in it, so that their identities stay theirs.
        bindings = _remembered[key] = Bindings(files, make(files))
    return bindings


def _find_glibc(files: tuple[Loaded, ...], *, strict: bool) -> Callable[[Undefined, Loaded], Answer]:
    scope = Scope(files)
    versioned = {name: file.elf for file in reversed(files) if file.elf.symbol_versions for name in file.names}

    def find(symbol: Undefined, asker: Loaded) -> Answer:
        if symbol.weak:
            return "found"
        # The library that the version names has it nearly always; which one it is bound to makes no difference here.
        named = versioned.get(symbol.library or "")
        if named is not None and not symbol.copy:
            for export in named.exports.get(symbol.name, ()):
                if export.version == symbol.version and export.type in GLIBC_TYPES:
                    return "found"
        return look_up_glibc(symbol, scope, asker, strict=strict)

    return find


def _find_musl(files: tuple[Loaded, ...], itself: Loaded | None) -> Callable[[Undefined, Loaded], Answer]:
    scope = Scope(files)

    def find(symbol: Undefined, asker: Loaded) -> Answer:
        answer = look_up_musl(symbol.name, scope, asker, copy=symbol.copy)
        if answer != "found" and itself is not None and is_large_file_name(symbol.name):
            name = "readdir_r" if symbol.name == "readdir64_r" else symbol.name[:-2]
            return look_up_musl(name, Scope([itself]), asker, copy=False)
        return answer

    return find


def look_up_musl(name: str, scope: Scope, asker: Loaded, *, copy: bool) -> Answer:
    """Look a symbol up as musl does: hidden versions are passed over, all others are one (ldso/dynlink.c, find_sym)."""
    unknown = False
    for file in scope.others(asker) if copy else scope.files:
        visible = next((export for export in file.elf.exports.get(name, ()) if not export.hidden), None)
        if visible is not None and visible.type in MUSL_TYPES:
            return "found"
        unknown |= visible is None and not file.elf.complete
    if scope.offered_by_host(name):
        return "found"
    return "unknown" if unknown else "missing"
