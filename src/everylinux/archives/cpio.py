"""Reading cpio archives in the "new" format (cpio(5)), which is what an .rpm's payload is."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.archives.errors import DamagedError, UnsupportedError
from everylinux.archives.interface import LONGEST_PATH, Member
from everylinux.archives.streams import Limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.archives.budget import Budget
    from everylinux.archives.streams import Stream

MAGICS = (b"070701", b"070702")
# What rpm writes for packages with a file over 4 GiB: names and sizes are then in the package's header only.
STRIPPED = b"07070X"
HEADER = 110
LAST = "TRAILER!!!"


def members(stream: Stream, budget: Budget) -> Iterator[Member]:
    """Yield every member; a hard link after the file that it leads to, wherever the archive has the content."""
    waiting: dict[bytes, list[str]] = {}
    while (entry := _entry(stream)) is not None:
        budget.member()
        content = Limited(stream, entry.size)
        if not stat.S_ISREG(entry.mode) or not entry.links:
            yield _member(entry, content)
        elif not entry.size:
            # All but one of the names are written without content.
            waiting.setdefault(entry.links, []).append(entry.name)
        else:
            yield _member(entry, content)
            for other in waiting.pop(entry.links, ()):
                yield Member(other, "hardlink", target=entry.name)
        content.finish(-entry.size % 4)
    for first, *others in waiting.values():
        yield Member(first, "file", content=Limited(stream, 0))
        for other in others:
            yield Member(other, "hardlink", target=first)
    stream.drain()


@dataclass(frozen=True)
class _Entry:
    """One header. ``links`` is the same for all names of one file, and empty for a file with one name."""

    name: str
    mode: int
    size: int
    links: bytes


def _entry(stream: Stream) -> _Entry | None:
    """Read a header; ``None`` for the last."""
    header = stream.exactly(HEADER)
    if header[:6] == STRIPPED:
        raise UnsupportedError("a payload with files over 4 GiB is not read")
    if header[:6] not in MAGICS:
        raise DamagedError("its payload is no cpio archive")
    mode, links, size, length = (_number(header, index) for index in (1, 4, 6, 11))
    if not 1 <= length <= LONGEST_PATH + 1:
        raise DamagedError("a name in it has an impossible length")
    name = stream.exactly(length)[:-1].decode("utf-8", "surrogateescape")
    stream.skip(-(HEADER + length) % 4)
    # Inode, and the device's two numbers.
    return None if name == LAST else _Entry(name, mode, size, header[6:14] + header[62:78] if links > 1 else b"")


def _member(entry: _Entry, content: Limited) -> Member:
    name, mode, size = entry.name, entry.mode, entry.size
    permissions = stat.S_IMODE(mode)
    if stat.S_ISLNK(mode):
        if size > LONGEST_PATH:
            raise DamagedError("a link in it is too long")
        target = b""
        while piece := content.read(LONGEST_PATH):
            target += piece
        return Member(name, "symlink", permissions, target=target.decode("utf-8", "surrogateescape"))
    if stat.S_ISDIR(mode):
        return Member(name, "directory", permissions)
    if stat.S_ISREG(mode):
        return Member(name, "file", permissions, size, content=content)
    return Member(name, "special", permissions, note="a device or a pipe")


def _number(header: bytes, index: int) -> int:
    field = header[6 + 8 * index : 14 + 8 * index]
    if field.strip(b"0123456789abcdefABCDEF"):
        raise DamagedError("a number in it has other digits than hexadecimal ones")
    return int(field, 16)
