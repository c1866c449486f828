"""Whether libraries that are opened later find room for thread-local storage at a fixed place (initial-exec TLS)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from everylinux.elf.numbers import STT_TLS
from everylinux.elf.relocations import machine_facts
from everylinux.loader.releases import glibc_releases, static_tls, tls_layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

    from everylinux.elf.file import ElfFile, Undefined
    from everylinux.loader.closure import Loaded
    from everylinux.loader.releases import Release, TlsLayout


class Wanted(NamedTuple):
    """One library whose variables another (or it itself) reaches at a fixed place.

    ``optional``: by TLS descriptors, which do without when there is no room. ``symbol`` is the variable, ``None`` for
    those of the asker itself.
    """

    asker: Loaded
    owner: Loaded
    optional: bool = False
    symbol: Undefined | None = None


def owners_of_fixed_tls(files: Sequence[Loaded]) -> Iterator[Wanted]:
    """Yield for each file whose variables it reaches at a fixed place, in the order of the files.

    A relocation without a symbol means the file itself; one with a symbol, the first file that defines it.
    """
    for file in files:
        facts = machine_facts(file.elf.identity.machine, file.elf.identity.bits)
        if facts is None:
            continue
        types = file.elf.tables.relocation_types
        for optional, wanted in ((False, facts.initial_tls), (True, facts.descriptors)):
            if not types.isdisjoint(wanted):
                yield from _owners(file, files, frozenset(wanted), optional=optional)


def _owners(file: Loaded, files: Sequence[Loaded], types: AbstractSet[int], *, optional: bool) -> Iterator[Wanted]:
    names = dict.fromkeys(name for kind, name in file.elf.tables.fixed_tls if kind in types)
    if None in names and file.elf.tls is not None:
        yield Wanted(file, file, optional)
    # Only a file with thread-local storage can define some; of what is documented, storage is not told.
    owners = [one for one in files if one.elf.tls is not None or not one.elf.complete]
    for symbol in file.elf.undefined if owners and names.keys() - {None} else ():
        if symbol.name not in names:
            continue
        owner = next((one for one in owners if _defines_tls(one, symbol.name)), None)
        if owner is not None:
            yield Wanted(file, owner, optional, symbol)


def _defines_tls(file: Loaded, name: str) -> bool:
    return any(export.type == STT_TLS for export in file.elf.definitions(name))


def without_room(before: Sequence[ElfFile], opened: Sequence[Loaded], release: Release) -> Wanted | None:
    """Return the first of the opened files that finds no room in glibc, ``None`` when all do (elf/dl-reloc.c).

    ``before`` are the files of the start in their order, ``opened`` those opened later in the order of relocation.
    """
    asked = list(owners_of_fixed_tls(opened))
    identity = opened[0].elf.identity if asked else None
    layout = tls_layout(identity.machine, identity.bits, release) if identity else None
    if layout is None:
        return None
    room = _Room([file for file in before if file.tls is not None], layout, release)
    placed: set[int] = set()
    started = {id(file) for file in before}
    for wanted in asked:
        owner = wanted.owner.elf
        if id(owner) in placed or id(owner) in started:
            continue
        placed.add(id(owner))
        if not room.take(owner, optional=wanted.optional) and not wanted.optional:
            return wanted
    return None


class _Room:
    """glibc's static TLS block after the start (_dl_determine_tlsoffset), all in bytes."""

    def __init__(self, started: Sequence[ElfFile], layout: TlsLayout, release: Release) -> None:
        sizes = static_tls()
        self._below = layout.before is None
        self._alignment = layout.alignment
        self._optional = sizes.optional if release >= glibc_releases().optional_tls else sizes.surplus
        used = layout.before or 0
        for file in started:
            if file.tls is not None:
                alignment = max(file.tls.alignment, 1)
                self._alignment = max(self._alignment, alignment)
                used = _up(used + file.tls.size, alignment) if self._below else _up(used, alignment) + file.tls.size
        if release >= glibc_releases().rseq_in_tls:
            used = _up(used, sizes.rseq) + sizes.rseq
        self._used = used
        self._end = _up(used + sizes.surplus, self._alignment if self._below else layout.alignment)

    def take(self, file: ElfFile, *, optional: bool) -> bool:
        """Take room for a file's block; return whether there was enough (_dl_try_allocate_static_tls)."""
        if file.tls is None:
            return True
        alignment = max(file.tls.alignment, 1)
        if alignment > self._alignment:
            return False
        if self._below:
            free = self._end - self._used
            if free < file.tls.size:
                return False
            used = self._used + free - (free - file.tls.size) // alignment * alignment
        else:
            used = _up(self._used, alignment) + file.tls.size
            if used > self._end:
                return False
        if optional:
            if used - self._used > self._optional:
                return False
            self._optional -= used - self._used
        self._used = used
        return True


def _up(value: int, alignment: int) -> int:
    return (value + alignment - 1) // alignment * alignment
