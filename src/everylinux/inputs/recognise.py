"""What a file is, by its first bytes; names decide nothing except that a wheel is called ``.whl``."""

from __future__ import annotations

from typing import Literal

from everylinux.elf.magic import kind_of
from everylinux.elf.numbers import ELF_MAGIC

# Enough for the header of a tar archive, also a compressed one.
HEAD = 4096
Kind = Literal[
    "elf",
    "object",
    "core",
    "script",
    "foreign",
    "static-library",
    "other",
    "deb",
    "rpm",
    "apk3",
    "zip",
    "tar",
    "compressed",
]
ARCHIVES: frozenset[Kind] = frozenset({"deb", "rpm", "apk3", "zip", "tar", "compressed"})
MAGICS: dict[bytes, Kind] = {
    b"!<arch>\ndebian-binary": "deb",
    b"\xed\xab\xee\xdb": "rpm",
    # apk-tools' own format since version 3, and how it is compressed.
    b"ADB.": "apk3",
    b"ADBd": "apk3",
    b"ADBc": "apk3",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
}
OTHERS: dict[str, Kind] = {"script": "script", "archive": "static-library", "foreign": "foreign"}
BEGINNINGS = tuple(MAGICS)
ELF_TYPES: dict[int, Kind] = {1: "object", 4: "core"}


def recognise(head: bytes) -> Kind:
    """Return what a file is; ``compressed`` means that only more of it tells whether an archive is in it."""
    if head.startswith(ELF_MAGIC):
        # Of a file too short to have a type the reader says what is wrong with it.
        order: Literal["little", "big"] = "big" if head[5:6] == b"\x02" else "little"
        return ELF_TYPES.get(int.from_bytes(head[16:18], order), "elf")
    if head.startswith(BEGINNINGS):
        return next(kind for magic, kind in MAGICS.items() if head.startswith(magic))
    from everylinux.archives import compression, tar

    if compression.is_compressed(head):
        begin = compression.begins(head, tar.BLOCK)
        return "other" if len(begin) == tar.BLOCK and not tar.is_tar(begin) else "compressed"
    return "tar" if tar.is_tar(head) else OTHERS.get(kind_of(head), "other")
