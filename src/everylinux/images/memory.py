"""Files that are held in memory: those of a package that is looked at by one process and never written down.

There are no links among them. What does not fit lies below a folder, at the same place.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec.structs import replace

from everylinux import elf
from everylinux.elf.reader import layout_of, read_elf
from everylinux.images.directory import DirectoryTree, FileEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import Path

    from everylinux.elf.file import ElfFile
    from everylinux.elf.layout import Layout
    from everylinux.images.interface import Entry


Content = bytes | bytearray
# So much of a file is always held: what it is can be told by that.
HEAD = 4096


class HeldFile:
    """One file whose content is held, or can be had ``again`` from where it is packed.

    ``executable``: an executable bit is set.
    """

    def __init__(self, content: Content, *, executable: bool, again: Callable[[], Content] | None = None) -> None:
        self.executable = executable
        self._head = bytes(content[:HEAD])
        self._content: Content | None = content
        self._again = again

    @property
    def content(self) -> Content:
        """Return all of it; raises `OSError` where it cannot be had any more."""
        return _latest(self) if self._content is None else self._content

    def head(self, count: int) -> bytes:
        """Return the first bytes."""
        return self._head[:count] if count <= HEAD else bytes(self.content[:count])

    def layout(self) -> Layout:
        """Return it with its header read; raises as `elf.read` does."""
        return layout_of(self.content)

    def let_go(self) -> None:
        """Hold the content no longer, if it can be had again."""
        if self._again is not None:
            self._content = None

    def unpacked(self) -> Content:
        """Return the content from where it is packed."""
        assert self._again is not None  # noqa: S101 - for the type checker: only then it was let go
        return self._again()


@functools.lru_cache(maxsize=2)
def _latest(file: HeldFile) -> Content:
    """Return the content of a file that was let go: its tables are asked for one after the other."""
    return file.unpacked()


@dataclass(frozen=True, eq=False)
class MemoryEntry:
    """One file or folder; ``file`` is ``None`` for a folder."""

    path: str
    resolved: str
    tree: MemoryTree
    file: HeldFile | None

    @property
    def directory(self) -> bool:
        """Whether it is a folder."""
        return self.file is None

    @property
    def executable(self) -> bool:
        """Whether an executable bit is set."""
        return self.file is not None and self.file.executable

    @property
    def same_file(self) -> Hashable:
        """The tree and the place in it."""
        return id(self.tree), self.resolved

    def head(self, count: int) -> bytes:
        """Return its first bytes."""
        return self.file.head(count) if self.file else b""

    def elf(self) -> ElfFile:
        """Read it as ELF."""
        try:
            return self.tree.read(self.resolved)
        except (elf.NotElfError, elf.CorruptElfError) as error:
            raise type(error)(f"{self.path}: {error.message}") from error


class MemoryTree:
    """The files of a package, by their places; ``directory`` is where the others of it lie, and these would."""

    complete = True
    lists_libraries = True

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._disk = DirectoryTree(directory)
        # Of a file that lies below the folder nothing is held.
        self._files: dict[str, HeldFile | None] = {}
        self._folders: dict[str, set[str]] = {"": set()}
        self._read: dict[str, ElfFile | elf.NotElfError | elf.CorruptElfError] = {}

    def add(self, place: str, file: HeldFile | None) -> None:
        """Take a file in, instead of what was there; ``None``: it was written below the folder.

        Raises `NotADirectoryError` where its folder is a file.
        """
        resolved = f"/{place}"
        parts = resolved.split("/")
        if any("/".join(parts[:end]) in self._files for end in range(2, len(parts))):
            raise NotADirectoryError(place)
        self._remove(resolved)
        self._files[resolved] = file
        while resolved:
            resolved, _, name = resolved.rpartition("/")
            self._folders.setdefault(resolved, set()).add(name)

    def __iter__(self) -> Iterator[str]:
        """Yield the places of all files: those of a folder in the order of their names, then its folders likewise."""
        folders = [""]
        while folders:
            folder = folders.pop()
            inner = []
            for name in sorted(self._folders[folder]):
                below = f"{folder}/{name}"
                if below in self._folders:
                    inner.append(below)
                else:
                    yield below[1:]
            folders += inner[::-1]

    def holds(self, place: str) -> bool:
        """Return whether something is at a place."""
        return f"/{place}" in self._files or f"/{place}" in self._folders

    def held(self, resolved: str) -> HeldFile | None:
        """Return a file that is in memory."""
        return self._files.get(resolved)

    def clear(self) -> None:
        """Forget all."""
        self._files.clear()
        self._folders = {"": set()}
        self._read.clear()
        _latest.cache_clear()

    def read(self, resolved: str) -> ElfFile:
        """Parse a file, once; raises `NotElfError` or `CorruptElfError`."""
        found = self._read.get(resolved)
        if found is None:
            found = self._read[resolved] = self._parsed(resolved)
        if isinstance(found, (elf.NotElfError, elf.CorruptElfError)):
            raise type(found)(found.message)
        return found

    def find(self, path: str) -> Entry | None:
        """Return what is at an absolute path; ``..`` stops at the root."""
        resolved = ""
        for part in path.split("/"):
            if part in {"", "."}:
                continue
            if resolved not in self._folders:
                return None
            resolved = resolved.rpartition("/")[0] if part == ".." else f"{resolved}/{part}"
        if resolved in self._folders:
            return MemoryEntry(path, resolved or "/", self, None)
        if resolved not in self._files:
            return None
        file = self._files[resolved]
        if file is not None:
            return MemoryEntry(path, resolved, self, file)
        found = self._disk.find(resolved)
        return replace(found, path=path) if isinstance(found, FileEntry) else None

    def lacks(self, path: str) -> bool:
        """Return whether nothing is at an absolute path."""
        return self.find(path) is None

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in a folder."""
        found = self.find(path)
        return tuple(sorted(self._folders[found.resolved.rstrip("/")])) if found and found.directory else ()

    def _parsed(self, resolved: str) -> ElfFile | elf.NotElfError | elf.CorruptElfError:
        if resolved not in self._files:
            return elf.NotElfError("it is not a regular file")
        file = self._files[resolved]
        try:
            return read_elf(file.layout(), file.layout) if file else elf.read(self.directory / resolved[1:])
        except (elf.NotElfError, elf.CorruptElfError) as error:
            return error

    def _remove(self, resolved: str) -> None:
        for place in list(self._below(resolved)) if resolved in self._folders else (resolved,):
            self._files.pop(place, None)
            self._folders.pop(place, None)
            self._read.pop(place, None)

    def _below(self, folder: str) -> Iterator[str]:
        yield folder
        for name in self._folders.get(folder, ()):
            yield from self._below(f"{folder}/{name}")
