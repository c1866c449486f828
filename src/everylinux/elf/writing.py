"""An ELF file that is changed in place: its bytes, with numbers in the order and the width of the file."""

from __future__ import annotations

import struct

EI_CLASS, EI_DATA, ELFCLASS64, ELFDATA2LSB = 4, 5, 2, 1


class ChangedFile:
    """The bytes of one file, which stay the caller's; raises `struct.error` and `IndexError` where they end before."""

    def __init__(self, content: bytearray) -> None:
        self._content = content
        self._order = "<" if content[EI_DATA] == ELFDATA2LSB else ">"
        self._wide = content[EI_CLASS] == ELFCLASS64

    def _unpack(self, layout: str, place: int) -> tuple[int, ...]:
        return struct.unpack_from(self._order + layout, self._content, place)

    def _pack(self, layout: str, place: int, *values: int) -> None:
        struct.pack_into(self._order + layout, self._content, place, *values)
