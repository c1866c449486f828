"""The GNU hash table of a file: whether it defines a name, told without reading its symbols."""

from __future__ import annotations

import functools
import sys
from array import array
from typing import TYPE_CHECKING, Literal, NamedTuple

from everylinux.elf.layout import DamagedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.elf.layout import Layout

MOST_STEPS = 64  # a chain of a linker's own has a handful
MOST_BUCKETS = 1 << 20
LONGEST_REMEMBERED = 256


class HashTable(NamedTuple):
    """One table (``DT_GNU_HASH``): ``bits`` are those of a word of its Bloom filter, which ``shift`` belongs to.

    ``first`` is the number of the first symbol in the chains, of which there are none in a table without symbols.
    """

    bits: int
    shift: int
    bloom: Sequence[int]
    first: int
    buckets: Sequence[int]
    chains: Sequence[int]

    @property
    def end(self) -> int:
        """One past the number of the last symbol that a loader can find."""
        return self.first + len(self.chains)

    def may_have(self, name: str) -> bool:
        """Return whether a loader that looks a name up finds its hash here."""
        found = self.symbols(name)
        return found is None or bool(found)

    def symbols(self, name: str) -> list[int] | None:
        """Return the numbers of the symbols that a loader compares with a name (elf/dl-lookup.c, do_lookup_x).

        ``None`` for a chain that has no end a linker would have given it.
        """
        if not self.bloom or not self.buckets:
            return []
        # The same names are asked for in file after file.
        wanted = (name_hash if len(name) <= LONGEST_REMEMBERED else name_hash.__wrapped__)(name)
        word = self.bloom[wanted // self.bits & len(self.bloom) - 1]
        if not word >> wanted % self.bits & word >> (wanted >> self.shift) % self.bits & 1:
            return []
        start = self.buckets[wanted % len(self.buckets)] - self.first
        if start < 0:
            return []
        same = []
        for place, found in enumerate(self.chains[start : start + MOST_STEPS], start):
            if found | 1 == wanted | 1:
                same.append(self.first + place)
            if found & 1:
                return same
        return None


@functools.lru_cache(maxsize=8192)
def name_hash(name: str) -> int:
    """Return the hash of a name (elf/dl-new-hash.h)."""
    found = 5381
    for byte in name.encode("utf-8", "surrogateescape"):
        found = found * 33 + byte & 0xFFFFFFFF
    return found


def read_hash_table(layout: Layout, address: int, most: int) -> HashTable:
    """Read the table at an address; ``most`` is how many symbols there can be.

    Raises `DamagedError` when it lies outside the file, or is larger than any.
    """
    offset = layout.offset_of(address)
    buckets, first, words, shift = layout.unpack("4I", offset)
    if buckets > MOST_BUCKETS:
        raise DamagedError("the hash table has more buckets than a library has symbols")
    start = offset + 16 + words * layout.word_size
    heads = _numbers(layout, start, buckets, "I")
    start += 4 * buckets
    last = max(heads, default=0)
    if last < first:
        return HashTable(layout.identity.bits, shift, (), first, heads, ())
    # The last bucket's chain ends at the first hash whose lowest bit is set.
    while last < most and not layout.unpack("I", start + 4 * (last - first))[0] & 1:
        last += 1
    bloom = _numbers(layout, offset + 16, words, "Q" if layout.word == "Q" else "I")
    chains = _numbers(layout, start, last + 1 - first, "I")
    return HashTable(layout.identity.bits, shift, bloom, first, heads, chains)


def _numbers(layout: Layout, offset: int, count: int, code: Literal["I", "Q"]) -> Sequence[int]:
    numbers = array(code)
    numbers.frombytes(layout.slice(offset, count * numbers.itemsize))
    if layout.identity.endian != sys.byteorder:
        numbers.byteswap()
    return numbers
