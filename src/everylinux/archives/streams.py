"""Bytes in order, from a file, a part of one, or what a decompressor makes of them."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING, BinaryIO

from everylinux.archives.errors import DamagedError

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.archives.interface import Reader

CHUNK = 1 << 18
MOST_ROOM = 32 << 20


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file; raises `OSError` also for a pipe or a device, for which opening would wait."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(None, "not a regular file", str(path))
    return os.fdopen(handle, "rb", buffering=0)


class Room(threading.local):
    """Memory that a thread uses again and again: what was touched before costs least."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def of(self, size: int) -> memoryview:
        """Return room for so many bytes, whatever is in it; it is not kept where it is very large."""
        if size > MOST_ROOM:
            return memoryview(bytearray(size))
        if len(self._bytes) < size:
            self._bytes = bytearray(max(size, 2 * len(self._bytes)))
        return memoryview(self._bytes)[:size]


class FilePart:
    """A part of an open file, with a position of its own: several parts of one file can be read in turn."""

    def __init__(self, file: BinaryIO, start: int = 0, size: int | None = None) -> None:
        self._file = file
        self._position = start
        there = os.fstat(file.fileno()).st_size
        self._end = there if size is None else start + size
        if not 0 <= start <= self._end <= there:
            raise DamagedError("a part of it lies beyond its end")

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return self._end - self._position

    @property
    def position(self) -> int:
        """Where in the file the next byte lies."""
        return self._position

    def read(self, count: int, /) -> bytes:
        """Return the next bytes."""
        data = os.pread(self._file.fileno(), min(count, self.left), self._position)
        self._position += len(data)
        return data

    def whole(self, room: Room) -> memoryview:
        """Return all that is left; it is valid until the room is used again."""
        size = self.left
        view = room.of(size)
        read = 0
        while read < size and (count := os.preadv(self._file.fileno(), [view[read:]], self._position + read)):
            read += count
        self._position += read
        return view[:read]

    def skip(self, count: int) -> None:
        """Pass over bytes without reading them."""
        if count > self.left:
            raise DamagedError("it ends too early")
        self._position += count


class Stream:
    """A reader with what formats need: exact reads, skipping, a look ahead."""

    def __init__(self, source: Reader) -> None:
        self._source = source
        self._ahead = b""

    def peek(self, count: int) -> bytes:
        """Return the next bytes without taking them, fewer only at the end."""
        while len(self._ahead) < count:
            data = self._source.read(count - len(self._ahead))
            if not data:
                break
            self._ahead += data
        return self._ahead[:count]

    def read(self, count: int, /) -> bytes:
        """Return at least one and at most ``count`` bytes; none at the end."""
        if self._ahead:
            data, self._ahead = self._ahead[:count], self._ahead[count:]
            return data
        return self._source.read(count)

    def exactly(self, count: int) -> bytes:
        """Return exactly ``count`` bytes; raises `DamagedError` where it ends before."""
        data = self.read(count)
        if len(data) == count:
            return data
        parts = [data]
        missing = count - len(data)
        while missing and parts[-1]:
            parts.append(self.read(min(missing, CHUNK)))
            missing -= len(parts[-1])
        if missing:
            raise DamagedError("it ends too early")
        return b"".join(parts)

    def skip(self, count: int) -> None:
        """Pass over bytes; raises `DamagedError` where it ends before."""
        passed = min(count, len(self._ahead))
        self._ahead = self._ahead[passed:]
        count -= passed
        if count and isinstance(self._source, FilePart):
            self._source.skip(count)
            return
        while count:
            data = self._source.read(min(count, CHUNK))
            if not data:
                raise DamagedError("it ends too early")
            count -= len(data)

    def drain(self) -> None:
        """Read to the end, so that check sums that lie there are compared."""
        while self.read(CHUNK):
            pass


class Hashed:
    """Computes the SHA-2 digest of what is read; ``expected`` is in hexadecimal."""

    def __init__(self, source: Reader, algorithm: str, expected: str) -> None:
        import hashlib

        self._source = source
        self._expected = expected
        self._hash = hashlib.new(algorithm)

    def read(self, count: int, /) -> bytes:
        """Return the next bytes."""
        data = self._source.read(count)
        self._hash.update(data)
        return data

    def compare(self) -> None:
        """Read to the end; raises `DamagedError` when the content is not what the digest names."""
        while self.read(CHUNK):
            pass
        if self._hash.hexdigest() != self._expected:
            raise DamagedError(f"its content is not what its digest names: {self._expected}")


class Limited:
    """The next ``size`` bytes of a stream: the content of one member."""

    def __init__(self, stream: Stream, size: int) -> None:
        self._stream = stream
        self.left = size

    def read(self, count: int, /) -> bytes:
        """Return the next bytes; raises `DamagedError` where the stream ends before the content does."""
        if not self.left:
            return b""
        data = self._stream.read(min(count, self.left))
        if not data:
            raise DamagedError("it ends too early")
        self.left -= len(data)
        return data

    def finish(self, padding: int = 0) -> None:
        """Pass over what was not read, and over padding."""
        self._stream.skip(self.left + padding)
        self.left = 0
