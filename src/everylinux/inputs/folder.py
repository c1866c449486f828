"""Walking a folder for what is to be judged; links are never followed."""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING

from everylinux.inputs.recognise import ARCHIVES, HEAD, packed_behind, recognise
from everylinux.inputs.tally import KINDS, LINKS, NOT_ELF, SPECIAL, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from everylinux.inputs.tally import Tally

# The kernel's virtual file systems show no programs, and some of their files wait when they are read.
VIRTUAL = ("/proc", "/sys", "/dev")


class Walk:
    """The ELF files below a folder, each once whatever its hard links; with ``everything`` all regular files.

    ``left_out`` are files (device and inode) that are judged elsewhere. ``archives`` collects what was taken for an
    archive, relative to the folder, and its size; without it archives are passed over. Memory is that of the longest
    folder's names.
    """

    def __init__(  # noqa: PLR0913 - one thing each that a walk depends on
        self,
        folder: str,
        tally: Tally,
        *,
        everything: bool = False,
        left_out: frozenset[tuple[int, int]] = frozenset(),
        archives: list[tuple[str, int]] | None = None,
        shown: Callable[[str], tuple[str, str]] | None = None,
    ) -> None:
        self._folder = folder.rstrip("/")
        self._tally = tally
        self._everything = everything
        self._seen: set[tuple[int, int]] = set(left_out)
        self._archives = archives
        self._shown = shown or (lambda name: (posixpath.join(folder, name), ""))

    def __iter__(self) -> Iterator[str]:
        """Yield the paths of the files to judge, relative to the folder, in the order of their names."""
        folders = [""]
        while folders:
            folder = folders.pop()
            inner = []
            try:
                names = sorted(os.listdir(self._path(folder)))  # noqa: PTH208 - names are all that is asked
            except OSError as error:
                self._skip(folder, reason_of(error), incomplete=True)
                continue
            for base in names:
                name = f"{folder}/{base}" if folder else base
                try:
                    status = os.lstat(self._path(name))
                    if stat.S_ISDIR(status.st_mode):
                        if self._path(name) not in VIRTUAL:
                            inner.append(name)
                    elif self._is_judged(name, status):
                        yield name
                except OSError as error:
                    self._skip(name, reason_of(error), incomplete=True)
            folders += inner[::-1]

    def _is_judged(self, name: str, status: os.stat_result) -> bool:
        if not stat.S_ISREG(status.st_mode):
            self._skip(name, LINKS if stat.S_ISLNK(status.st_mode) else SPECIAL)
            return False
        identity = (status.st_dev, status.st_ino)
        if identity in self._seen:
            return False
        if status.st_nlink > 1:
            self._seen.add(identity)
        head = read_head(self._path(name)) if status.st_size else b""
        kind = recognise(head)
        if kind in ARCHIVES and self._archives is not None:
            self._archives.append((name, status.st_size))
            return False
        judged = kind == "elf" or self._everything
        if kind == "elf" and (behind := packed_behind(head)):
            self._skip(name, behind, incomplete=True)
        if not judged:
            self._skip(name, KINDS.get(kind, NOT_ELF))
        return judged

    def _skip(self, name: str, why: str, *, incomplete: bool = False) -> None:
        path, member = self._shown(name)
        self._tally.add(why, path, member, incomplete=incomplete)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"


def read_head(path: str) -> bytes:
    """Return the first bytes of a regular file; a file that became something else cannot make it wait."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return os.read(handle, HEAD) if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    finally:
        os.close(handle)
