"""Reading tar archives (POSIX pax, ustar, GNU and Version 7) as a stream of members.

Own code, because the standard library's `tarfile` keeps every member in memory, reads extended headers of any size at
once, and in older releases of Python can be made to loop by a header. Sources: POSIX.1-2024, pax, "ustar Interchange
Format" and "pax Interchange Format"; GNU tar's manual, "Basic Tar Format".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from everylinux.archives import sparse
from everylinux.archives.errors import DamagedError
from everylinux.archives.interface import LONGEST_PATH, Member
from everylinux.archives.streams import Limited

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import MemberKind
    from everylinux.archives.streams import Stream

BLOCK = 512
ZEROS = bytes(BLOCK)
# Extended attributes make real ones some kilobytes long.
LONGEST_EXTENSION = 1 << 20
KINDS: dict[bytes, MemberKind] = {b"1": "hardlink", b"2": "symlink", b"5": "directory", b"D": "directory"}
SPECIAL = {b"3": "a device", b"4": "a device", b"6": "a pipe", b"V": "a label", b"M": "a part"}
PAX, PAX_GLOBAL, PAX_SOLARIS, GNU_NAME, GNU_LINK = b"x", b"g", b"X", b"L", b"K"
EXTENSIONS = frozenset({PAX, PAX_GLOBAL, PAX_SOLARIS, GNU_NAME, GNU_LINK})


@dataclass
class _Extension:
    """What extended headers say of the member that follows."""

    name: str | None = None
    link: str | None = None
    size: int | None = None
    sparse: list[tuple[bytes, bytes]] = field(default_factory=list)


def is_tar(head: bytes) -> bool:
    """Return whether a first block is that of a tar archive: its check sum is right."""
    return len(head) >= BLOCK and head[:BLOCK] != ZEROS and _checksum_is_right(head[:BLOCK])


def members(stream: Stream, budget: Budget) -> Iterator[Member]:
    """Yield every member; raises `DamagedError` for what is no tar archive, and where it ends too early.

    An archive without its end mark is whole: the parts of an Alpine package are put together that way.
    """
    extension = _Extension()
    while header := stream.peek(BLOCK):
        header = stream.exactly(BLOCK)
        if header == ZEROS:
            break
        if not _checksum_is_right(header):
            raise DamagedError("a header in it has a wrong check sum")
        budget.member()
        size = _number(header[124:136])
        kind = header[156:157]
        if kind in EXTENSIONS:
            _extend(extension, kind, stream, size)
            continue
        member, content = _member(header, kind, size, extension, stream)
        extension = _Extension()
        yield member
        content.finish(-content.size % BLOCK)
    stream.drain()


class _Content(Limited):
    """A member's content, which remembers how long it is."""

    def __init__(self, stream: Stream, size: int) -> None:
        super().__init__(stream, size)
        self.size = size


def _member(header: bytes, kind: bytes, size: int, extension: _Extension, stream: Stream) -> tuple[Member, _Content]:
    name = extension.name if extension.name is not None else _name(header)
    link = extension.link if extension.link is not None else _text(header[157:257])
    found = KINDS.get(kind, "file")
    note = SPECIAL.get(kind, "")
    pieces = sparse.old_pieces(header, stream, _number) if kind == b"S" else None
    if extension.size is not None:
        size = extension.size
    if found == "file" and kind in b"\x000" and name.endswith("/"):
        found = "directory"  # Version 7 had no type for folders
    if note:
        found = "special"
    # Links, folders and devices have no content, whatever their size field says (as GNU tar reads them).
    content = _Content(stream, size if found == "file" or kind in b"VM" else 0)
    mode = _number(header[100:108]) & 0o7777
    told: _Content | sparse.SparseFile = content
    if pieces is not None:
        told = sparse.SparseFile(content, pieces, _number(header[483:495]))
    elif extension.sparse and found == "file":
        told = _extended_sparse(extension.sparse, content)
    return Member(name, found, mode, told.size, link, told, note), content


def _extended_sparse(records: list[tuple[bytes, bytes]], content: _Content) -> sparse.SparseFile:
    """Return a sparse file as the records of its extended header tell it."""
    told = dict(records)
    pieces = sparse.pieces_in_content(content) if sparse.MAJOR in told else sparse.pieces_of_records(records)
    size = told.get(sparse.REAL_SIZE, told.get(sparse.SIZE, b""))
    return sparse.SparseFile(content, pieces, sparse.decimal(size))


def _extend(extension: _Extension, kind: bytes, stream: Stream, size: int) -> None:
    if size > LONGEST_EXTENSION:
        raise DamagedError("an extended header in it is too long")
    text = stream.exactly(size)
    stream.skip(-size % BLOCK)
    if kind == GNU_NAME:
        extension.name = _text(text)
    elif kind == GNU_LINK:
        extension.link = _text(text)
    elif kind != PAX_GLOBAL:
        _read_pax(extension, text)


def _read_pax(extension: _Extension, text: bytes) -> None:
    """Read records: a length that counts the whole record, a space, ``KEY=VALUE`` and a newline."""
    position = 0
    while position < len(text) and text[position]:
        space = text.find(b" ", position, position + 12)
        digits = text[position:space]
        if space < 0 or not digits.isdigit():
            raise DamagedError("an extended header in it is malformed")
        end = position + int(digits)
        key, equals, value = text[space + 1 : end - 1].partition(b"=")
        if end <= space + 1 or end > len(text) or not equals:
            raise DamagedError("an extended header in it is malformed")
        if key in (b"path", b"GNU.sparse.name"):
            extension.name = _text(value)
        elif key == b"linkpath":
            extension.link = _text(value)
        elif key == b"size":
            if not value.isdigit() or len(value) > 19:  # noqa: PLR2004 - digits of 2**63
                raise DamagedError("a size in it is no number")
            extension.size = int(value)
        elif key.startswith(b"GNU.sparse."):
            extension.sparse.append((key, value))
        position = end


def _name(header: bytes) -> str:
    name = _text(header[:100])
    prefix = header[345:500]
    # GNU's own format keeps times where POSIX has the prefix.
    if header[257:263] == b"ustar\0" and prefix[0]:
        return f"{_text(prefix)}/{name}"
    return name


def _text(field: bytes) -> str:
    text = field.split(b"\0", 1)[0]
    return text[: LONGEST_PATH + 1].decode("utf-8", "surrogateescape")


def _number(field: bytes) -> int:
    """Return a number as octal digits or, with the first bit set, in base 256."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise DamagedError("a number in it is negative")
        return int.from_bytes(bytes([field[0] & 0x3F]) + field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip()
    if not digits:
        return 0
    if digits.strip(b"01234567"):
        raise DamagedError("a number in it has other digits than octal ones")
    return int(digits, 8)


def _checksum_is_right(header: bytes) -> bool:
    field = header[148:156]
    if field.strip(b"01234567 \0") or not field.strip(b" \0"):
        return False
    try:
        written = _number(field)
    except DamagedError:
        return False
    rest = header[:148] + header[156:]
    unsigned = sum(rest) + 8 * 0x20
    # Old programs summed signed characters.
    return written == unsigned or written == unsigned - 256 * sum(byte > 0x7F for byte in rest)  # noqa: PLR2004 - the sign bit
