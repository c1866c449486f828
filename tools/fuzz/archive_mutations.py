"""Changing archives where it hurts: below their compression, in headers with their check sums put right, in lists."""

from __future__ import annotations

import gzip
import lzma
import zlib
from typing import TYPE_CHECKING

from fuzz.mutations import BYTES, TEXTS, Mutation, edge

if TYPE_CHECKING:
    from random import Random

BLOCK = 512
# Offset and size of the fields of a tar header (POSIX, ustar).
TAR_FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "size": (124, 12),
    "type": (156, 1),
    "link": (157, 100),
    "magic": (257, 8),
}
TAR_TYPES = b"\x0001234567LKxgSDVMA"
PATHS = (
    b"../../../escaped",
    b"/escaped",
    b"a/../../../../escaped",
    b".",
    b"..",
    b"lib/x",
    b"loop/x",
    b"bin/program/x",
    b"hard",
)
SIZES = (b"00000000000\0", b"77777777777\0", b"\x80" + b"\0" * 3 + b"\xff" * 8, b"-1\0", b"\xff" * 12, b"1 2 3", b"")
# Where the lists of a zip archive have their numbers and names (APPNOTE.TXT, 4.3.7 and 4.3.12).
ZIP_FIELDS = {
    b"PK\3\4": (4, 6, 8, 14, 18, 22, 26, 28, 30),
    b"PK\1\2": (6, 8, 10, 16, 20, 24, 28, 30, 32, 38, 42, 46),
    b"PK\5\6": (8, 10, 12, 16, 20),
}
MAGICS = {b"\x1f\x8b": "gzip", b"\xfd7zXZ": "xz"}


def below_compression(random: Random, content: bytearray, other: bytes) -> None:
    """Change what is compressed, all of it, and compress it again."""
    start = next((at for magic in MAGICS if (at := content.find(magic)) >= 0), -1)
    if start < 0:
        return
    try:
        if content[start : start + 2] == b"\x1f\x8b":
            inside = bytearray(gzip.decompress(content[start:]))
        else:
            inside = bytearray(lzma.LZMADecompressor().decompress(bytes(content[start:])))
    except (OSError, EOFError, lzma.LZMAError, zlib.error):
        return
    random.choice((tar_header, tar_header, *BYTES))(random, inside, other)
    packed = (
        gzip.compress(bytes(inside), 1, mtime=0) if content[start] == 0x1F else lzma.compress(bytes(inside), preset=0)
    )
    # The length in an .ar header before it is left as it was: that is one more way to be wrong.
    content[start:] = packed


def tar_header(random: Random, content: bytearray, _other: bytes) -> None:
    """Change a field of a tar header, and put its check sum right."""
    headers = [at for at in range(0, len(content) - BLOCK + 1, BLOCK) if content[at + 257 : at + 262] == b"ustar"]
    if not headers:
        return
    at = random.choice(headers)
    name = random.choice(sorted(TAR_FIELDS))
    offset, size = TAR_FIELDS[name]
    values = {"type": [bytes([kind]) for kind in TAR_TYPES], "size": SIZES, "mode": SIZES}
    value = random.choice(values.get(name, (*PATHS, *TEXTS)))
    content[at + offset : at + offset + size] = value[:size].ljust(size, b"\0")
    content[at + 148 : at + 156] = b" " * 8
    content[at + 148 : at + 156] = b"%06o\0 " % sum(content[at : at + BLOCK])


def zip_field(random: Random, content: bytearray, _other: bytes) -> None:
    """Change a number or the name in one of the lists of a zip archive."""
    magic = random.choice(sorted(ZIP_FIELDS))
    places = []
    at = content.find(magic)
    while at >= 0:
        places.append(at)
        at = content.find(magic, at + 4)
    if not places:
        return
    start = random.choice(places) + random.choice(ZIP_FIELDS[magic])
    value = edge(random, content) % (1 << 32)
    text = random.choice((*PATHS, *TEXTS))[:100]
    change = random.choice((value.to_bytes(4, "little"), value.to_bytes(4, "little")[:2], text))
    content[start : start + len(change)] = change


ARCHIVES: list[Mutation] = [below_compression, below_compression, tar_header, zip_field, *BYTES]
