"""Folders for what is unpacked during one run; nothing of them stays, also after a run that was killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory, new_locked_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PLACE = "unpacked"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield an empty folder that only its owner can read; it is gone when the block ends.

    What a killed run left is removed first: the kernel freed its lock.
    """
    place = cache_directory(PLACE)
    _remove_abandoned(place)
    folder, handle = new_locked_folder(place, mode=0o700)
    try:
        yield folder.resolve()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def _remove_abandoned(place: Path) -> None:
    for folder in place.iterdir():
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(handle)
