"""Reading ar archives (deb(5) and ar(5)): a Debian package is one of three members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.archives.errors import DamagedError
from everylinux.archives.interface import Member
from everylinux.archives.streams import FilePart

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from everylinux.archives.budget import Budget

MAGIC = b"!<arch>\n"
HEADER = 60
END = b"`\n"


def members(file: BinaryIO, budget: Budget) -> Iterator[Member]:
    """Yield every member; their contents stay readable as long as the file is open."""
    part = FilePart(file)
    if part.read(len(MAGIC)) != MAGIC:
        raise DamagedError("it does not begin as an ar archive")
    while part.left:
        header = part.read(HEADER)
        digits = header[48:58].strip()
        if len(header) < HEADER or header[58:] != END or not digits.isdigit():
            raise DamagedError("a header in it is malformed")
        budget.member()
        size = int(digits)
        content = FilePart(file, part.position, size)
        name = header[:16].rstrip(b" ").removesuffix(b"/").decode("utf-8", "surrogateescape")
        yield Member(name, "file", size=size, content=content)
        part.skip(min(size + size % 2, part.left))
