"""The symbol and version tables of a file on this machine."""

from __future__ import annotations

import struct
from functools import cached_property
from typing import TYPE_CHECKING

from everylinux.elf.file import Export, Undefined
from everylinux.elf.layout import DamagedError, Layout
from everylinux.elf.numbers import (
    DT_GNU_HASH,
    DT_HASH,
    DT_SYMTAB,
    DT_VERSYM,
    EM_ALPHA,
    EM_S390,
    SHN_ABS,
    SHN_UNDEF,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_WEAK,
    STT_TLS,
    STV_HIDDEN,
    STV_INTERNAL,
    VERSION_HIDDEN,
    VERSION_MASK,
)
from everylinux.elf.relocations import Requests, read_requests
from everylinux.elf.versions import Strings, read_version_definitions, read_version_needs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SYMBOL_SIZE = {32: 16, 64: 24}
VISIBLE_BINDINGS = frozenset({STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE})
# The largest libraries that are shipped have about 100,000 symbols.
MOST_SYMBOLS = 1 << 20


class FileTables:
    """The tables of one file on this machine, read when first asked for.

    ``open_layout`` opens the file again: nothing of it stays mapped between calls.
    """

    def __init__(self, open_layout: Callable[[], Layout]) -> None:
        self._open_layout = open_layout

    @property
    def undefined(self) -> tuple[Undefined, ...]:
        """What the file expects from elsewhere: in the order of its relocations, then what none asks for."""
        return self._tables[0]

    @property
    def exports(self) -> Mapping[str, tuple[Export, ...]]:
        """What its hash table offers."""
        return self._tables[1]

    @property
    def relocation_types(self) -> frozenset[int]:
        """The numbers of all relocation types in it."""
        return self._tables[2]

    @property
    def damage(self) -> str:
        """What is wrong in the tables, empty when nothing is; what could be read is still there."""
        return self._tables[3]

    @cached_property
    def _tables(self) -> tuple[tuple[Undefined, ...], Mapping[str, tuple[Export, ...]], frozenset[int], str]:
        layout = self._open_layout()
        dynamic = dict(layout.dynamic() or [])
        requests = read_requests(layout, dynamic)
        reader = _Reader(layout, dynamic, requests)
        damage = ""
        try:
            reader.read()
        except DamagedError as error:
            damage = str(error)
        return tuple(reader.undefined), reader.exports, frozenset(requests.types), damage


class _Reader:
    """One pass over the dynamic symbol table."""

    def __init__(self, layout: Layout, dynamic: Mapping[int, int], requests: Requests) -> None:
        self.undefined: list[Undefined] = []
        self.exports: dict[str, tuple[Export, ...]] = {}
        self._layout = layout
        self._dynamic = dynamic
        self._requests = requests
        self._strings = Strings(layout, dynamic)

    def read(self) -> None:
        layout, dynamic = self._layout, self._dynamic
        if DT_SYMTAB not in dynamic:
            return
        needs = read_version_needs(layout, dynamic, self._strings)
        definitions = read_version_definitions(layout, dynamic, self._strings)
        first, end = self._hashed()
        requests = self._requests
        asked = max((*requests.data, *requests.plt), default=-1) + 1
        size = SYMBOL_SIZE[layout.identity.bits]
        available = layout.available(dynamic[DT_SYMTAB])
        count = min(max(end, asked), available // size, MOST_SYMBOLS)
        table = layout.slice(layout.offset_of(dynamic[DT_SYMTAB]), count * size)
        versions = self._versions(count)
        data = {symbol: rank for rank, symbol in enumerate(requests.data)}
        plt = {symbol: rank for rank, symbol in enumerate(requests.plt)}
        for number, (name, information, other, section, value) in enumerate(_symbols(layout, table)):
            binding = information >> 4
            if number == 0 or binding not in VISIBLE_BINDINGS:
                continue
            version = versions[number] if versions else 1
            index = version & VERSION_MASK
            if section == SHN_UNDEF or number in requests.copy:
                need = needs.get(index)
                self.undefined.append(
                    Undefined(
                        self._strings[name],
                        need.version if need else None,
                        need.library if need else None,
                        binding == STB_WEAK,
                        data.get(number),
                        plt.get(number),
                        number in requests.copy,
                    )
                )
            kind = information & 0xF
            if section == SHN_UNDEF or not first <= number < end or other & 3 in {STV_HIDDEN, STV_INTERNAL}:
                continue
            if value == 0 and section != SHN_ABS and kind != STT_TLS:
                continue
            text = self._strings[name]
            export = Export(definitions.get(index), bool(version & VERSION_HIDDEN), kind)
            self.exports[text] = (*self.exports.get(text, ()), export)
        self.undefined.sort(key=_order)

    def _versions(self, count: int) -> tuple[int, ...]:
        if DT_VERSYM not in self._dynamic:
            return ()
        address = self._dynamic[DT_VERSYM]
        known = min(count, self._layout.available(address) // 2)
        content = self._layout.unpack(f"{known}H", self._layout.offset_of(address))
        return content + (1,) * (count - known)

    def _hashed(self) -> tuple[int, int]:
        """Return the first and one past the last symbol number that the hash table knows: what a loader can find."""
        layout, dynamic = self._layout, self._dynamic
        if DT_GNU_HASH in dynamic:
            return self._gnu_hashed(layout.offset_of(dynamic[DT_GNU_HASH]))
        if DT_HASH in dynamic:
            offset = layout.offset_of(dynamic[DT_HASH])
            wide = layout.identity.bits == 64 and layout.identity.machine in {EM_S390, EM_ALPHA}  # noqa: PLR2004 - the class
            if wide:
                # GNU ld writes 64-bit words on these CPUs, lld 32-bit ones: only one reading fits into the file.
                buckets, chains = layout.unpack("QQ", offset)
                if (2 + buckets + chains) * 8 <= layout.available(dynamic[DT_HASH]):
                    return 1, chains
            return 1, layout.unpack("II", offset)[1]
        return 1, 0

    def _gnu_hashed(self, offset: int) -> tuple[int, int]:
        layout = self._layout
        buckets, first, bloom, _ = layout.unpack("4I", offset)
        if buckets > MOST_SYMBOLS:
            raise DamagedError("the hash table has more buckets than a library has symbols")
        start = offset + 16 + bloom * layout.word_size
        layout.slice(start, 4 * buckets)
        last = max(layout.unpack(f"{buckets}I", start), default=0)
        if last < first:
            return first, first
        chain = start + 4 * buckets
        most = layout.available(self._dynamic[DT_SYMTAB]) // SYMBOL_SIZE[layout.identity.bits]
        # The last bucket's chain ends at the first hash whose lowest bit is set.
        while last < most and not layout.unpack("I", chain + 4 * (last - first))[0] & 1:
            last += 1
        return first, last + 1


def _symbols(layout: Layout, table: memoryview) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield name, information, visibility, section and value of each symbol."""
    if layout.word_size == 8:  # noqa: PLR2004 - bytes of an address
        for name, information, other, section, value, _ in struct.iter_unpack(f"{layout.order}IBBHQQ", table):
            yield name, information, other, section, value
    else:
        for name, value, _, information, other, section in struct.iter_unpack(f"{layout.order}IIIBBH", table):
            yield name, information, other, section, value


def _order(symbol: Undefined) -> tuple[int, int]:
    if symbol.data is not None:
        return 0, symbol.data
    return (1, symbol.plt) if symbol.plt is not None else (2, 0)
