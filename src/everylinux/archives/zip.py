"""Reading zip archives, wheels among them."""

from __future__ import annotations

import os
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING

from everylinux.archives.compression import inflated
from everylinux.archives.errors import DamagedError, LimitError, UnsupportedError
from everylinux.archives.inflate import INFLATE_ERRORS, at_once, beginning, crc32
from everylinux.archives.interface import LONGEST_PATH, Member
from everylinux.archives.streams import CHUNK, FilePart, Room

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Reader

END_MAGIC = b"PK\x05\x06"
END_SIZE = 22
LOCAL_MAGIC = b"PK\x03\x04"
LOCAL_HEADER = 30
# A header, and enough after it to know a tar archive.
BEGINNING = 1536
ZIP64_MAGIC = b"PK\x06\x06"
ZIP64_DISTANCE = 20 + 56  # the locator, and the record that it leads to
LONGEST_COMMENT = 0xFFFF
# `zipfile` reads the list of members at once; about 200,000 of them.
LARGEST_DIRECTORY = 24 << 20
MADE_ON_UNIX = 3
ENCRYPTED = 0x1
PLAIN_WAYS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ROOM = Room()
OTHER_SUM = "a file in it is not what its check sum says"
ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, OverflowError, UnicodeError)


def members(file: BinaryIO, budget: Budget, *, links: bool) -> Iterator[Member]:
    """Yield every member, as its list at the end names them; ``links``: symbolic links are such (not in wheels).

    Raises `DamagedError`, `LimitError`, and `UnsupportedError` for a compression that Python does not know.
    """
    _bound_directory(file)
    try:
        archive = zipfile.ZipFile(file)
    except (*ERRORS, NotImplementedError) as error:
        raise DamagedError(f"it is no whole zip archive: {error}") from error
    with archive:
        for info in archive.infolist():
            budget.member()
            yield _member(archive, file, info, budget, links=links)


def _member(archive: zipfile.ZipFile, file: BinaryIO, info: zipfile.ZipInfo, budget: Budget, *, links: bool) -> Member:
    # The type and the mode are there only when a Unix program made the archive.
    attributes = info.external_attr >> 16 if info.create_system == MADE_ON_UNIX else 0
    mode = stat.S_IMODE(attributes) or 0o644
    if info.flag_bits & ENCRYPTED:
        return Member(info.filename, "special", mode, info.file_size, note="encrypted")
    if info.filename.endswith("/"):
        return Member(info.filename, "directory", mode)
    content = _Content(archive, file, info, budget)
    if links and stat.S_ISLNK(attributes):
        target = content.whole(LONGEST_PATH)
        return Member(info.filename, "symlink", mode, target=target.decode("utf-8", "surrogateescape"))
    return Member(info.filename, "file", mode, info.file_size, content=content, at_once=content.at_once)


class _Content:
    """One member's content; its size and check sum are compared where it ends.

    Of most members only the beginning is asked for: it is read at once, and from the start again when all is wanted
    and it was not all.
    """

    def __init__(self, archive: zipfile.ZipFile, file: BinaryIO, info: zipfile.ZipInfo, budget: Budget) -> None:
        self._archive = archive
        self._file = file
        self._info = info
        self._budget = budget
        self._reader: Reader | None = None
        self._given: int | None = None
        self._all = False
        self._charged = False
        self._size = 0
        self._sum = 0

    def read(self, count: int, /) -> bytes:
        if self._given is None:
            data = self._beginning(count)
            self._given = len(data)
            self._budget.spend(self._given)
            self._all = self._given == self._info.file_size and crc32(data) == self._info.CRC
            if data:
                return data
        if self._all:
            return b""
        try:
            if self._reader is None:
                self._reader = self._open()
            while self._size < self._given and (data := self._next(self._given - self._size)):
                pass
            return self._next(count)
        except (NotImplementedError, RuntimeError) as error:
            raise UnsupportedError(f"a way of compressing in it is not read: {error}") from error
        except ERRORS as error:
            raise DamagedError(f"a file in it cannot be read: {error}") from error

    def at_once(self) -> bytes | bytearray | None:
        """Return all of it; ``None`` for what is packed in an unusual way, or into more than it holds.

        It can be asked for again as long as the archive's file is open.
        """
        info = self._info
        if info.compress_type not in PLAIN_WAYS or info.compress_size > info.file_size + CHUNK:
            return None
        if not self._charged:
            self._budget.spend(info.file_size)
            self._charged = True
        try:
            packed = self._packed().whole(_ROOM)
            inflating = info.compress_type == zipfile.ZIP_DEFLATED
            data = at_once(packed, info.file_size) if inflating else bytes(packed)
        except INFLATE_ERRORS as error:
            raise DamagedError(OTHER_SUM) from error
        if (len(data), crc32(data)) != (info.file_size, info.CRC):
            raise DamagedError(OTHER_SUM)
        return data

    def _next(self, count: int) -> bytes:
        data = self._reader.read(count) if self._reader is not None else b""
        if self._info.compress_type != zipfile.ZIP_DEFLATED:
            self._budget.spend(len(data))
        self._size += len(data)
        self._sum = crc32(data, self._sum)
        if not data and (self._size, self._sum) != (self._info.file_size, self._info.CRC):
            raise DamagedError(OTHER_SUM)
        return data

    def _beginning(self, count: int) -> bytes:
        """Return the first bytes as far as one read has them; nothing when that does not tell."""
        info = self._info
        if info.compress_type != zipfile.ZIP_DEFLATED:
            return b""
        try:
            data = os.pread(self._file.fileno(), BEGINNING, info.header_offset)
        except (OSError, OverflowError):  # an offset that no file has
            return b""
        start = _content_start(data) if len(data) >= LOCAL_HEADER else 0
        if not data.startswith(LOCAL_MAGIC) or start >= len(data):
            return b""
        return beginning(data[start : start + info.compress_size], count)

    def _open(self) -> Reader:
        info = self._info
        if info.compress_type not in PLAIN_WAYS:
            return self._archive.open(info)
        part = self._packed()
        return part if info.compress_type == zipfile.ZIP_STORED else inflated(part, self._budget)

    def _packed(self) -> FilePart:
        """Return the bytes that it is packed into."""
        info = self._info
        header = FilePart(self._file, info.header_offset, LOCAL_HEADER).read(LOCAL_HEADER)
        if not header.startswith(LOCAL_MAGIC):
            raise DamagedError("a file in it has no header")
        return FilePart(self._file, info.header_offset + _content_start(header), info.compress_size)

    def whole(self, most: int) -> bytes:
        data = b""
        while piece := self.read(most + 1 - len(data)):
            data += piece
            if len(data) > most:
                raise DamagedError("a link in it is too long")
        return data


def _content_start(header: bytes) -> int:
    """Return where a member's content begins after its own header (APPNOTE.TXT, 4.3.7)."""
    return LOCAL_HEADER + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")


def _bound_directory(file: BinaryIO) -> None:
    """Raise `LimitError` when the list of members is too long to be read at once (APPNOTE.TXT, 4.3.14 and 4.3.16)."""
    part = FilePart(file)
    tail_start = max(0, part.left - END_SIZE - LONGEST_COMMENT - ZIP64_DISTANCE)
    part.skip(tail_start)
    tail = part.read(part.left)
    end = tail.rfind(END_MAGIC)
    if end < 0 or len(tail) < end + END_SIZE:
        raise DamagedError("it has no list of its members: it may be cut off")
    size = int.from_bytes(tail[end + 12 : end + 16], "little")
    zip64 = end - ZIP64_DISTANCE
    if zip64 >= 0 and tail[zip64 : zip64 + 4] == ZIP64_MAGIC:
        size = max(size % 0xFFFFFFFF, int.from_bytes(tail[zip64 + 40 : zip64 + 48], "little"))
    if size > LARGEST_DIRECTORY:
        raise LimitError(f"its list of members is longer than {LARGEST_DIRECTORY >> 20} MiB")
