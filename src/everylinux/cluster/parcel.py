"""What travels to another machine: files by the digests of their content, and folders of them by the digest of all.

A `Tree` is named by its place in a worker's cache. What is in it is only read when a worker lacks it.
"""

from __future__ import annotations

import functools
import hashlib
import os
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from everylinux.errors import InputOutputError, describe_os_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Result = TypeVar("Result")
TREES = "cluster/trees"


class Entry(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """One file, folder or link of a tree.

    ``path`` is relative, in the bytes of the file system. ``mode`` are the permission bits. A file has the SHA-256 of
    its content as ``digest``, and the nanosecond in which it was ``modified`` (Python compares it with what it has
    compiled); a further name of a file that was listed before has ``same`` instead, its path. A
    symbolic link has ``link``, its target as it is. What has none of these is a folder.
    """

    path: bytes
    mode: int = 0o755
    digest: str = ""
    same: bytes = b""
    link: bytes = b""
    modified: int = 0


class Manifest(msgspec.Struct, frozen=True):
    """All that is in a tree, folders before what is in them."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Content:
    """A tree that was read: its encoded manifest, and for each digest in it a file of this machine."""

    manifest: bytes
    sources: Mapping[str, Path]


@dataclass(frozen=True)
class Tree:
    """Files that travel together; ``name`` is their place in a worker's cache, ``read`` what is in them."""

    name: str
    read: Callable[[], Content]


@dataclass(frozen=True)
class Parcel(Generic[Result]):
    """One job for another machine: ``call`` is given the ``arguments`` once all ``trees`` are there.

    Both are pickled, so it is a function of a module.
    """

    call: Callable[..., Result]
    arguments: tuple[object, ...]
    trees: tuple[Tree, ...] = ()


def tree_of_files(files: Iterable[Path]) -> Tree:
    """Return files, and all that is in folders, as a tree that has them at their absolute paths without the first /.

    Raises `InputOutputError` for what cannot be read.
    """
    collected = _Collected()
    for path in sorted({file.absolute() for file in files}):
        collected.add(path, os.fsencode(path)[1:], follow=True)
    content = collected.content()
    return Tree(f"{TREES}/{hashlib.sha256(content.manifest).hexdigest()}", lambda: content)


def tree_of_folder(directory: Path, name: str = "", *, empty: Sequence[str] = ()) -> Tree:
    """Return all that is in a folder as a tree; sockets, pipes and devices stay here.

    ``name`` is that of a folder which always has the same content; without one it is read now, for its digest.
    Folders at its top that are named in ``empty`` travel without what is in them.
    Raises `InputOutputError` for what cannot be read.
    """

    @functools.cache
    def read() -> Content:
        collected = _Collected(empty=frozenset(map(os.fsencode, empty)))
        collected.add_members(directory, b"")
        return collected.content()

    return Tree(name or f"{TREES}/{hashlib.sha256(read().manifest).hexdigest()}", read)


@dataclass
class _Collected:
    """What was found for a tree so far."""

    entries: dict[bytes, Entry] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)
    # A file of several names stays one file: loaders load it once.
    first_names: dict[tuple[int, int], bytes] = field(default_factory=dict)
    empty: frozenset[bytes] = frozenset()

    def content(self) -> Content:
        return Content(msgspec.msgpack.encode(Manifest(tuple(self._with_folders()))), self.sources)

    def _with_folders(self) -> Iterator[Entry]:
        """Yield the entries, and before each the folders that lead to it."""
        made: set[bytes] = set()
        for path, entry in self.entries.items():
            parts = path.split(b"/")
            for count in range(1, len(parts)):
                folder = b"/".join(parts[:count])
                if folder not in made and folder not in self.entries:
                    yield Entry(folder)
                made.add(folder)
            made.add(path)
            yield entry

    def add(self, path: Path, place: bytes, *, follow: bool = False) -> None:
        """Take what is at a path; with ``follow`` a link is taken for what it leads to."""
        try:
            status = path.stat(follow_symlinks=follow)
            mode = stat.S_IMODE(status.st_mode) & 0o777
            if stat.S_ISLNK(status.st_mode):
                self.entries[place] = Entry(place, link=os.fsencode(path.readlink()))
            elif stat.S_ISDIR(status.st_mode):
                self.entries[place] = Entry(place, mode)
                if place not in self.empty:
                    self.add_members(path, place + b"/")
            elif stat.S_ISREG(status.st_mode):
                identity = (status.st_dev, status.st_ino)
                first = self.first_names.setdefault(identity, place)
                if first != place:
                    self.entries[place] = Entry(place, same=first)
                    return
                digest = _digest(path, *identity, status.st_size, status.st_mtime_ns)
                self.entries[place] = Entry(place, mode, digest, modified=status.st_mtime_ns)
                self.sources.setdefault(digest, path)
        except OSError as error:
            raise _unreadable(error) from error

    def add_members(self, folder: Path, prefix: bytes) -> None:
        """Take all that is in a folder."""
        try:
            names = sorted(os.listdir(os.fsencode(folder)))  # noqa: PTH208 - names are bytes, whatever they hold
        except OSError as error:
            raise _unreadable(error) from error
        for name in names:
            self.add(folder / os.fsdecode(name), prefix + name)


@functools.lru_cache(maxsize=4096)
def _digest(path: Path, *version: int) -> str:
    """Return the digest of one version of a file."""
    del version
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _unreadable(error: OSError) -> InputOutputError:
    described = describe_os_error(error)
    return InputOutputError(described.message, meaning="it has to be sent to the cluster", hint=described.hint)
