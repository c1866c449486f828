"""The DEFLATE decompressors: ISA-L's where it is there (twice as fast), else that of Python's own library.

What is wanted as a whole is inflated by libdeflate where that is there: it is faster still, but knows no streams.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types import ModuleType

library: ModuleType
try:
    from isal import isal_zlib as library
except ImportError:  # it is published for x86-64 and 64-bit ARM
    library = zlib

libdeflate: ModuleType | None
try:
    import deflate as libdeflate
except ImportError:  # it is published for the same
    libdeflate = None

INFLATE_ERRORS: tuple[type[Exception], ...] = (zlib.error, library.error)
if libdeflate is not None:
    INFLATE_ERRORS += (libdeflate.DeflateError,)
# As zlib's documentation counts: a header and trailer of gzip, or none.
GZIP, RAW = 31, -15


class _Object(Protocol):
    """What both libraries' decompressors have."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes: ...


def crc32(data: bytes | bytearray, value: int = 0) -> int:
    """Return the check sum that gzip and zip use, going on from ``value``."""
    result: int = library.crc32(data, value)
    return result


def beginning(data: bytes, count: int) -> bytes:
    """Return the first ``count`` bytes of a stream without a header, fewer where ``data`` ends, none where it is bad.

    Setting ISA-L up for a stream costs more than the little that it saves here.
    """
    try:
        return zlib.decompressobj(RAW).decompress(data, count)
    except zlib.error:
        return b""


def at_once(data: memoryview, size: int) -> bytes | bytearray:
    """Return what a whole stream without a header holds, which should be so many bytes; raises `INFLATE_ERRORS`.

    Of one that holds more no more than one byte beyond is inflated.
    """
    if libdeflate is not None:
        whole: bytearray = libdeflate.deflate_decompress(data, size)
        return whole
    stream: _Object = library.decompressobj(RAW)
    return stream.decompress(data, size + 1)


class Inflate:
    """One stream of DEFLATE, with the interface that lzma, bz2 and zstd have; ``raw``: without a gzip header."""

    def __init__(self, *, raw: bool = False) -> None:
        self._inner: _Object = library.decompressobj(RAW if raw else GZIP)

    @property
    def eof(self) -> bool:
        """Whether the stream is complete."""
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        """Whether there is no more output without more input."""
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        """What follows the stream."""
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """Return at most ``max_length`` bytes."""
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)
