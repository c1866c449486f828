"""Which symbols a file's relocations ask for, in which order, and which relocation types they use."""

from __future__ import annotations

import functools
import sys
from array import array
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.decoding import read_facts
from everylinux.elf.numbers import (
    DT_JMPREL,
    DT_MIPS_GOTSYM,
    DT_MIPS_SYMTABNO,
    DT_PLTREL,
    DT_PLTRELSZ,
    DT_REL,
    DT_RELA,
    DT_RELACOUNT,
    DT_RELASZ,
    DT_RELCOUNT,
    DT_RELSZ,
    EM_MIPS,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from everylinux.elf.layout import Layout


RELOCATIONS_AT_ONCE = 1 << 18
MOST_REQUESTS = 1 << 21


class MachineFacts(msgspec.Struct, frozen=True):
    """What differs between CPUs: relocation types, and the pages of their kernels.

    ``copy`` and ``irelative`` are the numbers of ``R_*_COPY`` and ``R_*_IRELATIVE``, ``initial_tls`` those of the
    relocations that need room in the static TLS block, ``descriptors`` those that use it where there is room, ``musl``
    all that musl's loader knows, ``lazy`` those that glibc takes in a PLT that it binds lazily (none: it takes all).
    ``token`` is what ``$PLATFORM`` stands for, ``None`` where that is not told. ``pages`` are the page sizes in bytes
    that a Linux kernel of this CPU may be built with, ``platforms`` the OCI platform by byte order of a CPU that is no
    target.
    """

    name: str
    machine: int
    bits: int
    copy: int | None
    irelative: int | None
    initial_tls: tuple[int, ...]
    descriptors: tuple[int, ...]
    lazy: frozenset[int]
    musl: frozenset[int]
    pages: tuple[int, ...]
    platforms: dict[str, str]
    token: str | None


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    machines: tuple[MachineFacts, ...]


@functools.cache
def _facts() -> dict[tuple[int, int], MachineFacts]:
    return {(one.machine, one.bits): one for one in read_facts("elf/machines.json", _Facts).machines}


def machine_facts(machine: int, bits: int) -> MachineFacts | None:
    """Return the facts of a CPU by ``e_machine`` and class; ``None`` for one that has none."""
    return _facts().get((machine, bits))


class Requests(msgspec.Struct):
    """Symbol numbers asked for by data relocations, by PLT relocations and by copy relocations, in their order.

    ``types`` are the relocation types of all, ``plt_types`` those of the PLT. ``tls`` are the types that want TLS at a
    fixed place, each with the symbols that it wants there (0 for the file's own).
    """

    data: dict[int, None] = {}
    plt: dict[int, None] = {}
    copy: set[int] = set()
    types: set[int] = set()
    plt_types: set[int] = set()
    tls: dict[tuple[int, int], None] = {}


def read_requests(layout: Layout, dynamic: Mapping[int, int]) -> Requests:
    """Read all relocation tables; one that is damaged counts up to where it can be read."""
    facts = machine_facts(layout.identity.machine, layout.identity.bits)
    requests = Requests()
    copy = facts.copy if facts is not None else None
    fixed = frozenset((*facts.initial_tls, *facts.descriptors)) if facts is not None else frozenset()
    if layout.identity.machine == EM_MIPS:
        # MIPS resolves the symbols of the global offset table without relocations (MIPS ABI supplement, chapter 5),
        # and before them (glibc's sysdeps/mips/dl-machine.h, musl's reloc_all).
        first, end = dynamic.get(DT_MIPS_GOTSYM, 0), dynamic.get(DT_MIPS_SYMTABNO, 0)
        requests.data.update(dict.fromkeys(range(max(first, 1), min(end, len(layout.data) // 16, MOST_REQUESTS))))
    for is_plt, address, size, with_addend in _tables(layout, dynamic):
        found = requests.plt if is_plt else requests.data
        relative = 0 if is_plt else dynamic.get(DT_RELACOUNT if with_addend else DT_RELCOUNT, 0)
        informations = _informations(layout, address, size, with_addend=with_addend, relative=relative)
        symbols, types = _split(layout, informations)
        requests.types.update(types)
        if is_plt:
            requests.plt_types.update(types)
        if not fixed.isdisjoint(types):
            requests.tls.update({(kind, one): None for one, kind in zip(symbols, types, strict=True) if kind in fixed})
        found.update(dict.fromkeys(symbols))
        if copy in requests.types:
            requests.copy.update(symbol for symbol, kind in zip(symbols, types, strict=True) if kind == copy and symbol)
        found.pop(0, None)
    return requests


def _tables(layout: Layout, dynamic: Mapping[int, int]) -> Iterator[tuple[bool, int, int, bool]]:
    """Yield for each table whether it is the PLT's, its address and size, and whether it has addends."""
    plt, plt_size = dynamic.get(DT_JMPREL, 0), dynamic.get(DT_PLTRELSZ, 0)
    for tag, size_tag, with_addend in ((DT_RELA, DT_RELASZ, True), (DT_REL, DT_RELSZ, False)):
        if tag in dynamic:
            address, size = dynamic[tag], dynamic.get(size_tag, 0)
            # Some linkers count the PLT's entries, which follow, into this table too (glibc's elf/dynamic-link.h).
            if plt_size and address < plt and address + size == plt + plt_size:
                size -= plt_size
            yield False, address, size, with_addend
    if plt_size:
        with_addend = dynamic.get(DT_PLTREL, DT_RELA if layout.word_size == 8 else DT_REL) == DT_RELA  # noqa: PLR2004 - bytes of an address
        yield True, plt, plt_size, with_addend


def _informations(layout: Layout, address: int, size: int, *, with_addend: bool, relative: int) -> dict[int, None]:
    """Return the different ``r_info`` words of one table in the order in which they first appear.

    The first ``relative`` entries have no symbol (glibc's elf/do-rel.h applies them unseen): one stands for all.
    """
    fields = 3 if with_addend else 2
    step = fields * layout.word_size
    size = min(size, layout.available(address))
    size -= size % step
    if not size:
        return {}
    skipped = min(max(relative - 1, 0), size // step - 1) * step
    content = layout.slice(layout.offset_of(address) + skipped, size - skipped)
    size -= skipped
    code: Literal["Q", "I"] = "Q" if layout.word_size == 8 else "I"  # noqa: PLR2004 - bytes of an address
    found: dict[int, None] = {}
    for start in range(0, size, RELOCATIONS_AT_ONCE * step):
        part = content[start : start + RELOCATIONS_AT_ONCE * step]
        if layout.identity.endian == sys.byteorder:
            found.update(dict.fromkeys(part.cast(code)[1::fields]))
        else:
            swapped = array(code, bytes(part))
            swapped.byteswap()
            found.update(dict.fromkeys(swapped[1::fields]))
        if len(found) > MOST_REQUESTS:
            break
    return found


def _split(layout: Layout, informations: Collection[int]) -> tuple[list[int], list[int]]:
    """Return the symbols' numbers and the relocation types of many ``r_info``."""
    if layout.word_size == 4:  # noqa: PLR2004 - bytes of an address
        return [one >> 8 for one in informations], [one & 0xFF for one in informations]
    if layout.identity.machine == EM_MIPS:
        # 64-bit MIPS packs three types and writes the symbol as a 32-bit word of its own.
        if layout.identity.endian == "little":
            return [one & 0xFFFFFFFF for one in informations], [one >> 56 for one in informations]
        return [one >> 32 for one in informations], [one & 0xFF for one in informations]
    return [one >> 32 for one in informations], [one & 0xFFFFFFFF for one in informations]
