"""The string table and the version tables: which versions a file needs and defines (LSB, symbol versioning)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.elf.file import VersionNeed
from everylinux.elf.layout import DamagedError, Layout
from everylinux.elf.numbers import (
    DT_STRSZ,
    DT_STRTAB,
    DT_VERDEF,
    DT_VERNEED,
    VER_FLG_BASE,
    VER_FLG_WEAK,
    VERSION_MASK,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Names may share bytes, so a hostile table could ask for far more text than the file holds.
MOST_TEXT_PER_BYTE = 16
MOST_SHARED_TEXT = 64 << 20
# So many names, none of them longer, are cut out before their lengths are added up.
NAMES_AT_ONCE, LONGEST_SHORT_NAME = 1024, 1024


class Strings:
    """The dynamic string table; raises `DamagedError` outside it or when names add up to an absurd amount of text."""

    def __init__(self, layout: Layout, dynamic: Mapping[int, int]) -> None:
        try:
            address = dynamic[DT_STRTAB]
            size = min(dynamic.get(DT_STRSZ, 0), layout.available(address))
            self._table = layout.content_at(layout.offset_of(address), size)
        except (KeyError, DamagedError):
            self._table = b""
        size = len(self._table)
        self._left = min(MOST_TEXT_PER_BYTE * size, size + MOST_SHARED_TEXT) + 1

    def __getitem__(self, offset: int) -> str:
        return self._table[offset : self._end(offset)].decode("utf-8", "backslashreplace")

    def read_into(self, names: list[str], offsets: Sequence[int]) -> None:
        """Add the names at many offsets; raises `DamagedError` at the first that cannot be read, with those before."""
        # Nearly all names are ASCII: cutting them out of a text costs half of decoding each.
        text = self._table.decode("latin-1")
        for start in range(0, len(offsets), NAMES_AT_ONCE):
            some = offsets[start : start + NAMES_AT_ONCE]
            short = self._short_names(text, some)
            names += self._each(text, some) if short is None else short

    def _short_names(self, text: str, offsets: Sequence[int]) -> list[str] | None:
        """Return names that are short and ASCII, as nearly all are; ``None`` when one of them is not."""
        find = text.find
        ends = [find("\0", offset, offset + LONGEST_SHORT_NAME) for offset in offsets]
        if -1 in ends:
            return None
        names = [text[offset:end] for offset, end in zip(offsets, ends, strict=True)]
        length = sum(map(len, names))
        if length > self._left or not "".join(names).isascii():
            return None
        self._left -= length
        return names

    def _each(self, text: str, offsets: Iterable[int]) -> Iterator[str]:
        for offset in offsets:
            end = self._end(offset)
            name = text[offset:end]
            yield name if name.isascii() else self._table[offset:end].decode("utf-8", "backslashreplace")

    def _end(self, offset: int) -> int:
        end = self._table.find(b"\0", offset)
        if end < 0:
            raise DamagedError(f"a name at offset {offset:#x} lies outside the string table")
        self._left -= end - offset
        if self._left < 0:
            raise DamagedError("the names of the symbol table add up to more text than the file can hold")
        return end

    @property
    def text(self) -> bytes:
        """The whole table."""
        return self._table


def read_version_needs(layout: Layout, dynamic: Mapping[int, int], strings: Strings) -> dict[int, VersionNeed]:
    """Return the version needs by their index, in the order of the file."""
    needs: dict[int, VersionNeed] = {}
    left = VERSION_MASK
    for entry, (_, count, file, aux, _) in _records(layout, dynamic.get(DT_VERNEED), "HHIII", 4):
        for _, (_, flags, index, name, _) in _chain(layout, entry + aux, "IHHII", 4, count):
            left -= 1
            if left < 0:
                raise DamagedError("there are more version needs than version numbers")
            needs[index & VERSION_MASK] = VersionNeed(strings[file], strings[name], bool(flags & VER_FLG_WEAK))
    return needs


def read_version_definitions(layout: Layout, dynamic: Mapping[int, int], strings: Strings) -> dict[int, str]:
    """Return the names of the defined versions by index, without the base definition."""
    definitions: dict[int, str] = {}
    for entry, (_, flags, index, _, _, aux, _) in _records(layout, dynamic.get(DT_VERDEF), "HHHHIII", 6):
        if not flags & VER_FLG_BASE:
            (name,) = layout.unpack("I", entry + aux)
            definitions[index & VERSION_MASK] = strings[name]
    return dict(sorted(definitions.items()))


def _records(layout: Layout, address: int | None, fields: str, link: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    if address is None:
        return
    try:
        start = layout.offset_of(address)
    except DamagedError:
        return
    yield from _chain(layout, start, fields, link, VERSION_MASK)


def _chain(layout: Layout, offset: int, fields: str, link: int, count: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Walk linked records: each gives the distance to the next; only forward, so the walk always ends."""
    for _ in range(count):
        record = layout.unpack(fields, offset)
        yield offset, record
        if record[link] == 0:
            return
        offset += record[link]
