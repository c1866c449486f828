"""What a tool answered before, kept for as long as everything that decides the answer stays as it was.

Asking a compiler for its version takes longer than a build that has nothing to do.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory, write_atomically
from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Longer ones are asked for again each time.
ANSWER_BYTES = 64 << 10
# The answers that were given last; each project that chooses its own Rust has one.
MOST = 200


def stamp(path: Path) -> str:
    """Return what changes when a file is written, replaced, made or removed: its path, size, time and number."""
    try:
        status = path.stat()
    except OSError:
        return f"{path} -"
    return f"{path} {status.st_size} {status.st_mtime_ns} {status.st_ino}"


def kept_answer(question: Sequence[str]) -> bytes | None:
    """Return the answer to a question that was kept, ``None`` for a new one.

    A question is everything that decides its answer: the tool, its arguments, the stamps of the files that it reads.
    """
    return read_head(_file(question), ANSWER_BYTES) or None


def keep_answer(question: Sequence[str], answer: bytes) -> None:
    """Keep an answer, and let go of the oldest when there are too many; without room nothing is kept."""
    if not 0 < len(answer) < ANSWER_BYTES:
        return
    with contextlib.suppress(OSError):
        path = _file(question)
        write_atomically(path, answer)
        kept = sorted(path.parent.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for old in kept[MOST:]:
            old.unlink(missing_ok=True)


def _file(question: Sequence[str]) -> Path:
    name = hashlib.sha256(b"\0".join(map(os.fsencode, question))).hexdigest()[:32]
    return cache_directory("answers") / name
