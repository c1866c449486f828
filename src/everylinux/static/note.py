"""The note by which a module says what libc is inside of it, also once it is stripped (``data/static/note.c``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.elf.errors import CorruptElfError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MARK, ROOM = b"everylinux\0\0", 96
UNKNOWN = b"musl ?"


def write_note(path: Path, kinds: Sequence[str]) -> None:
    """Say in a file's note of which kinds its libc depends on the process.

    Raises `CorruptElfError` for a file without exactly one such note.
    """
    content = path.read_bytes()
    text = " ".join(["musl", *kinds]).encode()
    if content.count(MARK + UNKNOWN) != 1 or len(text) >= ROOM:
        raise CorruptElfError(f"{path.name} has no note of the libc inside of it")
    place = content.index(MARK + UNKNOWN) + len(MARK)
    path.write_bytes(content[:place] + text.ljust(ROOM, b"\0") + content[place + ROOM :])
