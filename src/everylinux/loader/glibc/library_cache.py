"""``/etc/ld.so.cache``: which path glibc takes for a name before it looks into its own folders."""

from __future__ import annotations

import struct

OLD_MAGIC = b"ld.so-1.7.0"
NEW_MAGIC = b"glibc-ld.so.cache1.1"
NEW_HEADER = 48
ENTRY = 24
MOST_BYTES = 16 << 20


def read_library_cache(content: bytes) -> dict[str, list[str]]:
    """Return the paths of each name, without those that only certain CPUs use (sysdeps/generic/dl-cache.h).

    A cache that is damaged counts as far as it can be read. The old format alone (glibc before 2.2) counts as none.
    """
    start = content.find(NEW_MAGIC)
    if start < 0 or start + NEW_HEADER > len(content):
        return {}
    order = ">" if _is_big_endian(content, start) else "<"
    (count,) = struct.unpack_from(f"{order}I", content, start + len(NEW_MAGIC))
    count = min(count, (len(content) - start - NEW_HEADER) // ENTRY)
    found: dict[str, list[str]] = {}
    table = content[start + NEW_HEADER : start + NEW_HEADER + count * ENTRY]
    for _flags, key, value, _version, hwcap in struct.iter_unpack(f"{order}iIIIQ", table):
        name, path = _string(content, start + key), _string(content, start + value)
        if name and path and not hwcap:
            found.setdefault(name, []).append(path)
    return found


def _is_big_endian(content: bytes, start: int) -> bool:
    # A byte of flags tells the order since glibc 2.33 (2 little, 3 big); before, the count of libraries itself does.
    flags = content[start + len(NEW_MAGIC) + 8]
    if flags & 3 in {2, 3}:
        return flags & 3 == 3  # noqa: PLR2004 - cache_file_new_flags_endian_big
    little, big = (struct.unpack_from(f"{order}I", content, start + len(NEW_MAGIC))[0] for order in "<>")
    return bool(big < little)


def _string(content: bytes, offset: int) -> str:
    end = content.find(b"\0", offset, offset + 4096)
    return content[offset:end].decode("utf-8", "backslashreplace") if end >= 0 else ""
