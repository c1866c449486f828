"""Logs of any length for the benchmarks, made of real ones: no line with a path or a longer number comes twice.

The good part is the log of building CPython (``logs/cpython.log.xz``), the failing part are the gallery's logs. A block
of some megabytes is made once; its changing places are bytes that no log has, and each copy of it has other digits
there.
"""

from __future__ import annotations

import lzma
import re
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = Path(__file__).resolve().parent
GOOD = TOOLS / "logs" / "cpython.log.xz"
CASES = TOOLS.parent / "tests" / "failures" / "cases"
BLOCK = 8 << 20
# Control characters that stand for the ten digits of a block; they are no part of any log.
PLACES = bytes(range(0x10, 0x1A))
NUMBER = re.compile(rb"(?<![\w.])\d{3,}")


def write_log(stream: BinaryIO, size: int, *, failing: float = 0.0, seed: int = 1) -> None:
    """Write a log of about ``size`` bytes, of whose lines a share is from logs of failures."""
    random = Random(seed)  # noqa: S311 - chance that can be repeated
    block = b"".join(_lines(random, failing, min(size, BLOCK)))
    written = 0
    while written < size:
        digits = list(b"0123456789")
        random.shuffle(digits)
        written += stream.write(block.translate(bytes.maketrans(PLACES, bytes(digits))))


def _lines(random: Random, failing: float, size: int) -> Iterator[bytes]:
    good = lzma.decompress(GOOD.read_bytes()).splitlines()
    bad = [path.read_bytes().splitlines() for path in sorted(CASES.glob("*/log.txt"))]
    made = wanted = 0
    for number in range(size):
        lines = [good[number % len(good)]]
        if failing and wanted < failing * number:
            lines = random.choice(bad)
            wanted += len(lines)
        for line in lines:
            changed = _with_places(line, random) + b"\n"
            made += len(changed)
            yield changed
        if made >= size:
            return


def _with_places(line: bytes, random: Random) -> bytes:
    if b"/" in line:
        return line.replace(b"/", b"/" + _places(random, 6) + b"/", 1)
    return NUMBER.sub(lambda match: _places(random, len(match[0])), line)


def _places(random: Random, count: int) -> bytes:
    return bytes(random.choice(PLACES) for _ in range(count))
