"""Taking glibc's name out of a shared object, and leaving the versions that its references name.

Three changes in place, none of which moves a byte of code or data:

- DT_NEEDED entries of glibc's own libraries go, so that no loader looks for them (gABI, Dynamic Section). One of librt
  stays where something in it is asked for: every glibc has a file of that name, and musl answers to it itself.
- Version needs are made weak: a version that the libc of the process does not define is no failure by itself; the
  reference that names it fails when it is bound, and tells its name (glibc elf/dl-version.c, match_symbol).
- All of them name libc.so.6 as their library, which every process on glibc has: elf/dl-version.c looks for it among all
  that are loaded, and ends the process where it is not; elf/dl-lookup.c binds by name and version in whichever library
  has both. In a file that asks nothing of libc.so.6 its name takes the place of another library's that goes.

musl's loader reads no version needs (ldso/dynlink.c; load_library, reserved, has the names that it answers to).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from everylinux.elf.errors import CorruptElfError
from everylinux.elf.neutral import libc_family
from everylinux.elf.numbers import (
    DT_NEEDED,
    DT_NULL,
    DT_STRTAB,
    DT_VERNEED,
    DT_VERNEEDNUM,
    PT_DYNAMIC,
    PT_LOAD,
    VER_FLG_WEAK,
)
from everylinux.elf.writing import ChangedFile

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

LIBC = b"libc.so.6"


def detach(path: Path, kept: Collection[str] = ()) -> None:
    """Rewrite a shared object so that it names no libc but the libraries that are ``kept``.

    Raises `CorruptElfError` for one that is damaged.
    """
    content = bytearray(path.read_bytes())
    try:
        _Object(content).detach(kept)
    except (struct.error, IndexError, KeyError, ValueError, StopIteration) as error:
        raise CorruptElfError(f"{path.name}: its dynamic section is damaged") from error
    path.write_bytes(content)


class _Object(ChangedFile):
    """One file, with what is needed to find its dynamic section and its tables."""

    def __init__(self, content: bytearray) -> None:
        super().__init__(content)
        self._segments = list(self._read_segments())
        self._dynamic = list(self._read_dynamic())
        self._table = dict(self._dynamic)
        self._names = self._offset(self._table[DT_STRTAB])

    def detach(self, kept: Collection[str]) -> None:
        self._make_needs_weak(kept)
        entries = [entry for entry in self._dynamic if entry[0] != DT_NEEDED or not self._goes(entry[1], kept)]
        entries += [(DT_NULL, 0)] * (len(self._dynamic) - len(entries))
        for index, entry in enumerate(entries):
            self._pack(self._entry_format, self._dynamic_offset + index * self._entry_size, *entry)

    @property
    def _entry_format(self) -> str:
        return "qQ" if self._wide else "iI"

    @property
    def _entry_size(self) -> int:
        return 16 if self._wide else 8

    def _read_segments(self) -> list[tuple[int, int, int, int]]:
        """Return type, address, offset and size in the file of each segment (gABI, Program Header)."""
        start = self._unpack("Q" if self._wide else "I", 32 if self._wide else 28)[0]
        size, count = self._unpack("HH", 54 if self._wide else 42)
        found = []
        for index in range(count):
            if self._wide:
                kind, _, offset, address, _, length = self._unpack("IIQQQQ", start + index * size)
            else:
                kind, offset, address, _, length = self._unpack("IIIII", start + index * size)
            found.append((kind, address, offset, length))
        return found

    def _read_dynamic(self) -> list[tuple[int, int]]:
        offset, length = next((offset, length) for kind, _, offset, length in self._segments if kind == PT_DYNAMIC)
        self._dynamic_offset = offset
        found = []
        for place in range(offset, offset + length, self._entry_size):
            tag, value = self._unpack(self._entry_format, place)
            found.append((tag, value))
        return found

    def _make_needs_weak(self, kept: Collection[str]) -> None:
        """Walk the version needs (Elf64_Verneed and Elf64_Vernaux, which are the same for 32 bits)."""
        if DT_VERNEED not in self._table:
            return
        place = self._offset(self._table[DT_VERNEED])
        needs = []
        for _ in range(self._table[DT_VERNEEDNUM]):
            _, count, name, versions, following = self._unpack("HHIII", place)
            needs.append((place, name))
            version = place + versions
            for _ in range(count):
                _, flags, _, _, next_version = self._unpack("IHHII", version)
                self._pack("H", version + 4, flags | VER_FLG_WEAK)
                version += next_version
            place += following
        of_libc = [(place, name) for place, name in needs if self._is_libc(name)]
        going = [name for _, name in of_libc if self._goes(name, kept)]
        if not going:
            return
        libc = next((name for name in going if self._name(name) == LIBC), going[0])
        # No name of glibc's libraries is shorter than that of its first.
        start = self._names + libc
        self._content[start : start + len(LIBC) + 1] = LIBC + b"\0"
        for place, _ in of_libc:
            self._pack("I", place + 4, libc)

    def _goes(self, name: int, kept: Collection[str]) -> bool:
        return self._is_libc(name) and self._name(name).decode(errors="replace") not in kept

    def _is_libc(self, name: int) -> bool:
        return self._name(name).decode(errors="replace") in libc_family().libraries

    def _name(self, place: int) -> bytes:
        start = self._names + place
        return bytes(self._content[start : self._content.index(0, start)])

    def _offset(self, address: int) -> int:
        return next(
            offset + address - start
            for kind, start, offset, length in self._segments
            if kind == PT_LOAD and start <= address < start + length
        )
