"""The room on the disk that a build takes, watched while it runs: no limit of a process holds for all its files."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from pathlib import Path

LOOK_SECONDS = 0.5


class Watch:
    """Looks at the room that a build takes on the disk, and kills it when that is too much."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most = folder, most
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = threading.Event()
        self.full = False

    def take(self, process: subprocess.Popen[bytes]) -> None:
        """Watch this process."""
        self._process = process

    def look(self) -> None:
        """Look until it ends. The whole tree is measured only when the disk lost as much as would be too much."""
        begin = shutil.disk_usage(self._folder).free
        while not self._ended.wait(LOOK_SECONDS):
            lost = begin - shutil.disk_usage(self._folder).free
            if self._process and lost > self._most and _size(self._folder) > self._most:
                self.full = True
                self._process.kill()
                return

    def end(self) -> None:
        """Look no more."""
        self._ended.set()


@contextlib.contextmanager
def watched(folder: Path, most: int) -> Iterator[Watch]:
    """Yield a watch over a folder in which a build may write ``most`` bytes; it looks until the block ends."""
    watch = Watch(folder, most)
    thread = threading.Thread(target=watch.look, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        watch.end()
        thread.join()


def _size(folder: Path) -> int:
    """Return how many bytes a tree takes on the disk; what vanishes meanwhile takes none."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512  # noqa: PTH118 - many thousands
    return total
