"""How the catalogue is written: a description of each image, and one file a library for all images together.

A folder of the catalogue holds ``catalogue.json`` (the list), ``entries/NAME.json`` (paths of one image, all its
platforms) and ``libraries/SONAME.json`` (what a loader reads in each build of that library). What several platforms or
builds have in common is written once, beside the number of the set of those that have it.
"""

# Without `from __future__ import annotations`: msgspec would have to evaluate each of them again at every start.
import hashlib
import urllib.parse
from pathlib import Path

import msgspec

from everylinux.elf.file import ElfFacts, Identity, LoaderFacts
from everylinux.errors import InputOutputError
from everylinux.images.interface import Provenance

# Stands for the multiarch name (x86_64-linux-gnu) in paths, so that platforms share them.
TUPLE = "{tuple}"
LONGEST_FILE_NAME = 200


class Stored(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Base of what is written as an object."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """Base of what is written as a list, one a line."""


class LibraryBuild(ElfFacts, frozen=True, kw_only=True, omit_defaults=True):
    """What a loader reads in one build of a library, but for its symbols.

    ``id`` names the build: the first 16 hexadecimal digits of the file's SHA-256, or, for what documents tell, its
    release and CPU (``glibc-2.35-x86_64``).
    """

    id: str
    loader: LoaderFacts | None = None
    relocation_types: tuple[int, ...] = ()


class ExportRow(Row, frozen=True, array_like=True):
    """Names that the same builds define alike; ``builds`` is a number of ``LibraryFile.sets``."""

    builds: int
    version: str | None
    hidden: bool
    type: int
    names: tuple[str, ...]


class UndefinedRow(Row, frozen=True, array_like=True):
    """Names that the same builds expect alike; ``data`` and ``plt`` say which kinds of relocations ask for them."""

    builds: int
    version: str | None
    library: str | None
    weak: bool
    data: bool
    plt: bool
    copy: bool
    names: tuple[str, ...]


class LibraryFile(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """All builds of one library. A set is a sorted list of positions in ``builds``."""

    name: str
    builds: tuple[LibraryBuild, ...]
    sets: tuple[tuple[int, ...], ...]
    exports: tuple[ExportRow, ...]
    undefined: tuple[UndefinedRow, ...]


class Platform(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """One platform of an image: its multiarch name, its programs' ELF header, where it was measured.

    ``digest`` is the SHA-256 over the paths and contents that were read, ``packages`` maps a package to its version.
    """

    tuple: str = ""
    identity: Identity | None = None
    digest: str = ""
    packages: dict[str, str] = {}


class PathRow(Row, frozen=True, array_like=True):
    """Paths that the same platforms have; the text is a link's target, a script's first line, or a file's head."""

    platforms: int
    paths: dict[str, str]


class LibraryRow(Row, frozen=True, array_like=True):
    """Where a library lies: its path, its file in ``libraries``, and the build on each platform."""

    path: str
    library: str
    builds: dict[str, str]


class EntryFile(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """What one image holds on each platform. A set is a sorted list of platforms.

    ``programs`` are the ELF executables (the image's own: known to start there, their needs are not kept; the text of
    an ``env`` says whether it splits a script's first line, as `environment` has it),
    ``scripts`` executable files with their first line, ``files`` what lies among the libraries and is none.
    ``complete`` is ``False`` when other paths may be there too; ``listed`` are paths at and below which none is;
    ``lists_libraries``: all libraries are listed, whatever else is there.
    """

    name: str
    platforms: dict[str, Platform]
    complete: bool = True
    lists_libraries: bool = False
    sets: tuple[tuple[str, ...], ...] = ()
    libraries: tuple[LibraryRow, ...] = ()
    links: tuple[PathRow, ...] = ()
    programs: tuple[PathRow, ...] = ()
    scripts: tuple[PathRow, ...] = ()
    files: tuple[PathRow, ...] = ()
    folders: tuple[PathRow, ...] = ()
    listed: tuple[PathRow, ...] = ()

    def is_sound(self, platforms: tuple[str, ...]) -> bool:
        """Return whether it has these platforms, and every set that its rows name."""
        rows = (*self.links, *self.programs, *self.scripts, *self.files, *self.folders, *self.listed)
        sound = all(0 <= row.platforms < len(self.sets) for row in rows)
        return sound and all(platform in self.platforms for platform in platforms)


class Listing(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """One image in ``catalogue.json``.

    ``date`` is the day on which it was measured or read up, ``digest`` the SHA-256 of its file in ``entries``;
    ``releases`` maps what decides most (``glibc``, ``GLIBCXX``) to its release. No ``platforms``: it fits every one.
    """

    name: str
    family: str
    platforms: tuple[str, ...]
    libc: str
    provenance: Provenance
    date: str
    source: str
    aliases: tuple[str, ...] = ()
    releases: dict[str, str] = {}
    note: str = ""
    digest: str = ""


class Catalogue(Stored, frozen=True, kw_only=True, omit_defaults=True):
    """The whole of ``catalogue.json``, in the order in which images are listed."""

    date: str
    images: tuple[Listing, ...]


def file_name(name: str) -> str:
    """Return the name of the JSON file for an image or a library, whatever characters its name has."""
    quoted = urllib.parse.quote(name, safe="+").replace("%3A", "@").replace("%2F", ",").replace("%", "=")
    if len(quoted) > LONGEST_FILE_NAME:
        quoted = hashlib.sha256(quoted.encode()).hexdigest()
    return f"{quoted}.json"


def damaged(path: Path, problem: object) -> InputOutputError:
    """Return the error for a file of a catalogue that cannot be used."""
    return InputOutputError(
        f"{path} cannot be read: {problem}",
        meaning="an image of your own catalogue is damaged, or was added by another version",
        hint="remove its folder from the catalogue and add the image again: `everylinux image add`",
    )
