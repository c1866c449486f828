"""Reading libraries back from the catalogue: as `ElfFile`, with symbol tables that are put together when asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar, overload

import msgspec

from everylinux.decoding import decoded
from everylinux.elf.file import (
    ElfFacts,
    ElfFile,
    Export,
    Group,
    Need,
    Undefined,
    bound_names,
    first_symbols,
    strong_names,
)
from everylinux.images.stored import LibraryBuild, LibraryFile, damaged, file_name

if TYPE_CHECKING:
    from pathlib import Path

Default = TypeVar("Default")
Index = dict[str, list[tuple[frozenset[int], Export]]]


class Library:
    """One library in all its builds.

    Raises `ValueError` and `msgspec.MsgspecError` for content that is no such file.
    """

    def __init__(self, content: bytes) -> None:
        self._file = decoded(content, LibraryFile)
        self._positions = {build.id: position for position, build in enumerate(self._file.builds)}
        self._sets = [frozenset(members) for members in self._file.sets]
        named = {row.builds for row in self._file.exports} | {row.builds for row in self._file.undefined}
        if not named <= set(range(len(self._sets))):
            raise ValueError("it names a set of builds that it does not have")
        self._names: dict[tuple[int, ...], frozenset[str]] = {}
        self._indexes: dict[tuple[int, int, str], Index] = {}
        self._files: dict[str, ElfFile] = {}

    @property
    def builds(self) -> tuple[LibraryBuild, ...]:
        """Every build, as written."""
        return self._file.builds

    def elf(self, build: str) -> ElfFile:
        """Return what a loader reads in one build; raises `KeyError` for an unknown one."""
        if build not in self._files:
            position = self._positions[build]
            stored = self._file.builds[position]
            fields = {name: getattr(stored, name) for name in ElfFacts.__struct_fields__}
            self._files[build] = ElfFile(
                **fields, tables=BuildTables(self, position), read_loader_facts=lambda: stored.loader
            )
        return self._files[build]

    def exports(self, position: int) -> Mapping[str, tuple[Export, ...]]:
        """Return what the build at a position defines."""
        architecture = self._file.builds[position].identity.architecture
        if architecture not in self._indexes:
            self._indexes[architecture] = self._make_index(architecture)
        return ExportView(self._indexes[architecture], position)

    def undefined(self, position: int) -> tuple[Undefined, ...]:
        """Return what the build at a position expects from elsewhere, by name."""
        found = []
        for row in self._file.undefined:
            if position in self._sets[row.builds]:
                data, plt = (0 if row.data else None), (0 if row.plt else None)
                found += [
                    Undefined(name, row.version, row.library, row.weak, data, plt, row.copy) for name in row.names
                ]
        return tuple(sorted(found, key=lambda symbol: (symbol.name, symbol.version or "")))

    def names_by(self, position: int, kind: Callable[[Export], Group | None]) -> dict[Group, frozenset[str]]:
        """Return the names that the build at a position defines by a kind of definitions; ``None`` for no names.

        Builds share most definitions, so that the same set mostly stands for many of them.
        """
        numbers: dict[Group, list[int]] = {}
        for number, row in enumerate(self._file.exports):
            if position in self._sets[row.builds]:
                found = kind(Export(row.version, row.hidden, row.type))
                if found is not None:
                    numbers.setdefault(found, []).append(number)
        return {found: self._together(tuple(rows)) for found, rows in numbers.items()}

    def _together(self, rows: tuple[int, ...]) -> frozenset[str]:
        if rows not in self._names:
            self._names[rows] = frozenset().union(*(self._file.exports[number].names for number in rows))
        return self._names[rows]

    def _make_index(self, architecture: tuple[int, int, str]) -> Index:
        """Return the definitions of all builds for one CPU: images of one libc share most of them."""
        wanted = {at for at, build in enumerate(self._file.builds) if build.identity.architecture == architecture}
        index: Index = {}
        for row in self._file.exports:
            builds = self._sets[row.builds]
            if wanted.isdisjoint(builds):
                continue
            definition = (builds, Export(row.version, row.hidden, row.type))
            for name in row.names:
                index.setdefault(name, []).append(definition)
        return index


class ExportView(Mapping[str, tuple[Export, ...]]):
    """What one build defines, looked up in the index of all builds for its CPU."""

    def __init__(self, index: Index, position: int) -> None:
        self._index = index
        self._position = position

    def __getitem__(self, name: str) -> tuple[Export, ...]:
        """Return every definition of a name; raises `KeyError` when there is none."""
        found = self.get(name)
        if not found:
            raise KeyError(name)
        return found

    @overload
    def get(self, key: str, /) -> tuple[Export, ...] | None: ...
    @overload
    def get(self, key: str, /, default: tuple[Export, ...] | Default) -> tuple[Export, ...] | Default: ...
    def get(self, key: str, /, default: object = None) -> object:
        """Return every definition of a name, or the default: what loaders ask most, so without an exception."""
        position = self._position
        found = tuple([export for builds, export in self._index.get(key, ()) if position in builds])
        return found or default

    def __iter__(self) -> Iterator[str]:
        """Return the names that this build defines."""
        return (name for name in self._index if name in self)

    def __len__(self) -> int:
        """Return how many names this build defines."""
        return sum(1 for _ in self)


class BuildTables:
    """The tables of one build, put together when first asked for."""

    def __init__(self, library: Library, position: int) -> None:
        self._library = library
        self._position = position

    @cached_property
    def undefined(self) -> tuple[Undefined, ...]:
        """What it expects from elsewhere."""
        return self._library.undefined(self._position)

    @cached_property
    def exports(self) -> Mapping[str, tuple[Export, ...]]:
        """What it offers."""
        return self._library.exports(self._position)

    @cached_property
    def relocation_types(self) -> frozenset[int]:
        """The numbers of all its relocation types."""
        return frozenset(self._library.builds[self._position].relocation_types)

    @property
    def plt_types(self) -> frozenset[int]:
        """Nothing: the libraries of an image are right for its own libc."""
        return frozenset()

    @property
    def fixed_tls(self) -> tuple[tuple[int, str | None], ...]:
        """Any of its relocation types, as if for variables of its own: whose they are is not stored."""
        return tuple((kind, None) for kind in sorted(self.relocation_types))

    @property
    def own_special(self) -> tuple[str, ...]:
        """Nothing: the libraries of an image are built for its own libc."""
        return ()

    def bound_names(self) -> Mapping[Need, Sequence[str]]:
        """Return the names that relocations ask for and that must be found."""
        return bound_names(self.undefined)

    def strong_names(self) -> frozenset[str]:
        """Return the names of all symbols that must be found."""
        return strong_names(self.undefined)

    def first_symbols(self, versions: Collection[str]) -> dict[str, str]:
        """Return for each version that is needed the first name that needs it."""
        return first_symbols(self.undefined, versions)

    def definitions(self, name: str) -> tuple[Export, ...]:
        """Return every definition of one name."""
        return self.exports.get(name, ())

    def names_by(self, kind: Callable[[Export], Group | None]) -> dict[Group, frozenset[str]]:
        """Return the names that it defines by a kind of definitions."""
        return self._library.names_by(self._position, kind)


@cache
def open_library(folder: Path, name: str) -> Library:
    """Return a library of a catalogue folder; it is read once. Raises `InputOutputError` when it cannot be read."""
    path = folder / "libraries" / file_name(name)
    try:
        return Library(path.read_bytes())
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise damaged(path, error) from error
