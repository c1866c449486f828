"""The files of a container image that is kept in a folder or in an archive, by name."""

from __future__ import annotations

import posixpath
import tempfile
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self, cast

from everylinux.archives import tar
from everylinux.archives.compression import decompressed, is_compressed
from everylinux.archives.errors import DamagedError, LimitError
from everylinux.archives.streams import CHUNK, FilePart, Stream, open_regular

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Reader

MARK = "oci-layout"
DOCKER_INDEX = "manifest.json"
# What these files begin with and hold; others have a manifest.json too.
MARKS = {MARK: (b"{", b'"imageLayoutVersion"'), DOCKER_INDEX: (b"[", b'"Config"')}
MOST_LINKS = 8
# An image has some hundred blobs.
MOST_NAMES = 100_000


class Blobs(Protocol):
    """Files by name."""

    def open(self, name: str) -> Reader | None:
        """Return a file's content, ``None`` when there is no such file."""


class FolderBlobs:
    """An OCI layout in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: list[BinaryIO] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for file in self._open:
            file.close()

    def open(self, name: str) -> Reader | None:
        """Open a file below the folder; names have no ``..`` (digests and fixed names only)."""
        if ".." in name.split("/"):
            return None
        # One file at a time is read.
        while self._open:
            self._open.pop().close()
        try:
            file = open_regular(self._folder / name.lstrip("/"))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise DamagedError(f"{name} cannot be read: {(error.strerror or str(error)).lower()}") from error
        self._open.append(file)
        return FilePart(file)


class ArchiveBlobs:
    """The members of a tar archive, found by name without unpacking it; a compressed one is decompressed first."""

    def __init__(self, path: Path, budget: Budget, scratch: Path) -> None:
        """Read the names; ``scratch`` is a folder for the decompressed archive. Raises `OSError`, `ArchiveError`."""
        self._file = open_regular(path)
        try:
            if is_compressed(FilePart(self._file).read(16)):
                self._file = _decompressed_file(self._file, budget, scratch)
            self._parts, self._links = _table(self._file, budget)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def open(self, name: str) -> Reader | None:
        """Return a member's content; older versions of `docker save` link equal layers to each other."""
        name = posixpath.normpath(name)
        for _ in range(MOST_LINKS):
            if name in self._parts:
                return FilePart(self._file, *self._parts[name])
            if name not in self._links:
                return None
            name = self._links[name]
        return None


def is_image(file: BinaryIO, budget: Budget) -> bool:
    """Return whether an uncompressed tar archive holds a container image; raises `ArchiveError`."""
    for member in tar.members(Stream(FilePart(file)), budget):
        name = posixpath.normpath(member.name)
        if name in MARKS and member.content is not None and is_mark(name, member.content.read(tar.BLOCK)):
            return True
    return False


def is_mark(name: str, head: bytes) -> bool:
    """Return whether a file, by its first bytes, says that the archive is a container image."""
    if name not in MARKS:
        return False
    text = head.lstrip()
    return text.startswith(MARKS[name][0]) and MARKS[name][1] in text


def _decompressed_file(file: BinaryIO, budget: Budget, scratch: Path) -> BinaryIO:
    """Return a file without a name, gone when it is closed, with what is compressed in another."""
    whole = cast("BinaryIO", tempfile.TemporaryFile(dir=scratch))  # noqa: SIM115 - the caller closes it
    try:
        with file:
            stream = decompressed(FilePart(file), budget)
            while data := stream.read(CHUNK):
                whole.write(data)
            whole.flush()
    except BaseException:
        whole.close()
        raise
    return whole


def _table(file: BinaryIO, budget: Budget) -> tuple[dict[str, tuple[int, int]], dict[str, str]]:
    """Return where each file of an archive lies (start and size), and where each link leads."""
    parts: dict[str, tuple[int, int]] = {}
    links: dict[str, str] = {}
    part = FilePart(file)
    for member in tar.members(Stream(part), budget):
        name = posixpath.normpath(member.name)
        if member.kind == "file":
            parts[name] = (part.position, member.size)
        elif member.kind == "symlink":
            links[name] = posixpath.normpath(posixpath.join(posixpath.dirname(name), member.target))
        elif member.kind == "hardlink":
            links[name] = posixpath.normpath(member.target)
        if len(parts) + len(links) > MOST_NAMES:
            raise LimitError(f"it has more than {MOST_NAMES} files, which no container image needs")
    return parts, links
