"""Reading a project's files: regular ones only, and never more than is needed."""

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
