"""A root file system in a folder of this machine (``dir:PATH``).

Nothing in it can lead out of it: links are followed here, component by component, and stop at the root as after chroot.
"""

from __future__ import annotations

import functools
import os
import posixpath
import stat
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from everylinux import elf
from everylinux.errors import UsageError
from everylinux.images.platforms import platform_of_header

if TYPE_CHECKING:
    from collections.abc import Hashable

    from everylinux.elf.file import ElfFile
    from everylinux.images.interface import Entry, Provenance

MOST_LINKS = 40  # the kernel's own limit (path_resolution(7))
LIBRARY_DIRECTORIES = ("/lib", "/lib64", "/lib32", "/libx32", "/usr/lib", "/usr/lib64", "/usr/lib32", "/usr/local/lib")
MOST_LIBRARIES = 20_000
MOST_FOUND = 65_536  # answers that are remembered


@functools.lru_cache(maxsize=512)
def _read_once(path: Path, identity: tuple[int, int, int, int]) -> ElfFile | elf.NotElfError | elf.CorruptElfError:
    """Parse a file once for as long as it stays the same, in however many images it is seen; errors are kept too."""
    del identity
    try:
        return elf.read(path)
    except (elf.NotElfError, elf.CorruptElfError) as error:
        return error


class FileEntry(msgspec.Struct, frozen=True):
    """One file or folder below a root."""

    path: str
    resolved: str
    root: str
    status: os.stat_result

    @property
    def real(self) -> Path:
        """The path on this machine."""
        return Path(f"{self.root}{self.resolved}")

    @property
    def directory(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def executable(self) -> bool:
        """Whether it is a regular file with an executable bit."""
        return stat.S_ISREG(self.status.st_mode) and bool(self.status.st_mode & 0o111)

    @property
    def same_file(self) -> Hashable:
        """Device and inode."""
        return self.status.st_dev, self.status.st_ino

    def head(self, count: int) -> bytes:
        """Return its first bytes; nothing of what is no regular file, so that a pipe cannot block."""
        if not stat.S_ISREG(self.status.st_mode):
            return b""
        with self.real.open("rb") as file:
            return file.read(count)

    def elf(self) -> ElfFile:
        """Read it as ELF."""
        if not stat.S_ISREG(self.status.st_mode):
            raise elf.NotElfError(f"{self.path} is not a regular file")
        status = self.status
        found = _read_once(self.real, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
        if isinstance(found, (elf.NotElfError, elf.CorruptElfError)):
            raise type(found)(f"{self.path}: {found.message}")
        return found


class _Reached(NamedTuple):
    """A place below the root: its path without links (the root's is empty), and how many links led there."""

    resolved: str
    links: int
    status: os.stat_result


class DirectoryTree(msgspec.Struct, eq=False, dict=True):
    """The files below one folder."""

    directory: Path
    complete: bool = True
    lists_libraries: bool = True
    _found: dict[str, FileEntry | None] = msgspec.field(default_factory=dict)
    _folders: dict[str, _Reached | None] = msgspec.field(default_factory=dict)

    @functools.cached_property
    def _root(self) -> str:
        return str(self.directory).rstrip("/")

    def find(self, path: str) -> Entry | None:
        """Return what is at an absolute path, every link followed inside the folder."""
        if path not in self._found:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[path] = self._find(path)
        return self._found[path]

    def lacks(self, path: str) -> bool:
        """Return whether nothing is at an absolute path."""
        return self.find(path) is None

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in a folder."""
        found = self.find(path)
        if not isinstance(found, FileEntry) or not found.directory:
            return ()
        try:
            return tuple(sorted(os.listdir(found.real)))  # noqa: PTH208 - names are all that is asked
        except PermissionError:
            return ()

    def _find(self, path: str) -> FileEntry | None:
        if "\0" in path:
            return None
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            if len(self._folders) >= MOST_FOUND:
                self._folders.clear()
            self._folders[folder] = self._walk("", folder, 0)
        start = self._folders[folder]
        inside = start is not None and stat.S_ISDIR(start.status.st_mode)
        found = self._walk(start.resolved, name, start.links) if start and inside else None
        return FileEntry(path, found.resolved or "/", self._root, found.status) if found else None

    def _walk(self, resolved: str, path: str, links: int) -> _Reached | None:
        """Follow a path, and all links on the way, from a place below the root; ``None`` where nothing is."""
        left = [part for part in reversed(path.split("/")) if part not in {"", "."}]
        status = None
        try:
            while left:
                part = left.pop()
                if part == "..":
                    if status is not None and not stat.S_ISDIR(status.st_mode):
                        return None
                    resolved, status = resolved.rpartition("/")[0], None
                    continue
                status = os.lstat(f"{self._root}{resolved}/{part}")
                if not stat.S_ISLNK(status.st_mode):
                    resolved = f"{resolved}/{part}"
                    continue
                target = os.readlink(f"{self._root}{resolved}/{part}")  # noqa: PTH115 - a Path for each would cost most
                links += 1
                if links > MOST_LINKS:
                    return None
                resolved = "" if target.startswith("/") else resolved
                left += [part for part in reversed(target.split("/")) if part not in {"", "."}]
                status = None
            return _Reached(resolved, links, status or os.lstat(f"{self._root}{resolved}/."))
        except (OSError, ValueError):
            return None


class DirectoryImage:
    """A root file system that is unpacked in a folder."""

    provenance: Provenance = "real"

    def __init__(self, name: str, directory: Path) -> None:
        if not directory.is_dir():
            raise UsageError(
                f"{name}: there is no folder {directory}",
                hint="dir:PATH takes the root of an unpacked root file system, from the current folder",
            )
        self.name = name
        self._tree = DirectoryTree(directory.resolve())

    def __reduce__(self) -> tuple[object, ...]:
        """Go to another process without what was read so far; there, too, it is opened once."""
        return _directory_image, (self.name, self._tree.directory)

    def platforms(self) -> tuple[str, ...]:
        """Return the platforms of the loaders and libraries in it, those with the most libraries first."""
        return self._platforms

    def tree(self, platform: str) -> DirectoryTree:
        """Return its files; the same ones for each of its platforms."""
        if self._platforms and platform not in self._platforms:
            raise KeyError(platform)
        return self._tree

    @functools.cached_property
    def _platforms(self) -> tuple[str, ...]:
        counted: Counter[str] = Counter()
        seen: set[str] = set()
        for path in self._library_directories():
            folder = self._tree.find(path)
            if folder is None or folder.resolved in seen:
                continue
            seen.add(folder.resolved)
            for name in self._tree.names(path)[:MOST_LIBRARIES]:
                if ".so" in name or name.startswith("ld-"):
                    found = self._tree.find(posixpath.join(path, name))
                    platform = _platform(found) if found else None
                    counted.update([platform] if platform else [])
        return tuple(sorted(counted, key=lambda one: (-counted[one], one)))

    def _library_directories(self) -> list[str]:
        folders = list(LIBRARY_DIRECTORIES)
        for base in ("/lib", "/usr/lib"):
            folders += [posixpath.join(base, name) for name in self._tree.names(base) if "-linux-" in name]
        return folders


@functools.lru_cache(maxsize=8)
def _directory_image(name: str, directory: Path) -> DirectoryImage:
    return DirectoryImage(name, directory)


def _platform(entry: Entry) -> str | None:
    try:
        return platform_of_header(entry.head(64))
    except OSError:
        return None
