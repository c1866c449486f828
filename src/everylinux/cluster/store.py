"""What a worker keeps of what was sent to it: files by digest, and trees made of them, in its own cache.

All of this runs in a worker; several of one machine may share a cache. Nothing half-written is ever used.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import msgspec

from everylinux import __version__
from everylinux.cache import cache_directory, directory_made_whole, locked
from everylinux.cluster.parcel import Entry, Manifest
from everylinux.errors import InputOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

Value = TypeVar("Value")
ABANDONED_AFTER_SECONDS = 24 * 3600


class Piece(NamedTuple):
    """A part of a file's content: ``delivery`` names who sends it, ``last`` that nothing comes after it."""

    digest: str
    delivery: str
    offset: int
    data: bytes
    last: bool


async def on_thread(function: Callable[..., Value], *arguments: object) -> Value:
    """Call a function beside the worker's own business, so that it answers its scheduler meanwhile."""
    return await asyncio.to_thread(function, *arguments)


def version() -> str:
    """Return this machine's version of everylinux."""
    return __version__


def folder(tree: str) -> Path:
    """Return where a tree lies, or would."""
    return cache_directory() / tree


def lacks(trees: Sequence[str]) -> tuple[str, ...]:
    """Return the trees that are not here."""
    return tuple(tree for tree in trees if not folder(tree).is_dir())


def wanted(manifest: bytes) -> list[str]:
    """Return the digests of a tree's files that are not here."""
    content = _content()
    _remove_abandoned(content)
    digests = dict.fromkeys(entry.digest for entry in _entries(manifest) if entry.digest)
    return [digest for digest in digests if not (content / digest).is_file()]


def take(pieces: Sequence[Piece]) -> None:
    """Keep parts of files; a file is there once its last part came and its digest is right.

    Raises `InputOutputError` when it is not.
    """
    for piece in pieces:
        partial = _content() / f".partial-{piece.digest}.{piece.delivery}"
        with partial.open("r+b" if piece.offset else "wb") as file:
            file.seek(piece.offset)
            file.write(piece.data)
        if piece.last:
            with partial.open("rb") as file:
                right = hashlib.file_digest(file, "sha256").hexdigest() == piece.digest
            if not right:
                partial.unlink()
                raise InputOutputError("a file changed while it was sent to the cluster", hint="run it again")
            partial.replace(_content() / piece.digest)


def make(tree: str, manifest: bytes) -> None:
    """Make a tree of files that are here."""
    final = folder(tree)
    if final.is_dir():
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    with locked(final):
        if not final.is_dir():
            with directory_made_whole(final) as partial:
                _fill(os.fsencode(partial), _entries(manifest))


def _fill(directory: bytes, entries: Sequence[Entry]) -> None:
    content = _content()
    folders: list[tuple[bytes, int]] = []
    for entry in entries:
        path = directory + b"/" + entry.path
        if entry.link:
            os.symlink(entry.link, path)  # noqa: PTH211 - names are bytes, whatever they hold
        elif entry.same:
            os.link(directory + b"/" + entry.same, path)
        elif entry.digest:
            # A copy: a file of a tree is never the same file as one of another tree, for loaders load a file once.
            shutil.copyfile(content / entry.digest, path)
            os.chmod(path, entry.mode)  # noqa: PTH101 - likewise
            os.utime(path, ns=(entry.modified, entry.modified))
        else:
            os.mkdir(path, 0o700)  # noqa: PTH102 - likewise
            folders.append((path, entry.mode))
    for path, mode in reversed(folders):
        os.chmod(path, mode | 0o700)  # noqa: PTH101 - likewise


def _entries(manifest: bytes) -> tuple[Entry, ...]:
    return msgspec.msgpack.decode(manifest, type=Manifest).entries


def _content() -> Path:
    return cache_directory("cluster", "content")


def _remove_abandoned(content: Path) -> None:
    """Remove what a client that was killed left behind."""
    oldest = time.time() - ABANDONED_AFTER_SECONDS
    for partial in content.glob(".partial-*"):
        with contextlib.suppress(OSError):
            if partial.stat().st_mtime < oldest:
                partial.unlink()
