"""Reading .rpm packages: a lead, two headers, and a compressed cpio archive.

Source: rpm's documentation, "RPM V4 Package format" and "Tags". Own code: the readers for Python hold the whole payload
in memory or need librpm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.archives import cpio
from everylinux.archives.compression import decompressed
from everylinux.archives.errors import DamagedError, UnsupportedError
from everylinux.archives.streams import FilePart, Hashed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Member

MAGIC = b"\xed\xab\xee\xdb"
LEAD = 96
HEADER_MAGIC = b"\x8e\xad\xe8\x01"
ENTRY = 16
# rpm itself refuses headers with more (lib/header.c), and kernels' headers have some megabytes.
MOST_ENTRIES = 0xFFFF
LARGEST_HEADER = 64 << 20
STRING, STRINGS, LOCALISED = 6, 8, 9
NAME, VERSION, RELEASE, ARCHITECTURE, PAYLOAD_FORMAT, PAYLOAD_DIGEST = 1000, 1001, 1002, 1022, 1124, 5092
REQUIRES = 1049
TEXTS = frozenset({NAME, VERSION, RELEASE, ARCHITECTURE, PAYLOAD_FORMAT, PAYLOAD_DIGEST})
SHA256_DIGITS = 64
LONGEST_VALUE = 4096
MOST_REQUIRED, LONGEST_REQUIRED = 4096, 1 << 18


@dataclass(frozen=True)
class RpmHeader:
    """What a package says of itself; ``payload_digest`` is the SHA-256 of its compressed files, if it tells that.

    ``requires`` are the names that it needs others to provide, without their versions: ``libz.so.1()(64bit)``.
    """

    name: str
    version: str
    architecture: str
    payload_digest: str = ""
    requires: tuple[str, ...] = ()


def read_header(file: BinaryIO) -> tuple[RpmHeader, FilePart]:
    """Return what the package says of itself, and its compressed payload."""
    part = FilePart(file)
    lead = part.read(LEAD)
    if len(lead) < LEAD or not lead.startswith(MAGIC):
        raise DamagedError("it does not begin as an .rpm package")
    _, _, size = _tags(part)
    part.skip(min(-size % 8, part.left))  # the signature is padded, the header is not
    tags, requires, _ = _tags(part)
    payload = tags.get(PAYLOAD_FORMAT, "cpio")
    if payload != "cpio":
        raise UnsupportedError(f"a payload of the format {payload[:20]!r} is not read")
    version = "-".join(filter(None, (tags.get(VERSION, ""), tags.get(RELEASE, ""))))
    told = (tags.get(NAME, ""), version, tags.get(ARCHITECTURE, ""), tags.get(PAYLOAD_DIGEST, ""))
    return RpmHeader(*told, requires), part


def members(header: RpmHeader, payload: FilePart, budget: Budget) -> Iterator[Member]:
    """Yield the members of a payload; raises `DamagedError` when it is not what the header's digest names."""
    hashed = Hashed(payload, "sha256", header.payload_digest)
    yield from cpio.members(decompressed(hashed, budget), budget)
    # Packages from before rpm 4.14 have no such digest; all others have SHA-256 so far.
    if len(header.payload_digest) == SHA256_DIGITS:
        hashed.compare()


def _tags(part: FilePart) -> tuple[dict[int, str], tuple[str, ...], int]:
    """Return the texts of one header by tag, what it requires, and how long the header's data is."""
    start = part.read(ENTRY)
    if len(start) < ENTRY or start[:4] != HEADER_MAGIC:
        raise DamagedError("a header of it is malformed")
    count, size = int.from_bytes(start[8:12], "big"), int.from_bytes(start[12:16], "big")
    if count > MOST_ENTRIES or size > LARGEST_HEADER:
        raise DamagedError("a header of it has an impossible size")
    if count * ENTRY + size > part.left:
        raise DamagedError("it ends too early")
    entries = part.read(count * ENTRY)
    data = part.read(size)
    found = {}
    requires: tuple[str, ...] = ()
    for position in range(0, len(entries), ENTRY):
        tag, kind, offset = (int.from_bytes(entries[position + at : position + at + 4], "big") for at in (0, 4, 8))
        if kind in (STRING, STRINGS, LOCALISED) and tag in TEXTS:
            found[tag] = data[offset : offset + LONGEST_VALUE].split(b"\0", 1)[0].decode("utf-8", "replace")
        elif kind == STRINGS and tag == REQUIRES:
            number = min(int.from_bytes(entries[position + 12 : position + ENTRY], "big"), MOST_REQUIRED)
            texts = data[offset : offset + LONGEST_REQUIRED].split(b"\0", number)[:number]
            requires = tuple(text.decode("utf-8", "replace") for text in texts)
    return found, requires, size
