"""The symbol and version tables of a file on this machine."""

from __future__ import annotations

import contextlib
import itertools
import operator
import sys
from array import array
from functools import cached_property
from typing import TYPE_CHECKING

from everylinux.elf.asked import Asked
from everylinux.elf.file import Export
from everylinux.elf.hash_table import HashTable, read_hash_table
from everylinux.elf.layout import DamagedError, Layout
from everylinux.elf.numbers import (
    DT_GNU_HASH,
    DT_HASH,
    DT_STRSZ,
    DT_STRTAB,
    DT_SYMTAB,
    DT_VERSYM,
    EM_ALPHA,
    EM_S390,
    STB_WEAK,
    STT_GNU_IFUNC,
    VERSION_HIDDEN,
    VERSION_MASK,
)
from everylinux.elf.relocations import Requests, read_requests
from everylinux.elf.symbol import VISIBLE_BINDINGS, is_offered, symbols_of
from everylinux.elf.versions import Strings

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Collection, Mapping, Sequence

    from everylinux.elf.file import Group, Need, Undefined, VersionNeed

SYMBOL_SIZE = {32: 16, 64: 24}
INDIRECT = frozenset(binding << 4 | STT_GNU_IFUNC for binding in VISIBLE_BINDINGS)
# The largest libraries that are shipped have about 100,000 symbols.
MOST_SYMBOLS = 1 << 20
# What a file asks for stands at the beginning of its table, where linkers write it.
FIRST_SYMBOLS = 1 << 12
# Where a symbol's section stands in its record, and how long the record is, counted in 16-bit words.
SECTION_WORDS = {32: (7, 8), 64: (3, 12)}
NO_NEED = None, None  # version and library of a symbol without a version


class FileTables:
    """The tables of one file on this machine, read when first asked for.

    ``open_layout`` opens the file again: nothing of it stays mapped between calls. ``dynamic`` are the tags and values
    of its dynamic section, ``needs`` and ``definitions`` its version tables by index.
    """

    def __init__(
        self,
        open_layout: Callable[[], Layout],
        dynamic: Mapping[int, int],
        needs: Mapping[int, VersionNeed],
        definitions: Mapping[int, str],
    ) -> None:
        self._open_layout = open_layout
        self._dynamic = dynamic
        self._needs = needs
        self._definitions = definitions

    @property
    def undefined(self) -> tuple[Undefined, ...]:
        """What the file expects from elsewhere: in the order of its relocations, then what none asks for."""
        return self._asked[0].symbols

    def bound_names(self) -> Mapping[Need, Sequence[str]]:
        """Return the names that its relocations ask for and that must be found, by what they name."""
        return self._asked[0].bound_names()

    def strong_names(self) -> frozenset[str]:
        """Return the names of all symbols that must be found."""
        return self._asked[0].strong_names()

    @property
    def relocation_types(self) -> frozenset[int]:
        """The numbers of all relocation types in it."""
        return self._asked[1]

    @property
    def plt_types(self) -> frozenset[int]:
        """The numbers of those in its PLT's table."""
        return frozenset(self._asked[0].requests.plt_types)

    @property
    def fixed_tls(self) -> tuple[tuple[int, str | None], ...]:
        """The relocation types that want TLS at a fixed place, and whose: ``None`` is the file's own."""
        return self._asked[0].fixed_tls()

    @property
    def own_special(self) -> tuple[str, ...]:
        """Its own indirect functions and hidden versions that its relocations ask for."""
        return self._asked[3]

    @property
    def damage(self) -> str:
        """What is wrong in the tables, empty when nothing is; what could be read is still there."""
        return self._asked[2]

    @cached_property
    def exports(self) -> Mapping[str, tuple[Export, ...]]:
        """What its hash table offers."""
        reader = self._reader()
        with contextlib.suppress(DamagedError):
            reader.read_exports()
        return reader.exports

    @cached_property
    def names(self) -> bytes:
        """The text of all names, each between zeros: for a quick look before any symbol is read."""
        return Strings(self._open_layout(), self._dynamic).text

    def definitions(self, name: str) -> tuple[Export, ...]:
        """Return what a loader finds for a name: by the hash table, where that is of the newer kind."""
        table = self._hash_table
        # A name that is not text (UTF-8) has another hash than it shows.
        numbers = None if table is None or "\\" in name or "exports" in self.__dict__ else table.symbols(name)
        if numbers is None:
            return self.exports.get(name, ())
        return self._reader().definitions(name, numbers) if numbers else ()

    def names_by(self, _kind: Callable[[Export], Group | None]) -> Mapping[Group, frozenset[str]] | None:
        """Return nothing: each name would have to be read."""

    def defined_like(self, pattern: re.Pattern[bytes]) -> tuple[str, ...]:
        """Return the names that a pattern finds in the text of all names and that the file defines.

        The pattern's group is the name. Before that it has the zero, by which `re` skips from name to name (an
        assertion would be tried at every byte); the zero behind belongs to the next one. No other symbol is read, where
        the hash table is of the newer kind. A name that is stored as the end of another one is not seen by a pattern
        that asks for its beginning.
        """
        found = sorted({match.decode("latin-1") for match in pattern.findall(self.names)})
        return tuple(filter(self.definitions, found))

    @cached_property
    def _hash_table(self) -> HashTable | None:
        """The table that loaders look names up in; ``None`` for one of the older kind, or a damaged one."""
        if DT_GNU_HASH not in self._dynamic or DT_SYMTAB not in self._dynamic:
            return None
        try:
            return _hash_table(self._open_layout(), self._dynamic)
        except DamagedError:
            return None

    def first_symbols(self, versions: Collection[str]) -> dict[str, str]:
        """Return for each version that is needed the first name in the symbol table that needs it."""
        reader = self._reader()
        try:
            return reader.first_symbols(versions)
        except DamagedError:
            return {}

    @cached_property
    def _asked(self) -> tuple[Asked, frozenset[int], str, tuple[str, ...]]:
        reader = self._reader()
        requests = read_requests(reader.layout, self._dynamic)
        damage = ""
        special: tuple[str, ...] = ()
        try:
            reader.read_undefined(requests)
            special = reader.own_special(requests)
        except DamagedError as error:
            damage = str(error)
        return reader.asked, frozenset(requests.types), damage, special

    def _reader(self) -> _Reader:
        return _Reader(self._open_layout(), self._dynamic, self._needs, self._definitions)


class _Reader:
    """Reads the dynamic symbol table for one question."""

    def __init__(
        self,
        layout: Layout,
        dynamic: Mapping[int, int],
        needs: Mapping[int, VersionNeed],
        definitions: Mapping[int, str],
    ) -> None:
        self.asked = Asked()
        self.exports: dict[str, tuple[Export, ...]] = {}
        self.layout = layout
        self._dynamic = dynamic
        self._needs = needs
        self._definitions = definitions

    @cached_property
    def _strings(self) -> Strings:
        return Strings(self.layout, self._dynamic)

    def read_undefined(self, requests: Requests) -> None:
        """Read what is expected from elsewhere: first what data asks for, then the PLT, then what nobody asks for."""
        if DT_SYMTAB not in self._dynamic:
            return
        _, end = self._hashed()
        asked = max((*requests.data, *requests.plt), default=-1) + 1
        table, count = self._table(max(end, asked))
        versions = self._versions(count)
        there = self._without_section(table, count, requests.copy)
        places, informations = self._names(table, max(there, default=0) + 1), self._informations(table)
        visible = dict.fromkeys(number for number in there if informations[number] >> 4 in VISIBLE_BINDINGS)
        ordered = dict.fromkeys(filter(visible.__contains__, (*requests.data, *requests.plt)))
        requested = len(ordered)
        numbers = [*(ordered | visible)]
        # The same few names are asked for by all files: interned, they are compared by identity.
        needs = {index: (sys.intern(one.version), sys.intern(one.library)) for index, one in self._needs.items()}
        known = len(versions)
        need_of = [
            needs.get(versions[number] & VERSION_MASK, NO_NEED) if number < known else NO_NEED for number in numbers
        ]
        names: list[str] = []
        try:
            self._strings.read_into(names, [places[number] for number in numbers])
        finally:
            known = len(names)
            self.asked = Asked(
                numbers[:known],
                [*map(sys.intern, names)],
                need_of[:known],
                [informations[number] >> 4 == STB_WEAK for number in numbers[:known]],
                min(requested, known),
                requests,
            )

    def own_special(self, requests: Requests) -> tuple[str, ...]:
        """Return the indirect functions and hidden versions that the file defines and asks for itself."""
        asked = {*requests.data, *requests.plt} - requests.copy
        if DT_SYMTAB not in self._dynamic or not asked:
            return ()
        table, count = self._table(max(asked) + 1)
        informations = self._informations(table)
        versions = self._versions(count)
        # Most files have neither: that is seen without looking at each symbol.
        if not any(map(informations.__contains__, INDIRECT)) and max(versions, default=0) < VERSION_HIDDEN:
            return ()
        names = self._names(table, count)
        start, step = SECTION_WORDS[self.layout.identity.bits]
        sections = table.cast("H")[start::step]
        return tuple(
            self._strings[names[number]]
            for number in sorted(asked)
            if number < count
            and sections[number]
            and informations[number] >> 4 in VISIBLE_BINDINGS
            and (informations[number] in INDIRECT or (number < len(versions) and versions[number] & VERSION_HIDDEN))
        )

    def read_exports(self) -> None:
        if DT_SYMTAB not in self._dynamic:
            return
        layout = self.layout
        first, end = self._hashed()
        table, count = self._table(end)
        versions = self._versions(count)
        size = SYMBOL_SIZE[layout.identity.bits]
        first = max(first, 1)
        offered = [
            (name, number, information & 0xF)
            for number, (name, information, other, section, value) in enumerate(
                symbols_of(layout, table[first * size :]), start=first
            )
            if is_offered(information, other, section, value)
        ]
        same: dict[tuple[int, int], tuple[Export, ...]] = {}  # most are functions of one version
        names: list[str] = []
        with contextlib.suppress(DamagedError):
            self._strings.read_into(names, [one[0] for one in offered])
        for (_, number, kind), name in zip(offered, names, strict=False):
            version = versions[number] if number < len(versions) else 1
            if (version, kind) not in same:
                same[version, kind] = (self._export(version, kind),)
            export = same[version, kind]
            self.exports[name] = self.exports[name] + export if name in self.exports else export

    def definitions(self, name: str, numbers: Sequence[int]) -> tuple[Export, ...]:
        """Return the definitions of a name among some symbols."""
        layout, wanted = self.layout, name.encode() + b"\0"
        size = SYMBOL_SIZE[layout.identity.bits]
        found = []
        with contextlib.suppress(DamagedError, KeyError):
            names, length = self._place(DT_STRTAB)
            length = min(length, self._dynamic.get(DT_STRSZ, 0))
            table, count = self._table(max(numbers) + 1)
            for number in numbers:
                if not 0 < number < count:
                    continue
                symbol = next(symbols_of(layout, table[number * size : (number + 1) * size]))
                here = names + symbol[0]
                if symbol[0] + len(wanted) <= length and layout.data[here : here + len(wanted)] == wanted:
                    found += [self._export(self._version(number), symbol[1] & 0xF)] if is_offered(*symbol[1:]) else []
        return tuple(found)

    def _export(self, version: int, kind: int) -> Export:
        return Export(self._definitions.get(version & VERSION_MASK), bool(version & VERSION_HIDDEN), kind)

    def first_symbols(self, versions: Collection[str]) -> dict[str, str]:
        if DT_SYMTAB not in self._dynamic or DT_VERSYM not in self._dynamic:
            return {}
        wanted = {index: need.version for index, need in self._needs.items() if need.version in versions}
        numbers = self._versions(FIRST_SYMBOLS)
        if not all(map(numbers.__contains__, wanted)):
            numbers = self._versions(MOST_SYMBOLS)
        found: dict[str, int] = {}
        for index, version in wanted.items():
            with contextlib.suppress(ValueError):
                number = numbers.index(index)
                found[version] = min(number, found.get(version, number))
        table, count = self._table(max(found.values(), default=-1) + 1)
        size = SYMBOL_SIZE[self.layout.identity.bits]
        return {
            version: self._strings[next(symbols_of(self.layout, table[number * size : (number + 1) * size]))[0]]
            for version, number in found.items()
            if number < count
        }

    def _table(self, wanted: int) -> tuple[memoryview, int]:
        """Return the symbol table as far as it is wanted and there, and how many symbols that are."""
        layout, address = self.layout, self._dynamic[DT_SYMTAB]
        size = SYMBOL_SIZE[layout.identity.bits]
        count = min(wanted, layout.available(address) // size, MOST_SYMBOLS)
        return layout.slice(layout.offset_of(address), count * size), count

    def _without_section(self, table: memoryview, count: int, copies: set[int]) -> list[int]:
        """Return the numbers of the symbols that are defined nowhere in the file, and of those that are copied."""
        start, step = SECTION_WORDS[self.layout.identity.bits]
        # Whether a word is zero does not depend on the byte order.
        sections = table.cast("H")[start::step].tolist()
        found = list(itertools.compress(range(1, count), map(operator.not_, sections[1:])))
        return sorted({*found, *(number for number in copies if 0 < number < count)}) if copies else found

    def _names(self, table: memoryview, count: int) -> Sequence[int]:
        """Return where the names of the first symbols stand."""
        size = SYMBOL_SIZE[self.layout.identity.bits]
        names = array("I", table[: count * size].cast("I")[:: size // 4].tolist())
        if self.layout.identity.endian != sys.byteorder:
            names.byteswap()
        return names

    def _informations(self, table: memoryview) -> bytes:
        """Return the binding and type of each symbol."""
        size = SYMBOL_SIZE[self.layout.identity.bits]
        return bytes(table[4 if self.layout.word_size == 8 else 12 :: size])  # noqa: PLR2004 - bytes of an address

    def _place(self, tag: int) -> tuple[int, int]:
        """Return where a table is in the file, and how many bytes of the file are there at most."""
        return self.layout.offset_of(self._dynamic[tag]), self.layout.available(self._dynamic[tag])

    def _version(self, number: int) -> int:
        """Return the version number of one symbol; in a file without versions that of all is 1."""
        if DT_VERSYM not in self._dynamic:
            return 1
        start, length = self._place(DT_VERSYM)
        return self.layout.unpack("H", start + 2 * number)[0] if 2 * number + 2 <= length else 1

    def _versions(self, count: int) -> array[int]:
        """Return the version numbers of the first symbols, fewer where the table ends before."""
        numbers = array("H")
        if DT_VERSYM not in self._dynamic:
            return numbers
        address = self._dynamic[DT_VERSYM]
        known = min(count, self.layout.available(address) // 2)
        numbers.frombytes(self.layout.slice(self.layout.offset_of(address), 2 * known))
        if self.layout.identity.endian != sys.byteorder:
            numbers.byteswap()
        return numbers

    def _hashed(self) -> tuple[int, int]:
        """Return the first and one past the last symbol number that the hash table knows: what a loader can find."""
        layout, dynamic = self.layout, self._dynamic
        if DT_GNU_HASH in dynamic:
            table = _hash_table(layout, dynamic)
            return table.first, table.end
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


def _hash_table(layout: Layout, dynamic: Mapping[int, int]) -> HashTable:
    most = layout.available(dynamic[DT_SYMTAB]) // SYMBOL_SIZE[layout.identity.bits]
    return read_hash_table(layout, dynamic[DT_GNU_HASH], most)
