"""Folders for what is unpacked during one run; nothing of them stays, also after a run that was killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from everylinux.cache import cache_directory, lock_new_folder, remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = "unpacked"


class Scratch:
    """An empty folder that only its owner can read, made when it is first needed; it is gone when the block ends.

    What a killed run left is removed first: the kernel freed its lock.
    """

    def __init__(self) -> None:
        self._place = cache_directory(PLACE).resolve()
        self.path = self._place / os.urandom(8).hex()
        self._handle: int | None = None

    def __enter__(self) -> Self:
        """Make nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Remove it, also where a signal came right after it was made."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._handle is not None:
            os.close(self._handle)

    def folder(self, name: str = "") -> Path:
        """Return the folder, or one in it, made when it is not there yet."""
        if self._handle is None:
            _remove_abandoned(self._place)
            self._handle = lock_new_folder(self.path, mode=0o700)
        folder = self.path / name
        folder.mkdir(exist_ok=True)
        return folder

    def new_folder(self) -> Path:
        """Return a folder in it that was not there before."""
        return Path(tempfile.mkdtemp(dir=self.folder()))

    def remove(self, name: str) -> None:
        """Remove a folder in it, if it was made."""
        if self._handle is not None and (self.path / name).exists():
            shutil.rmtree(self.path / name)


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield such a folder."""
    with Scratch() as scratch:
        yield scratch.folder()


def _remove_abandoned(place: Path) -> None:
    for folder in place.iterdir():
        with contextlib.suppress(OSError):
            remove_abandoned(folder)
