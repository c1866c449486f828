"""Folders of the cache that hold what was built: none is removed that is in use, and old ones go when others come."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Locked while its folder is in use; its time says when that began last.
MARK = ".used"


@contextlib.contextmanager
def in_use(folder: Path) -> Iterator[bool]:
    """Hold a folder, made where it is missing, so that nobody removes it; yields whether it was not held before."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / MARK
        new = not path.exists()
        try:
            mark = path.open("w")
        except FileNotFoundError:  # removed just now
            continue
        with mark:
            with contextlib.suppress(OSError):  # where a file system has no locks, nothing is ever removed
                fcntl.flock(mark, fcntl.LOCK_SH)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(mark.fileno()), path.stat()):
                    yield new
                    return


def last_used(base: Path) -> list[Path]:
    """Return the folders in ``base`` that were ever held, the one that was held last first."""
    marks = []
    for path in base.glob(f"*/{MARK}"):
        with contextlib.suppress(OSError):
            marks.append((path.stat().st_mtime_ns, path.parent))
    return [folder for _, folder in sorted(marks, reverse=True)]


def remove_unless_in_use(folder: Path) -> bool:
    """Remove a folder that nobody holds; returns whether it is gone."""
    try:
        with (folder / MARK).open("r+") as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return False
    return not folder.exists()


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_size  # noqa: PTH118 - thousands of files
    return total
