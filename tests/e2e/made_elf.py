"""ELF files with tables of any size, written byte by byte (gABI chapters 4 and 5)."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

PT_LOAD, PT_DYNAMIC, PT_INTERP = 1, 2, 3
DT_NEEDED, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_RELA, DT_RELASZ, DT_STRSZ, DT_RUNPATH = 1, 4, 5, 6, 7, 8, 10, 29
DT_VERSYM, DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFF0, 0x6FFFFFFE, 0x6FFFFFFF
R_X86_64_GLOB_DAT = 6
HEADER, SEGMENT = 64, 56


@dataclass
class MadeElf:
    """A 64-bit file for x86-64: a program with an interpreter, else a shared object.

    ``undefined`` names are asked for by one data relocation each, ``defined`` ones are offered; ``versions`` are needed
    from ``libc.so.6``.
    """

    interpreter: str = ""
    needed: list[str] = field(default_factory=list)
    undefined: list[str] = field(default_factory=list)
    defined: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    runpath: str = ""

    def __bytes__(self) -> bytes:
        strings, at = self._strings()
        names = [*self.undefined, *self.defined]
        symbols = bytes(24) + b"".join(
            struct.pack("<IBBHQQ", at[name], 0x12, 0, 0 if number < len(self.undefined) else 1, 0x1000, 0)
            for number, name in enumerate(names)
        )
        count = len(names) + 1
        relocations = b"".join(
            struct.pack("<QQq", 0x1000, (number + 1) << 32 | R_X86_64_GLOB_DAT, 0)
            for number in range(len(self.undefined))
        )
        needs = b""
        for number, version in enumerate(self.versions):
            step = 16 if number + 1 < len(self.versions) else 0
            needs += struct.pack("<IHHII", 0, 0, number + 2, at[version], step)
        if needs:
            needs = struct.pack("<HHIII", 1, len(self.versions), at["libc.so.6"], 16, 0) + needs
        tables = {
            DT_STRTAB: strings,
            DT_SYMTAB: symbols,
            DT_HASH: struct.pack("<II", 1, count) + bytes(4 + 4 * count),
            DT_RELA: relocations,
            DT_VERNEED: needs,
            DT_VERSYM: struct.pack(f"<{count}H", *([1] * count)) if needs else b"",
        }
        interpreter = self.interpreter.encode() + b"\0"
        segments = 3 if self.interpreter else 2
        content = b"".join(tables.values())
        start = HEADER + SEGMENT * segments
        content_at = start + len(interpreter)
        content_at += -content_at % 8
        entries, offset = [], content_at
        for tag, table in tables.items():
            if table:
                entries.append((tag, offset))
            offset += len(table)
        entries += [(DT_STRSZ, len(strings)), (DT_RELASZ, len(relocations)), (DT_VERNEEDNUM, int(bool(needs)))]
        entries += [(DT_NEEDED, at[name]) for name in self.needed]
        entries += [(DT_RUNPATH, at[self.runpath])] if self.runpath else []
        dynamic = b"".join(struct.pack("<QQ", tag, value) for tag, value in [*entries, (0, 0)])
        size = offset + len(dynamic)
        head = b"\x7fELF\2\1\1" + bytes(9)
        head += struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0x1000, HEADER, 0, 0, HEADER, SEGMENT, segments, 64, 0, 0)
        head += self._segment(PT_INTERP, start, len(interpreter)) if self.interpreter else b""
        head += self._segment(PT_LOAD, 0, size) + self._segment(PT_DYNAMIC, offset, len(dynamic))
        return (head + interpreter).ljust(content_at, b"\0") + content + dynamic

    @staticmethod
    def _segment(kind: int, offset: int, size: int) -> bytes:
        return struct.pack("<IIQQQQQQ", kind, 7, offset, offset, offset, size, size, 0x10000)

    def _strings(self) -> tuple[bytes, dict[str, int]]:
        content, at = bytearray(b"\0"), {"": 0}
        for name in (*self.needed, *self.undefined, *self.defined, *self.versions, self.runpath, "libc.so.6"):
            if name not in at:
                at[name] = len(content)
                content += name.encode() + b"\0"
        return bytes(content), at
