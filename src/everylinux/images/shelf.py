"""Writing a catalogue folder: images that were measured or described, put together so that each fact is there once."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from everylinux.cache import write_atomically
from everylinux.images.stored import (
    Catalogue,
    EntryFile,
    ExportRow,
    LibraryFile,
    LibraryRow,
    PathRow,
    UndefinedRow,
    file_name,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from everylinux.images.measure import Measured, MeasuredLibrary, PathKind
    from everylinux.images.stored import Listing

Member = TypeVar("Member", int, str)
# Listed first: it needs no explanation.
EMPTY = "scratch"
Alike = TypeVar("Alike")
ONE_A_LINE = frozenset(
    {
        "builds",
        "sets",
        "exports",
        "undefined",
        "libraries",
        "images",
        "links",
        "programs",
        "scripts",
        "files",
        "folders",
    }
)


class Shelf:
    """Collects images, then writes them as one folder."""

    def __init__(self) -> None:
        self._listings: list[Listing] = []
        self._entries: list[EntryFile] = []
        self._libraries: dict[str, dict[str, MeasuredLibrary]] = {}

    def add_library(self, library: MeasuredLibrary) -> None:
        """Keep one build of a library; the same build again changes nothing.

        Raises `ValueError` when two different builds have one name.
        """
        kept = self._libraries.setdefault(library.name, {}).setdefault(library.build.id, library)
        if kept.build != library.build:
            raise ValueError(f"two builds of {library.name} have the name {library.build.id}")

    def add_image(
        self,
        listing: Listing,
        platforms: Mapping[str, Measured],
        *,
        complete: bool = True,
        lists_libraries: bool = False,
    ) -> None:
        """Keep an image with what it holds on each platform."""
        self._listings.append(listing)
        sets = _Sets[str]()
        libraries: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        for platform, measured in sorted(platforms.items()):
            for path, library in measured.libraries.items():
                self.add_library(library)
                libraries[path, library.name][platform] = library.build.id
        entry = EntryFile(
            name=listing.name,
            complete=complete,
            lists_libraries=lists_libraries,
            platforms={name: measured.platform for name, measured in sorted(platforms.items())},
            libraries=tuple(LibraryRow(path, name, builds) for (path, name), builds in sorted(libraries.items())),
            links=_path_rows(platforms, "links", sets),
            programs=_path_rows(platforms, "programs", sets),
            scripts=_path_rows(platforms, "scripts", sets),
            files=_path_rows(platforms, "files", sets),
            folders=_path_rows(platforms, "folders", sets),
            listed=_path_rows(platforms, "listed", sets),
            sets=sets.written(),
        )
        self._entries.append(entry)

    def write(self, folder: Path, date: str, before: Catalogue | None = None) -> None:
        """Write the catalogue into an existing folder; what is as it was ``before`` keeps its date."""
        known = {(one.name, one.digest): one.date for one in before.images} if before else {}
        listings = []
        for listing, entry in zip(self._listings, self._entries, strict=True):
            digest = hashlib.sha256(_json(entry)).hexdigest()
            same_date = known.get((listing.name, digest), listing.date)
            listings.append(msgspec.structs.replace(listing, digest=digest, date=same_date))
        listings.sort(key=lambda listing: (listing.family != EMPTY, listing.family, _natural(listing.name)))
        if before and {(one.name, one.digest) for one in listings} == known.keys():
            date = before.date
        for name in ("entries", "libraries"):
            (folder / name).mkdir(exist_ok=True)
        for entry in self._entries:
            write_atomically(folder / "entries" / file_name(entry.name), _json(entry))
        for name, builds in sorted(self._libraries.items()):
            write_atomically(folder / "libraries" / file_name(name), _json(_library_file(name, tuple(builds.values()))))
        write_atomically(folder / "catalogue.json", _json(Catalogue(date=date, images=tuple(listings))))


class _Sets(Generic[Member]):
    """Numbers the sets that rows refer to."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Member, ...], int] = {}

    def number(self, members: tuple[Member, ...]) -> int:
        return self._numbers.setdefault(members, len(self._numbers))

    def written(self) -> tuple[tuple[Member, ...], ...]:
        return tuple(self._numbers)


def _natural(name: str) -> list[str | int]:
    """Return a key by which 10 comes after 9: numbers and the text between them take turns."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", name)]


def _path_rows(platforms: Mapping[str, Measured], kind: PathKind, sets: _Sets[str]) -> tuple[PathRow, ...]:
    """Return the paths of one kind; the same path with another text on another platform is in another row."""
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for platform, measured in sorted(platforms.items()):
        for path, text in measured.paths.get(kind, {}).items():
            holders[path, text].append(platform)
    rows: dict[int, dict[str, str]] = defaultdict(dict)
    for (path, text), members in sorted(holders.items()):
        rows[sets.number(tuple(members))][path] = text
    return tuple(PathRow(number, paths) for number, paths in sorted(rows.items()))


def _library_file(name: str, builds: Sequence[MeasuredLibrary]) -> LibraryFile:
    """Return all builds of a library with their symbols, grouped by the builds that share them."""
    sets = _Sets[int]()
    exports: dict[tuple[str | None, bool, int], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    undefined: dict[tuple[str | None, str | None, bool, bool, bool, bool], dict[str, list[int]]]
    undefined = defaultdict(lambda: defaultdict(list))
    for position, library in enumerate(builds):
        for symbol, export in library.exports:
            exports[export][symbol].append(position)
        for need in library.undefined:
            asked = (need.version, need.library, need.weak, need.data is not None, need.plt is not None, need.copy)
            undefined[asked][need.name].append(position)
    return LibraryFile(
        name=name,
        builds=tuple(library.build for library in builds),
        exports=tuple(ExportRow(number, *alike, names) for alike, number, names in _rows(exports, sets)),
        undefined=tuple(UndefinedRow(number, *alike, names) for alike, number, names in _rows(undefined, sets)),
        sets=sets.written(),
    )


def _rows(
    holders: Mapping[Alike, Mapping[str, list[int]]], sets: _Sets[int]
) -> list[tuple[Alike, int, tuple[str, ...]]]:
    rows: dict[tuple[Alike, int], list[str]] = defaultdict(list)
    for alike, symbols in sorted(holders.items(), key=lambda pair: repr(pair[0])):
        for symbol, members in sorted(symbols.items()):
            # A name may be defined twice alike in one file; once is enough to find it.
            rows[alike, sets.number(tuple(sorted(set(members))))].append(symbol)
    return [(alike, number, tuple(names)) for (alike, number), names in rows.items()]


def _json(record: msgspec.Struct) -> bytes:
    """Return a record as JSON with one build, set, row or image a line: small, and differences are readable."""
    lines = []
    for name, value in msgspec.to_builtins(record).items():
        if name in ONE_A_LINE and value:
            inner = ",\n".join(f" {msgspec.json.encode(item).decode()}" for item in value)
            lines.append(f'"{name}": [\n{inner}\n]')
        else:
            lines.append(f'"{name}": {msgspec.json.encode(value).decode()}')
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()
