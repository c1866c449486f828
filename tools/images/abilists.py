"""glibc's ABI lists as the zig wheel carries them: which library offers which symbol since when, on each CPU.

The format is that of zig's ``lib/libc/glibc/abilists`` (read by its ``src/libs/glibc.zig``, made by glibc-abi-tool):
the names of libraries, versions and targets, then functions, objects and thread-local objects. Each has rows of a set
of targets, a library and versions; a name is written once for all rows that follow, the last of which is marked.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from importlib import resources

from images.wheels import wheel_file

MEMBER = "glibc/abilists"
LAST = 0x80


class AbiListError(ValueError):
    """The lists are not in the format that is known here."""


class _Reader:
    """Reads the numbers and names of the list one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def byte(self) -> int:
        self._at += 1
        return self._content[self._at - 1]

    def short(self) -> int:
        self._at += 2
        return int.from_bytes(self._content[self._at - 2 : self._at], "little")

    def name(self) -> str:
        end = self._content.index(0, self._at)
        text = self._content[self._at : end].decode()
        self._at = end + 1
        return text

    def number(self) -> int:
        """Read a ULEB128 number (DWARF 5, section 7.6)."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & ~LAST) << shift
            shift += 7
            if not byte & LAST:
                return value

    @property
    def at_end(self) -> bool:
        return self._at == len(self._content)


@functools.cache
def glibc_symbols(wheel: str = "") -> dict[tuple[str, str], dict[str, set[tuple[int, int, int]]]]:
    """Return the versions of each symbol by target (``x86_64-linux-gnu``) and library (``c``, ``m``, ``pthread``).

    ``wheel`` is a release of the compiler's wheel, empty for the installed one. Raises `AbiListError` when its file is
    in another format.
    """
    reader = _Reader(wheel_file(wheel, MEMBER) if wheel else _installed())
    libraries = [reader.name() for _ in range(reader.byte())]
    versions = [(reader.byte(), reader.byte(), reader.byte()) for _ in range(reader.byte())]
    targets = [reader.name() for _ in range(reader.byte())]
    found: dict[tuple[str, str], dict[str, set[tuple[int, int, int]]]] = defaultdict(lambda: defaultdict(set))
    for sized in (False, True, True):
        name = ""
        for _ in range(reader.short()):
            name = name or reader.name()
            wanted = reader.number()
            if sized:
                reader.number()
            library = reader.byte()
            since = _versions(reader, versions)
            for position, target in enumerate(targets):
                if wanted >> position & 1:
                    found[target, libraries[library & ~LAST]][name] |= since
            if library & LAST:
                name = ""
    if not reader.at_end:
        raise AbiListError("the ABI lists go on where they should end")
    return found


def _installed() -> bytes:
    return resources.files("ziglang").joinpath("lib/libc", MEMBER).read_bytes()


def _versions(reader: _Reader, versions: list[tuple[int, int, int]]) -> set[tuple[int, int, int]]:
    found = set()
    while True:
        byte = reader.byte()
        found.add(versions[byte & ~LAST])
        if byte & LAST:
            return found
