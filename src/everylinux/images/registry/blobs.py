"""What was fetched, by its digest: a folder in the cache that is laid out as an OCI image layout is.

A blob has its name only once its digest was compared. Until then it is a ``.part-`` file, which the next run completes:
a lock on it belongs to whoever downloads.
"""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING, BinaryIO

from everylinux.archives.streams import CHUNK
from everylinux.cache import cache_directory, locked, write_atomically
from everylinux.errors import InputOutputError
from everylinux.images.manifests import blob_name
from everylinux.images.registry.repository import DELAYS, wait
from everylinux.images.registry.transport import TransientError, read_body

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from everylinux.images.registry.repository import Repository

# A download that is cut again and again goes on as long as each try brings this much.
ENOUGH = 1 << 20


def layout_folder() -> Path:
    """Return the folder of all blobs."""
    return cache_directory("images", "registry")


def blob_path(digest: str) -> Path:
    """Return where a blob lies once it is whole; raises `DamagedError` for what is no digest."""
    return layout_folder() / blob_name(digest)


def small_blob(digest: str, size: int | None, fetch: Callable[[], bytes] | None) -> bytes:
    """Return a document, fetched when it is not in the cache (``fetch`` is ``None`` where that is not allowed).

    Raises `InputOutputError` for one that is not there, or is not what its digest and size say.
    """
    path = blob_path(digest)
    if path.is_file():
        content = path.read_bytes()
        if is_named(content, digest):
            return content
    if fetch is None:
        raise not_fetched()
    content = fetch()
    if (size is not None and len(content) != size) or not is_named(content, digest):
        raise wrong_content(digest)
    keep(content, digest)
    return content


def keep(content: bytes, digest: str) -> None:
    """Write a document into the cache."""
    path = blob_path(digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)


def is_named(content: bytes, digest: str) -> bool:
    """Return whether content is what a digest names."""
    algorithm, _, expected = digest.partition(":")
    return hashlib.new(algorithm, content).hexdigest() == expected


def fetch_blob(repository: Repository | None, digest: str, size: int) -> None:
    """Have a blob in the cache: of several processes that want it at once one downloads.

    A blob that is there was compared with its digest when it came. ``repository`` is ``None`` where nothing may be
    fetched. Raises `InputOutputError` when it cannot be had, or is not what its digest and size say, and `OSError` when
    there is no room.
    """
    final = blob_path(digest)
    if final.is_file():
        return
    if repository is None:
        raise not_fetched()
    with locked(final):
        if not final.is_file():
            partial = final.with_name(f".part-{final.name}")
            # What a killed run left may be damaged: then once more from the start.
            for resumed in (partial.exists(), False):
                with partial.open("a+b") as file:
                    whole = _Download(repository, digest, size, file).run()
                if whole:
                    partial.replace(final)
                    return
                partial.unlink()
                if not resumed:
                    break
            raise wrong_content(digest)


def drop_damaged(digests: list[str]) -> bool:
    """Remove those of some blobs that are no longer what their digests name; return whether there were any."""
    found = False
    for digest in digests:
        path = blob_path(digest)
        algorithm, _, expected = digest.partition(":")
        with locked(path):
            if path.is_file():
                with path.open("rb") as file:
                    actual = hashlib.file_digest(file, algorithm).hexdigest()
                if actual != expected:
                    path.unlink()
                    found = True
    return found


def not_fetched() -> InputOutputError:
    """Return the error for what is not in the cache and must not be fetched."""
    return InputOutputError(
        "this image was never fetched, or not all of it", hint="run it once without --offline, or name dir:PATH"
    )


def wrong_content(digest: str) -> InputOutputError:
    """Return the error for content that its digest or its size does not name."""
    return InputOutputError(
        f"what the registry sends is not what was asked for: {digest}",
        meaning="its content differs from its digest or its size: a fault on the way, or somebody changed it",
        hint="try again; if it stays so, do not trust this registry",
    )


class _Download:
    """One blob on its way into a file that may hold its beginning already."""

    def __init__(self, repository: Repository, digest: str, size: int, file: BinaryIO) -> None:
        self._repository = repository
        self._digest = digest
        self._size = size
        self._file = file
        self._algorithm, _, self._expected = digest.partition(":")
        self._restart()
        if os.fstat(file.fileno()).st_size <= size:
            file.seek(0)
            while data := file.read(CHUNK):
                self._hash.update(data)
                self._have += len(data)
        else:
            file.truncate(0)

    def run(self) -> bool:
        """Download what is missing; return whether the whole is what the digest names."""
        failures = 0
        while self._have < self._size:
            before = self._have
            try:
                self._go_on()
            except TransientError as error:
                self._file.flush()
                failures = 0 if self._have - before >= ENOUGH else failures + 1
                if failures > len(DELAYS):
                    raise error.final from error
                wait(error, DELAYS[max(failures, 1) - 1])
        self._file.flush()
        return self._hash.hexdigest() == self._expected

    def _go_on(self) -> None:
        response, begins = self._repository.open_blob(self._digest, self._have)
        if begins != self._have:
            self._restart()
            self._file.truncate(0)
        left = self._size - self._have
        for piece in read_body(response, self._repository.host, left):
            left -= len(piece)
            if left < 0:
                raise wrong_content(self._digest)
            self._file.write(piece)
            self._hash.update(piece)
            self._have += len(piece)
        if left:
            message = f"{self._repository.host} ends a download before its end"
            raise TransientError(InputOutputError(message, hint="run it again: what was fetched is kept"))

    def _restart(self) -> None:
        self._hash = hashlib.new(self._algorithm)
        self._have = 0
