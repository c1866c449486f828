"""Decompressing gzip, xz, lzma, bzip2 and zstd in pieces of bounded size.

Several frames after each other are one stream, as those formats say (RFC 1952, RFC 8878, xz-file-format.txt); zeros
may follow, nothing else. Check sums of the formats are compared.
"""

from __future__ import annotations

import importlib
import lzma
import sys
from typing import TYPE_CHECKING, Protocol

from everylinux.archives.errors import DamagedError, LimitError
from everylinux.archives.inflate import INFLATE_ERRORS, Inflate
from everylinux.archives.streams import CHUNK, Stream

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Reader

# `xz -9` needs 65 MiB; the format allows 4 GiB.
MOST_MEMORY = 256 << 20
# zstd's own limit without --long; 128 MiB.
LARGEST_WINDOW_LOG = 27
LONGEST_MAGIC = 6


class Decompressor(Protocol):
    """What lzma, bz2 and zstd have in common."""

    @property
    def eof(self) -> bool:
        """Whether the frame is complete."""

    @property
    def needs_input(self) -> bool:
        """Whether there is no more output without more input."""

    @property
    def unused_data(self) -> bytes:
        """What follows the frame."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most ``max_length`` bytes."""


def _raw() -> Decompressor:
    return Inflate(raw=True)


def _xz() -> Decompressor:
    return lzma.LZMADecompressor(memlimit=MOST_MEMORY)


def _bzip2() -> Decompressor:
    import bz2

    return bz2.BZ2Decompressor()


def _zstd_module() -> ModuleType:
    """Return Python's own module, or before 3.14 the same one as a package of its own."""
    name = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"
    return importlib.import_module(name)


def _zstd() -> Decompressor:
    zstd = _zstd_module()
    decompressor: Decompressor = zstd.ZstdDecompressor(
        options={zstd.DecompressionParameter.window_log_max: LARGEST_WINDOW_LOG}
    )
    return decompressor


FORMATS: tuple[tuple[bytes, Callable[[], Decompressor]], ...] = (
    (b"\x1f\x8b\x08", Inflate),
    (b"\xfd7zXZ\x00", _xz),
    (b"BZh", _bzip2),
    (b"\x28\xb5\x2f\xfd", _zstd),
    *((bytes([0x50 + number]) + b"\x2a\x4d\x18", _zstd) for number in range(16)),  # skippable frames
    (b"\x5d\x00\x00", _xz),
)
MAGICS = tuple(magic for magic, _ in FORMATS)


def is_compressed(head: bytes) -> bool:
    """Return whether the first bytes are those of a format that can be decompressed."""
    return head.startswith(MAGICS)


def decompressed(source: Reader, budget: Budget) -> Stream:
    """Return what is compressed there, or the bytes themselves when they are not compressed."""
    stream = Stream(source)
    opener = _opener(stream.peek(LONGEST_MAGIC))
    return stream if opener is None else Stream(_Decompressed(stream, opener, budget))


def inflated(source: Reader, budget: Budget) -> Reader:
    """Return what is compressed with DEFLATE and nothing around it, as zip archives have it."""
    return _Decompressed(Stream(source), _raw, budget)


def begins(head: bytes, count: int) -> bytes:
    """Return the first decompressed bytes of compressed ones, as many as are in ``head``; never raises."""
    opener = _opener(head)
    errors: tuple[type[Exception], ...] = (MemoryError, *_errors_of(opener))
    try:
        return opener().decompress(head, count) if opener else b""
    except errors:
        return b""


def _opener(head: bytes) -> Callable[[], Decompressor] | None:
    return next((opener for magic, opener in FORMATS if head.startswith(magic)), None)


def _errors_of(opener: Callable[[], Decompressor] | None) -> tuple[type[Exception], ...]:
    errors: tuple[type[Exception], ...] = (*INFLATE_ERRORS, lzma.LZMAError, OSError, EOFError, ValueError)
    if opener is _zstd:
        zstd = _zstd_module()
        errors += (zstd.ZstdError,)
    return errors


class _Decompressed:
    """Decompresses frame after frame."""

    def __init__(self, source: Stream, opener: Callable[[], Decompressor], budget: Budget) -> None:
        self._source = source
        self._opener = opener
        self._errors = _errors_of(opener)
        self._budget = budget
        self._frame: Decompressor | None = opener()
        self._rest = b""
        self._ended = False

    def read(self, count: int, /) -> bytes:
        while True:
            if self._frame is None and not self._next_frame():
                return b""
            frame = self._frame
            assert frame is not None  # noqa: S101 - for the type checker
            out = self._piece(frame, count)
            if frame.eof:
                self._rest = frame.unused_data + self._rest
                self._frame = None
            elif not out and self._ended and not self._rest:
                raise DamagedError("it ends too early")
            if out:
                self._budget.spend(len(out))
                return out

    def _piece(self, frame: Decompressor, count: int) -> bytes:
        data = b""
        if frame.needs_input:
            data = self._rest or self._more()
            self._rest = b""
        try:
            return frame.decompress(data, count)
        except MemoryError as error:
            raise LimitError("it needs too much memory to decompress") from error
        except self._errors as error:
            if "emory" in str(error):
                raise LimitError("it needs too much memory to decompress") from error
            raise DamagedError(f"it cannot be decompressed: {error}") from error

    def _next_frame(self) -> bool:
        """Start the frame that follows; return whether there is one."""
        while True:
            self._rest = self._rest.lstrip(b"\0")
            if len(self._rest) >= LONGEST_MAGIC or self._ended:
                break
            self._rest += self._more()
        if not self._rest:
            return False
        if _opener(self._rest) is not self._opener:
            raise DamagedError("something else follows its compressed data")
        self._frame = self._opener()
        return True

    def _more(self) -> bytes:
        data = self._source.read(CHUNK)
        self._ended = not data
        return data
