"""Reading files, and never more of them than is needed: a project's from the beginning, logs from their end."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def read_head(path: Path, count: int) -> bytes:
    """Return at most the first ``count`` bytes; nothing of a pipe, a device or what cannot be read.

    Opening a pipe would wait for its writer, so it is opened without waiting and looked at first.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    with os.fdopen(handle, "rb") as file:
        return file.read(count) if stat.S_ISREG(os.fstat(handle).st_mode) else b""


def read_tail(path: Path, start: int, count: int) -> bytes:
    """Return what a file has after byte ``start``, at most the last ``count`` bytes of it; raises `OSError`."""
    with path.open("rb") as file:
        file.seek(max(start, file.seek(0, os.SEEK_END) - count))
        return file.read(count)
