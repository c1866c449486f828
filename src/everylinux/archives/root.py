"""Writing members below a folder, and nowhere else.

A member's folder is reached as after chroot: links on the way, absolute ones too, resolve inside the folder and ``..``
stops at it. Links are written as they are, so whoever reads the folder has to resolve them in the same way (as
`images.directory` does). Owners, set-user-ID bits and devices are left out.
"""

from __future__ import annotations

import errno
import functools
import os
import shutil
import stat
from typing import TYPE_CHECKING, ParamSpec

from everylinux.archives.errors import LimitError, RefusedError
from everylinux.archives.interface import LONGEST_NAME, LONGEST_PATH
from everylinux.archives.streams import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Reader

MOST_LINKS = 40  # the kernel's own limit (path_resolution(7))
MOST_FOLDERS_DEEP = 200
# What is kept in memory: the layers of large distributions have some 100,000 members.
MOST_REMEMBERED = 1_000_000
MOST_FOLDERS_KNOWN = 10_000
OUTSIDE = "its name leads out of the archive"
TOO_LONG = "its name is too long"
UNDER_A_FILE = "its folder is a file"
FOLDER_LINKS = "its folder is a loop of links"
# What the kernel says to names and links that a file system cannot have; anything else is this machine's trouble.
OF_THE_MEMBER = frozenset({errno.EINVAL, errno.EILSEQ, errno.EMLINK, errno.EPERM, errno.EEXIST})
Arguments = ParamSpec("Arguments")


def _refusing(write: Callable[Arguments, str]) -> Callable[Arguments, str]:
    """Refuse the member, instead of failing, where the file system does not take it."""

    @functools.wraps(write)
    def careful(*args: Arguments.args, **kwargs: Arguments.kwargs) -> str:
        try:
            return write(*args, **kwargs)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                raise RefusedError(TOO_LONG) from error
            if error.errno in OF_THE_MEMBER:
                raise RefusedError(f"the file system does not take it: {(error.strerror or '').lower()}") from error
            raise

    return careful


def plain_name(name: str) -> str:
    """Return a name without empty parts and ``.``; raises `RefusedError` for one that no member can have."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise RefusedError(OUTSIDE)
    if len(parts) > MOST_FOLDERS_DEEP or any(len(os.fsencode(part)) > LONGEST_NAME for part in parts):
        raise RefusedError(TOO_LONG)
    return "/".join(parts)


def refuse_deep(folder: str) -> None:
    """Raise `RefusedError` for a folder in which not every name could be opened."""
    if len(os.fsencode(folder)) + LONGEST_NAME >= LONGEST_PATH:
        raise RefusedError(TOO_LONG)


class Root:
    """A folder that members are written to.

    ``written`` has every place that was written, relative to the folder, when ``remember`` is set.
    """

    def __init__(self, directory: Path, budget: Budget, *, remember: bool = False) -> None:
        self.directory = directory
        self._base = os.fspath(directory)
        self._budget = budget
        self._folders: dict[str, str] = {"": ""}
        self.written: set[str] | None = set() if remember else None

    @_refusing
    def file(self, name: str, mode: int, head: bytes, content: Reader | None) -> str:
        """Write a file, ``head`` being what was read of it already; return its place. Raises `RefusedError`."""
        place = self._free_place(name)
        handle = os.open(self._path(place), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb", buffering=0) as file:
            data = head or _next(content)
            while data:
                self._budget.spend(len(data))
                file.write(data)
                data = _next(content)
            os.fchmod(handle, mode & 0o755 | 0o600)
        return place

    @_refusing
    def symlink(self, name: str, target: str) -> str:
        """Write a symbolic link with its target as it is; return its place."""
        if not target or "\0" in target or len(os.fsencode(target)) >= LONGEST_PATH:
            raise RefusedError("a link that leads nowhere")
        place = self._free_place(name)
        os.symlink(target, self._path(place))  # noqa: PTH211 - places are texts here
        self._folders = {"": ""}  # it may lie on the way to folders that were found before
        return place

    @_refusing
    def hardlink(self, name: str, target: str) -> str:
        """Link a file that was written before under another name; return the new place."""
        source = self.place(target)
        status = None if source is None else self.status(source)
        if source is None or status is None or stat.S_ISDIR(status.st_mode):
            raise RefusedError("a hard link to a file that is not there")
        if self._place(name, make=True) == source:
            return source
        place = self._free_place(name)
        if self.status(source) is None:
            raise RefusedError("a hard link to a file that is not there")
        os.link(self._path(source), self._path(place), follow_symlinks=False)
        return place

    @_refusing
    def folder(self, name: str) -> str:
        """Make a folder where there is none; a file or link in its place goes (as tar does); return its place."""
        place = self._place(name, make=True)
        status = self.status(place)
        if status is None or not stat.S_ISDIR(status.st_mode):
            self.remove(place)
            os.mkdir(self._path(place), 0o755)  # noqa: PTH102 - places are texts here
        self._note(place)
        return place

    def status(self, place: str) -> os.stat_result | None:
        """Return what is at a place, links not followed."""
        try:
            return os.lstat(self._path(place))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def place(self, name: str) -> str | None:
        """Return where a name would be written, ``None`` when its folder is not there. Raises `RefusedError`."""
        try:
            return self._place(name, make=False)
        except FileNotFoundError:
            return None

    def remove(self, place: str) -> None:
        """Remove what is at a place, with everything below it."""
        path = self._path(place)
        status = self.status(place)
        if status is None or not place:
            return
        if stat.S_ISDIR(status.st_mode):
            shutil.rmtree(path)
        else:
            os.unlink(path)  # noqa: PTH108 - places are texts here
        self._folders = {"": ""}

    def names(self, place: str) -> list[str]:
        """Return the names in a folder."""
        try:
            return sorted(os.listdir(self._path(place)))  # noqa: PTH208 - places are texts here
        except (FileNotFoundError, NotADirectoryError):
            return []

    def _path(self, place: str) -> str:
        return f"{self._base}/{place}"

    def _note(self, place: str) -> None:
        if self.written is not None:
            self.written.add(place)
            if len(self.written) > MOST_REMEMBERED:
                raise LimitError(f"a layer of it has more than {MOST_REMEMBERED} members")

    def _free_place(self, name: str) -> str:
        """Return where a member is to be written, whatever was there removed."""
        place = self._place(name, make=True)
        if not place:
            raise RefusedError(OUTSIDE)
        self.remove(place)
        self._note(place)
        return place

    def _place(self, name: str, *, make: bool) -> str:
        """Return the place of a name, the links on the way resolved, the last part not.

        Folders on the way are made or, without ``make``, must be there: raises `FileNotFoundError`, and `RefusedError`
        for a name that no member can have.
        """
        plain = plain_name(name)
        if not plain:
            return ""
        before, _, last = plain.rpartition("/")
        folder = self._folder(before, make=make)
        return f"{folder}/{last}" if folder else last

    def _folder(self, name: str, *, make: bool) -> str:
        known = self._folders.get(name)
        if known is None:
            known = self._walk(name, make=make)
            refuse_deep(f"{self._base}/{known}")
            if len(self._folders) > MOST_FOLDERS_KNOWN:
                self._folders = {"": ""}
            self._folders[name] = known
        return known

    def _walk(self, name: str, *, make: bool) -> str:
        left = [part for part in reversed(name.split("/")) if part not in ("", ".")]
        resolved: list[str] = []
        links = 0
        while left:
            part = left.pop()
            if part == "..":
                resolved = resolved[:-1]
                continue
            here = "/".join((*resolved, part))
            status = self.status(here)
            if status is None:
                if not make:
                    raise FileNotFoundError(here)
                if len(resolved) >= MOST_FOLDERS_DEEP or len(os.fsencode(part)) > LONGEST_NAME:
                    raise RefusedError(TOO_LONG)
                os.mkdir(self._path(here), 0o755)  # noqa: PTH102 - places are texts here
                self._note(here)
            elif stat.S_ISLNK(status.st_mode):
                links += 1
                if links > MOST_LINKS:
                    raise RefusedError(FOLDER_LINKS)
                target = os.readlink(self._path(here))  # noqa: PTH115 - places are texts here
                if target.startswith("/"):
                    resolved = []
                left += [part for part in reversed(target.split("/")) if part not in ("", ".")]
                continue
            elif not stat.S_ISDIR(status.st_mode):
                raise RefusedError(UNDER_A_FILE)
            resolved.append(part)
        return "/".join(resolved)


def _next(content: Reader | None) -> bytes:
    return content.read(CHUNK) if content is not None else b""
