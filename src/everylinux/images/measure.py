"""Measuring a real file system for the catalogue: which paths decide whether a file starts there, and what they hold.

Read are the folders of libraries and of commands with everything below them, and Debian's alternatives. Files that
cannot be read as ELF are kept by their first bytes: a loader may stumble over them. Of what programs open while they
run (``data/images/watched.json``) is kept whether it is there.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux import elf
from everylinux.decoding import read_facts
from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.file import ElfFacts
from everylinux.images.directory import DirectoryTree
from everylinux.images.environment import WITHOUT_SPLIT, splits
from everylinux.images.stored import TUPLE, LibraryBuild, Platform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from everylinux.elf.file import ElfFile, Export, Identity, Undefined

LIBRARY_FOLDERS = (
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "usr/lib",
    "usr/lib32",
    "usr/lib64",
    "usr/libx32",
    "usr/local/lib",
)
COMMAND_FOLDERS = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "etc/alternatives")
# Folders whose presence programs rely on, not what is in them.
OTHER_FOLDERS = ("dev", "etc", "home", "proc", "root", "run", "sys", "tmp", "usr", "var")
MAXIMUM_DEPTH = 16
MAXIMUM_FILES = 500_000
# The kernel reads no more of a script's first line (include/uapi/linux/binfmts.h, BINPRM_BUF_SIZE).
HEAD_BYTES = 256
LONGEST_PATH_FILE = 4096
MOST_NAMES = 1000
ID_DIGITS = 16
_MULTIARCH = re.compile(r"/(?:usr/)?lib/([a-z0-9_]+-linux-[a-z0-9]+)(?=/|$)")

PathKind = Literal["folders", "links", "programs", "scripts", "files", "listed"]


class Watched(msgspec.Struct, frozen=True):
    """The whole of ``watched.json``: paths that programs open.

    ``whole`` are folders whose names decide, ``texts`` the files whose content does.
    """

    date: str
    sources: dict[str, str]
    paths: tuple[str, ...]
    whole: tuple[str, ...]
    texts: tuple[str, ...]


@functools.cache
def watched() -> Watched:
    """Return the paths that are watched."""
    return read_facts("images/watched.json", Watched)


@dataclass(frozen=True)
class MeasuredLibrary:
    """One library file: under which name it is kept, what a loader reads in it, and its symbols."""

    name: str
    build: LibraryBuild
    exports: tuple[tuple[str, Export], ...]
    undefined: tuple[Undefined, ...]


@dataclass(frozen=True)
class Measured:
    """One platform of an image. ``paths`` maps each kind to paths and their text, ``libraries`` a path to its file."""

    platform: Platform
    paths: Mapping[PathKind, Mapping[str, str]] = field(default_factory=dict)
    libraries: Mapping[str, MeasuredLibrary] = field(default_factory=dict)


def measure(directory: Path, packages: dict[str, str] | None = None) -> list[Measured]:
    """Return what a root file system holds for each CPU of its libraries, the CPU with the most of them first.

    Without any library the CPUs of its programs are taken; without those there is one platform that fits every CPU.
    Raises `OSError` when a folder cannot be read.
    """
    collected = _Collector(directory)
    for name in (*LIBRARY_FOLDERS, *COMMAND_FOLDERS):
        collected.add_tree(name, libraries=name in LIBRARY_FOLDERS)
    for name in OTHER_FOLDERS:
        collected.add_folder(name)
    collected.add_search_paths()
    collected.add_watched()
    return [collected.platform(identity, packages or {}) for identity in collected.identities()]


class _Collector:
    """Walks a root without following links, and sorts what it finds."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._tree = DirectoryTree(directory)
        self._seen = 0
        self._folders: dict[str, str] = {}
        self._links: dict[str, str] = {}
        self._scripts: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._listed: dict[str, str] = {}
        self._programs: dict[str, Identity] = {}
        self._without_split: set[str] = set()
        self._libraries: dict[str, MeasuredLibrary] = {}

    def add_folder(self, name: str) -> None:
        path = self._directory / name
        if path.is_symlink():
            self._links[f"/{name}"] = _printable(str(path.readlink()))
        elif path.is_dir():
            self._folders[f"/{name}"] = ""

    def add_tree(self, name: str, *, libraries: bool) -> None:
        self.add_folder(name)
        # A link on the way (lib -> usr/lib) leads to a folder that is added under its own name.
        parents = [f"/{parent}" for parent in Path(name).parents if str(parent) != "."]
        if f"/{name}" in self._folders and not any(parent in self._links for parent in parents):
            for path in self._walk(self._directory / name, 0):
                self._add(path, libraries=libraries)

    def add_search_paths(self) -> None:
        """Add the files in which musl's loader reads where to look."""
        for path in sorted(self._directory.glob("etc/ld-musl-*.path")):
            if path.is_file() and not path.is_symlink():
                with path.open("rb") as file:
                    self._files[f"/etc/{_printable(path.name)}"] = file.read(LONGEST_PATH_FILE).decode("latin-1")

    def add_watched(self) -> None:
        """Add what programs open; what is not there, and the folders whose every name is kept, are listed as such."""
        for path in watched().paths:
            entry = self._tree.find(path)
            if entry is None and not any(path.startswith(f"{folder}/") for folder in self._listed):
                self._listed[path] = ""
            elif entry is not None and entry.directory:
                self._folders.setdefault(path, "")
            elif entry is not None:
                text = entry.head(LONGEST_PATH_FILE) if path in watched().texts else b""
                self._files.setdefault(path, text.decode("latin-1"))
        for path in watched().whole:
            self._listed[path] = ""
            for name in self._tree.names(path)[:MOST_NAMES]:
                entry = self._tree.find(f"{path}/{name}")
                if entry is not None:
                    into = self._folders if entry.directory else self._files
                    into.setdefault(f"{path}/{_printable(name)}", "")

    def identities(self) -> list[Identity | None]:
        """Return one ELF header for each CPU, the most common of those that differ only in their flags."""
        counted = Counter(library.build.identity for library in self._libraries.values())
        counted = counted or Counter(self._programs.values())
        common: dict[tuple[int, int, str], Identity] = {}
        for identity, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])):
            common.setdefault(identity.architecture, identity)
        return list(common.values()) or [None]

    def platform(self, identity: Identity | None, packages: dict[str, str]) -> Measured:
        """Return the image as one CPU sees it: programs of another CPU are files that it cannot execute."""
        own = {
            at for at, program in self._programs.items() if identity and program.architecture == identity.architecture
        }
        foreign = {at: "\x7fELF" for at in self._programs if at not in own}
        multiarch = self._multiarch(identity)

        def shared(paths: Mapping[str, str]) -> dict[str, str]:
            if not multiarch:
                return dict(paths)
            return {path.replace(multiarch, TUPLE): text.replace(multiarch, TUPLE) for path, text in paths.items()}

        paths: dict[PathKind, dict[str, str]] = {
            "files": shared({**self._files, **foreign}),
            "folders": shared(self._folders),
            "links": shared(self._links),
            "listed": shared(self._listed),
            "programs": shared({at: WITHOUT_SPLIT if at in self._without_split else "" for at in own}),
            "scripts": shared(self._scripts),
        }
        names = shared({path: path for path in self._libraries})
        libraries = dict(zip(names, self._libraries.values(), strict=True))
        platform = Platform(
            tuple=multiarch,
            identity=identity,
            digest=_digest(paths, libraries),
            packages=dict(sorted(packages.items())),
        )
        return Measured(platform, paths, libraries)

    def _walk(self, folder: Path, depth: int) -> Iterator[Path]:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            self._seen += 1
            if self._seen > MAXIMUM_FILES:
                return
            yield Path(entry.path)
            if entry.is_dir(follow_symlinks=False) and depth < MAXIMUM_DEPTH:
                yield from self._walk(Path(entry.path), depth + 1)

    def _add(self, path: Path, *, libraries: bool) -> None:
        inside = _printable(f"/{path.relative_to(self._directory).as_posix()}")
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            target = self._tree.find(inside)
            if not libraries or ".so" in path.name or (target and target.directory):
                self._links[inside] = _printable(str(path.readlink()))
        elif stat.S_ISREG(status.st_mode):
            executable = bool(status.st_mode & 0o111)
            if executable or (libraries and ".so" in path.name):
                self._add_file(path, inside, libraries=libraries, executable=executable)

    def _add_file(self, path: Path, inside: str, *, libraries: bool, executable: bool) -> None:
        try:
            found = elf.read(path)
        except (NotElfError, CorruptElfError):
            with path.open("rb") as file:
                head = file.read(HEAD_BYTES)
            line, newline, _ = head.partition(b"\n")
            script = executable and head.startswith(b"#!")
            into = self._scripts if script else self._files
            into[inside] = (line + newline if script else head).decode("latin-1")
            return
        if libraries and (found.kind == "shared-object" or ".so" in path.name):
            self._libraries[inside] = _describe_library(path, found)
        elif executable:
            self._programs[inside] = found.identity
            entry = self._tree.find(inside) if path.name == "env" else None
            if entry is not None and not splits(entry):
                self._without_split.add(inside)

    def _multiarch(self, identity: Identity | None) -> str:
        """Return the multiarch name of the folder that holds a CPU's libraries, empty when there is none."""
        names: Counter[str] = Counter()
        for path, library in self._libraries.items():
            match = _MULTIARCH.match(path)
            if match and identity and library.build.identity.architecture == identity.architecture:
                names[match[1]] += 1
        return max(sorted(names), key=names.__getitem__, default="")


def _printable(name: str) -> str:
    """Return a name as text: bytes that are no UTF-8 are written as escapes, which no program asks for."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _digest(paths: Mapping[PathKind, Mapping[str, str]], libraries: Mapping[str, MeasuredLibrary]) -> str:
    digest = hashlib.sha256()
    for path, library in sorted(libraries.items()):
        digest.update(f"{path}\0{library.build.id}\n".encode())
    for kind, listed in sorted(paths.items()):
        for path, text in sorted(listed.items()):
            digest.update(f"{kind}\0{path}\0{text}\n".encode())
    return digest.hexdigest()


def _describe_library(path: Path, found: ElfFile) -> MeasuredLibrary:
    # Only the loaders' own names are asked for their strings: every other file would be searched for nothing.
    loader = found.loader if path.name.startswith(("ld", "libc.")) else None
    copied = {name: getattr(found, name) for name in ElfFacts.__struct_fields__}
    with path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    build = LibraryBuild(
        id=digest[:ID_DIGITS],
        loader=loader,
        relocation_types=tuple(sorted(found.tables.relocation_types)),
        **copied,
    )
    name = "musl" if loader and loader.libc == "musl" else found.soname or _printable(path.name)
    exports = tuple((symbol, export) for symbol, offered in sorted(found.exports.items()) for export in offered)
    return MeasuredLibrary(name, build, exports, found.undefined)
