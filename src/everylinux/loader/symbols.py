"""Whether a symbol is found in a scope, by glibc's rules and by musl's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from everylinux.elf.numbers import STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE, STT_OBJECT, STT_TLS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.elf.file import ElfFile, Export, Undefined
    from everylinux.loader.closure import Loaded

Answer = Literal["found", "missing", "unknown", "abort"]

MOST_REMEMBERED = 4096
_Key = tuple[int, bool, tuple[int, ...], tuple[tuple[str, ...], ...]]
_remembered: dict[_Key, tuple[tuple[ElfFile, ...], tuple[Undefined, ...]]] = {}

GLIBC_TYPES = frozenset({STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_COMMON, STT_TLS, STT_GNU_IFUNC})
MUSL_TYPES = GLIBC_TYPES - {STT_GNU_IFUNC}


def _never(_name: str) -> bool:
    return False


@dataclass
class Scope:
    """The files in which symbols are looked up, in order, and what the host program offers besides."""

    files: Sequence[Loaded]
    offered_by_host: Callable[[str], bool] = field(default=_never)

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


def not_in_libraries(file: Loaded, libraries: Sequence[Loaded], *, strict: bool) -> tuple[Undefined, ...]:
    """Return the strong symbols of a file that relocations ask for and that these libraries do not simply define.

    The same libraries come again and again: for every program of an image, and in all images with the same packages.
    What they leave open is remembered by the identity of what was parsed once.
    """
    # By which name a library is known matters only where it has no versions (look_up_glibc).
    names = tuple(tuple(sorted(one.names)) for one in libraries if not one.elf.symbol_versions)
    key = (id(file.elf), strict, tuple(id(one.elf) for one in libraries), names)
    remembered = _remembered.get(key)
    if remembered is None:
        scope = Scope(libraries)
        left = tuple(
            symbol
            for symbol in file.elf.undefined
            if not symbol.weak
            and symbol.moment != "never"
            and look_up_glibc(symbol, scope, file, strict=strict) != "found"
        )
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        # The files themselves are kept too, so that their identities stay theirs.
        remembered = _remembered[key] = ((file.elf, *(one.elf for one in libraries)), left)
    return remembered[1]


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
