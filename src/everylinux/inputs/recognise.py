"""What a file is, by its first bytes; names decide nothing except that a wheel is called ``.whl``."""

from __future__ import annotations

import functools
from typing import Literal

import msgspec

from everylinux.decoding import read_facts
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
    "unread",
    "zip",
    "tar",
    "compressed",
]
ARCHIVES: frozenset[Kind] = frozenset({"deb", "rpm", "unread", "zip", "tar", "compressed"})
MAGICS: dict[bytes, Kind] = {
    b"!<arch>\ndebian-binary": "deb",
    b"\xed\xab\xee\xdb": "rpm",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    # A module of the JDK: a zip archive behind its own mark (OpenJDK jdk.internal.jmod.JmodFile).
    b"JM\x01\0PK\x03\x04": "zip",
}
OTHERS: dict[str, Kind] = {"script": "script", "archive": "static-library", "foreign": "foreign"}
ELF_TYPES: dict[int, Kind] = {1: "object", 4: "core"}


class Unread(msgspec.Struct, frozen=True):
    """A format that holds files and is not read here: its first bytes in hexadecimal digits, and what unpacks it."""

    magic: str
    name: str
    unpack: str

    @property
    def why(self) -> str:
        """Why what is in it is not judged, and what to do."""
        return f"{self.name}, which is not read: unpack it ({self.unpack}) and check the folder"


class AppImage(msgspec.Struct, frozen=True):
    """Where a program says that it is an AppImage, and the option with which it unpacks itself."""

    offset: int
    magics: tuple[str, ...]
    unpack: str


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    formats: tuple[Unread, ...]
    appimage: AppImage


@functools.cache
def _facts() -> _Facts:
    return read_facts("packages/unread.json", _Facts)


@functools.cache
def _magics() -> tuple[tuple[bytes, ...], dict[bytes, Kind]]:
    kinds: dict[bytes, Kind] = {
        **MAGICS,
        **dict.fromkeys((bytes.fromhex(one.magic) for one in _facts().formats), "unread"),
    }
    return tuple(kinds), kinds


def unread(head: bytes) -> Unread:
    """Return what a file of the kind ``unread`` is."""
    return next(one for one in _facts().formats if head.startswith(bytes.fromhex(one.magic)))


def packed_behind(head: bytes) -> str:
    """Return why what is packed behind a program is not judged: empty for most, which have nothing there."""
    if head[8:10] in (b"\0\0", b""):  # no ELF header but that of an AppImage has anything there
        return ""
    facts = _facts().appimage
    if not head.startswith(tuple(map(bytes.fromhex, facts.magics)), facts.offset):
        return ""
    return f"what an AppImage has behind its program: unpack it ({facts.unpack}) and check the folder"


def recognise(head: bytes) -> Kind:
    """Return what a file is; ``compressed`` means that only more of it tells whether an archive is in it."""
    if head.startswith(ELF_MAGIC):
        # Of a file too short to have a type the reader says what is wrong with it.
        order: Literal["little", "big"] = "big" if head[5:6] == b"\x02" else "little"
        return ELF_TYPES.get(int.from_bytes(head[16:18], order), "elf")
    beginnings, kinds = _magics()
    if head.startswith(beginnings):
        return next(kind for magic, kind in kinds.items() if head.startswith(magic))
    from everylinux.archives import compression, tar

    if compression.is_compressed(head):
        begin = compression.begins(head, tar.BLOCK)
        return "other" if len(begin) == tar.BLOCK and not tar.is_tar(begin) else "compressed"
    return "tar" if tar.is_tar(head) else OTHERS.get(kind_of(head), "other")
