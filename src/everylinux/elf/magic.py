"""What a file that is not ELF is, by its first bytes."""

from __future__ import annotations

from typing import Literal

OtherKind = Literal["script", "archive", "foreign", "other"]

# Executable formats of other systems, and what to call them.
FOREIGN = {
    b"MZ": "a Windows executable",
    b"\xfe\xed\xfa\xce": "a macOS executable",
    b"\xfe\xed\xfa\xcf": "a macOS executable",
    b"\xce\xfa\xed\xfe": "a macOS executable",
    b"\xcf\xfa\xed\xfe": "a macOS executable",
    b"\xca\xfe\xba\xbe": "a macOS universal binary or a Java class",
    b"\0asm": "a WebAssembly module",
    b"dex\n": "Android bytecode",
    b"BC\xc0\xde": "LLVM bitcode",
}
ARCHIVES = {b"!<arch>\n": "an ar archive", b"!<thin>\n": "a thin ar archive"}
EMPTY, TEXT, COMPRESSED = "an empty file", "a text file", "compressed data"
# RFC 1952, xz-file-format.txt, RFC 8878, bzip2's and LZ4's frame format.
COMPRESSED_MAGICS = (b"\x1f\x8b", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"BZh", b"\x04\x22\x4d\x18")
# What kinds begin with, and what to call each.
MAGICS: dict[OtherKind, dict[bytes, str]] = {"script": {b"#!": "a script"}, "archive": ARCHIVES, "foreign": FOREIGN}
_BEGINNINGS = tuple((kind, tuple(names)) for kind, names in MAGICS.items())


def kind_of(head: bytes) -> OtherKind:
    """Return the kind of a file, from its first bytes."""
    return next((kind for kind, magics in _BEGINNINGS if head.startswith(magics)), "other")


def describe(head: bytes) -> tuple[OtherKind, str]:
    """Return the kind of a file and what to call it, from its first bytes."""
    kind = kind_of(head)
    if kind != "other":
        return kind, next(name for magic, name in MAGICS[kind].items() if head.startswith(magic))
    if not head:
        return "other", EMPTY
    if head.startswith(COMPRESSED_MAGICS):
        return "other", COMPRESSED
    if b"\0" not in head and all(byte >= 0x20 or byte in b"\t\n\r\f\x1b" for byte in head):  # noqa: PLR2004 - a space
        return "other", TEXT
    return "other", "data"
