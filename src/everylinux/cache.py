"""Where things are kept between runs, and how they are written: whole or not at all.

A killed run may leave a file or folder whose name starts with ``.partial-``; nothing ever reads those, and the next run
that makes the same entry removes them: the kernel freed their locks.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from everylinux.folders import user_cache

if TYPE_CHECKING:
    from collections.abc import Iterator


# What a write fails with where there is no room.
FULL = (errno.ENOSPC, errno.EDQUOT)
_TOKEN = re.compile(r"[0-9a-f]{8,16}")


def cache_directory(*parts: str) -> Path:
    """Return (and make) a folder of the cache: ``EVERYLINUX_CACHE``, else below ``XDG_CACHE_HOME``."""
    configured = os.environ.get("EVERYLINUX_CACHE")
    base = Path(configured) if configured else user_cache() / "everylinux"
    directory = base.joinpath(*parts)
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def write_atomically(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Replace a file as a whole: readers see the old content or the new, never a part."""
    with file_made_whole(path, mode=mode) as file:
        file.write(content)


@contextlib.contextmanager
def file_made_whole(path: Path, *, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Yield a new file beside ``path`` that replaces it when the block ends without an error."""
    _remove_abandoned(path)
    partial = _new_partial(path)
    lock: int | None = None
    # A signal may come between any two steps: what is to go with it is named before it is made.
    try:
        handle = _make_locked_file(partial, mode)
        # A write may fail only when the file is closed; the lock has to outlive that.
        lock = os.dup(handle)
        with os.fdopen(handle, "wb") as file:
            yield file
        partial.replace(path)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL and error.filename is None:
            error.filename = str(path)  # write(2) names no file, and there may be several disks
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _make_locked_file(path: Path, mode: int) -> int:
    while True:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        if _locked_there(handle, path):
            return handle
        os.close(handle)


@contextlib.contextmanager
def directory_made_whole(final: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes ``final`` (replacing it) only when the block ends without an error."""
    final.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(final)
    partial = _new_partial(final)
    lock: int | None = None
    try:
        lock = lock_new_folder(partial, mode=0o777)
        yield partial
        if final.exists():
            shutil.rmtree(final)
        partial.replace(final)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def remove_directory(folder: Path) -> None:
    """Remove a folder as a whole: under its name readers find all of it or nothing."""
    partial = _new_partial(folder)
    folder.replace(partial)
    shutil.rmtree(partial)


def lock_new_folder(folder: Path, *, mode: int) -> int:
    """Make a folder of a name that nobody else has, and lock it; return the handle that holds the lock.

    Until it is locked another process may take it for what a killed run left, and remove it: it is then made again.
    """
    while True:
        folder.mkdir(mode=mode)
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        if _locked_there(handle, folder):
            return handle
        os.close(handle)


def _locked_there(handle: int, path: Path) -> bool:
    """Lock what was opened; return whether it is still what lies at its path, and not removed in between.

    Where a file system has no locks nothing is ever taken for abandoned.
    """
    with contextlib.suppress(OSError):
        fcntl.flock(handle, fcntl.LOCK_EX)
    return _is_at(handle, path)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except FileNotFoundError:
        return False


def _new_partial(final: Path) -> Path:
    return final.with_name(f"{_partial_prefix(final)}{os.urandom(8).hex()}")


def _partial_prefix(final: Path) -> str:
    return f".partial-{final.name}."


def _remove_abandoned(final: Path) -> None:
    """Remove what killed runs left that were making the same entry; what is neither file nor folder stays."""
    prefix = _partial_prefix(final)
    names: list[str] = []
    with contextlib.suppress(OSError):  # a folder may be one to write to only
        names = os.listdir(final.parent)  # noqa: PTH208 - names are all that is asked
    for name in names:
        if name.startswith(prefix) and _TOKEN.fullmatch(name, len(prefix)):
            with contextlib.suppress(OSError):
                remove_abandoned(final.with_name(name))


def remove_abandoned(path: Path) -> None:
    """Remove a file or folder that nobody holds a lock on; raises `OSError` where that cannot be told."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        mode = os.fstat(handle).st_mode
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_at(handle, path):
            return
        if stat.S_ISDIR(mode):
            shutil.rmtree(path, ignore_errors=True)
        elif stat.S_ISREG(mode):
            path.unlink()
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an advisory lock on a file next to ``path``; the kernel frees it when the process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(f".{path.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
