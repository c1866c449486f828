"""Sparse members of tar archives: where their pieces lie, and what they are with the holes between.

Source: GNU tar's manual, "Storing Sparse Files": the old GNU format, and versions 0.0, 0.1 and 1.0 in extended headers.
bsdtar writes 1.0 for every file with holes, and linkers leave such between segments.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from everylinux.archives.errors import DamagedError
from everylinux.archives.streams import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.archives.streams import Limited, Stream

BLOCK = 512
NUMBER = 12
MOST_PIECES = 1 << 16
# Version 1.0 has its numbers in decimal digits; none has more than 2**63.
LONGEST_NUMBER = 20
MAP, SIZE, REAL_SIZE, MAJOR = b"GNU.sparse.map", b"GNU.sparse.size", b"GNU.sparse.realsize", b"GNU.sparse.major"
OFFSET, NUMBER_OF_BYTES = b"GNU.sparse.offset", b"GNU.sparse.numbytes"


class Piece(NamedTuple):
    """Bytes that are stored: where they lie in the file."""

    start: int
    size: int


class SparseFile:
    """A file as it was: what is stored of it, and zeros in between."""

    def __init__(self, stored: Limited, pieces: Sequence[Piece], size: int) -> None:
        end = 0
        for piece in pieces:
            if piece.start < end:
                raise DamagedError("the pieces of a sparse file in it overlap")
            end = piece.start + piece.size
        if end > size or sum(piece.size for piece in pieces) != stored.left:
            raise DamagedError("the pieces of a sparse file in it are not what is stored of it")
        self.size = size
        self._stored = stored
        self._pieces = iter(pieces)
        self._piece = Piece(0, 0)
        self._position = 0

    def read(self, count: int, /) -> bytes:
        """Return the next bytes; none at the end."""
        while self._piece.start + self._piece.size <= self._position < self.size:
            self._piece = next(self._pieces, Piece(self.size, self.size))
        hole = min(self._piece.start, self.size) - self._position
        if hole > 0:
            data = bytes(min(count, hole, CHUNK))
        elif self._position < self.size:
            data = self._stored.read(min(count, self._piece.start + self._piece.size - self._position))
        else:
            return b""
        self._position += len(data)
        return data


def old_pieces(header: bytes, stream: Stream, number: Callable[[bytes], int]) -> list[Piece]:
    """Return the pieces that an old GNU header and the blocks behind it name."""
    found = _in_fields(header[386:482], number)
    more = header[482]
    while more:
        block = stream.exactly(BLOCK)
        found += _in_fields(block[:504], number)
        more = block[504]
        _check_number(len(found))
    return found


def pieces_of_records(records: Sequence[tuple[bytes, bytes]]) -> list[Piece]:
    """Return the pieces that an extended header of version 0.0 or 0.1 names."""
    numbers: list[int] = []
    for key, value in records:
        if key == MAP:
            numbers += [decimal(one) for one in value.split(b",") if one]
        elif key in (OFFSET, NUMBER_OF_BYTES):
            numbers.append(decimal(value))
    return _paired(numbers)


def pieces_in_content(content: Limited) -> list[Piece]:
    """Return the pieces that the content of version 1.0 begins with, and leave what is stored of them."""
    text = b""
    lines: list[bytes] = []
    wanted = 1
    while len(lines) < wanted:
        block = b""
        while len(block) < BLOCK:
            data = content.read(BLOCK - len(block))
            if not data:
                raise DamagedError("the map of a sparse file in it ends too early")
            block += data
        *whole, text = (text + block).split(b"\n")
        lines += whole
        if len(text) > LONGEST_NUMBER and len(lines) < wanted:
            decimal(text)
        if lines:
            wanted = 1 + 2 * _check_number(decimal(lines[0]))
    return _paired([decimal(line) for line in lines[1:wanted]])


def decimal(text: bytes) -> int:
    """Return a number in decimal digits; raises `DamagedError` for anything else."""
    if not text.isdigit() or len(text) > LONGEST_NUMBER:
        raise DamagedError("a size in it is no number")
    return int(text)


def _in_fields(fields: bytes, number: Callable[[bytes], int]) -> list[Piece]:
    both = (fields[at : at + 2 * NUMBER] for at in range(0, len(fields), 2 * NUMBER))
    # An entry without a number of bytes ends the list.
    named = itertools.takewhile(lambda pair: pair[NUMBER], both)
    return [Piece(number(pair[:NUMBER]), number(pair[NUMBER:])) for pair in named]


def _paired(numbers: Sequence[int]) -> list[Piece]:
    if len(numbers) % 2:
        raise DamagedError("the map of a sparse file in it ends too early")
    _check_number(len(numbers) // 2)
    return [Piece(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]


def _check_number(count: int) -> int:
    if count > MOST_PIECES:
        raise DamagedError("a sparse file in it has too many pieces")
    return count
