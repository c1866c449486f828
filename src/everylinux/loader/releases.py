"""In which release glibc and musl began or ceased to do what, and how glibc lays out thread-local storage."""

from __future__ import annotations

import functools
from typing import NamedTuple

import msgspec

from everylinux.decoding import read_facts
from everylinux.elf.relocations import machine_facts
from everylinux.target import version_key

Release = tuple[int, ...]


class MachineHistory(msgspec.Struct, frozen=True):
    """What differs by CPU and release, each value with the first release that has it.

    ``tcb_words`` are the words of the thread's control block before the TLS blocks, ``None`` where it follows them;
    ``tcb_alignment`` is in bytes; ``abi_versions`` is the first ``EI_ABIVERSION`` that is not known.
    """

    tcb_words: int | None
    tcb_alignment: tuple[tuple[str, int], ...]
    abi_versions: tuple[tuple[str, int], ...]


class StaticTls(msgspec.Struct, frozen=True):
    """glibc's room for initial-exec TLS of libraries that are opened later, in bytes.

    ``surplus`` is all of it, ``optional`` how much of it TLS descriptors may take, ``rseq`` the area for restartable
    sequences that lies behind the blocks of the start.
    """

    surplus: int
    optional: int
    rseq: int


class MipsFloatAbis(msgspec.Struct, frozen=True):
    """In which modes of the CPU code of each MIPS floating-point ABI runs: by its number, and where none is named."""

    named: tuple[tuple[bool, ...], ...]
    unnamed: tuple[tuple[bool, ...], ...]

    def modes(self, abi: int | None) -> tuple[bool, ...]:
        """Return the modes of an ABI; one that is not known runs in none."""
        if abi is None:
            return self.unnamed[0]
        return self.named[abi] if abi < len(self.named) else (False,) * len(self.unnamed[0])


class GlibcHistory(msgspec.Struct, frozen=True):
    """The first release that does something (``since``), or no longer does (``until``)."""

    relr_since: str
    strict_stack_since: str
    early_init_since: str
    optional_tls_since: str
    rseq_in_tls_since: str
    strict_versions_until: str
    abi_note_until: str
    segment_alignment_until: str
    static_tls: StaticTls
    without_symbols: tuple[str, ...]
    mips_float_abis: MipsFloatAbis
    machines: dict[str, MachineHistory]


class MuslHistory(msgspec.Struct, frozen=True):
    """The first release of musl that does something."""

    relr_since: str
    large_file_names_since: str
    long_large_file_names_since: str
    empty_segments_since: str


class Kernels(msgspec.Struct, frozen=True):
    """The oldest Linux that a distribution still maintains, and the newest there is."""

    oldest: str
    newest: str


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    glibc: GlibcHistory
    musl: MuslHistory
    kernels: Kernels


class Glibc(NamedTuple):
    """The releases of `GlibcHistory` as numbers that compare in order."""

    relr: Release
    strict_stack: Release
    early_init: Release
    optional_tls: Release
    rseq_in_tls: Release
    lenient_versions: Release
    no_abi_note: Release
    any_alignment: Release


class Musl(NamedTuple):
    """The releases of `MuslHistory` as numbers that compare in order."""

    relr: Release
    large_file_names: Release
    long_large_file_names: Release
    empty_segments: Release


class TlsLayout(NamedTuple):
    """How one release lays out TLS on one CPU: bytes before the blocks (``None``: they end there), least alignment."""

    before: int | None
    alignment: int


@functools.cache
def _facts() -> _Facts:
    return read_facts("elf/releases.json", _Facts)


@functools.cache
def glibc_releases() -> Glibc:
    """Return since which release glibc does what."""
    facts = _facts().glibc
    since = (
        *(facts.relr_since, facts.strict_stack_since, facts.early_init_since),
        *(facts.optional_tls_since, facts.rseq_in_tls_since),
    )
    until = (facts.strict_versions_until, facts.abi_note_until, facts.segment_alignment_until)
    return Glibc(*map(version_key, (*since, *until)))


@functools.cache
def musl_releases() -> Musl:
    """Return since which release musl does what."""
    facts = _facts().musl
    since = (facts.relr_since, facts.large_file_names_since, facts.long_large_file_names_since)
    return Musl(*map(version_key, (*since, facts.empty_segments_since)))


@functools.cache
def kernels() -> tuple[Release, Release]:
    """Return the oldest kernel that is maintained and the newest there is."""
    facts = _facts().kernels
    return version_key(facts.oldest), version_key(facts.newest)


def static_tls() -> StaticTls:
    """Return the sizes of glibc's static TLS."""
    return _facts().glibc.static_tls


def newest_symbols_of(release: str) -> frozenset[str]:
    """Return the releases of which the newest symbols of a glibc may be: its own, or before where it brought none."""
    without = _facts().glibc.without_symbols
    found = [release]
    while found[-1] in without:
        major, _, minor = found[-1].rpartition(".")
        found.append(f"{major}.{int(minor) - 1}")
    return frozenset(found)


def mips_float_abis() -> MipsFloatAbis:
    """Return which floating-point ABIs of MIPS go together."""
    return _facts().glibc.mips_float_abis


def tls_layout(machine: int, bits: int, release: Release) -> TlsLayout | None:
    """Return how glibc lays out TLS on a CPU; ``None`` for one that is not known."""
    history = _history(machine, bits)
    if history is None:
        return None
    before = None if history.tcb_words is None else history.tcb_words * bits // 8
    return TlsLayout(before, _in_release(history.tcb_alignment, release))


def first_unknown_abi_version(machine: int, bits: int, release: Release) -> int:
    """Return the first ``EI_ABIVERSION`` of ``ELFOSABI_GNU`` that glibc refuses; more than any for an unknown CPU."""
    history = _history(machine, bits)
    return 1 << 8 if history is None else _in_release(history.abi_versions, release)


def _history(machine: int, bits: int) -> MachineHistory | None:
    facts = machine_facts(machine, bits)
    return _facts().glibc.machines.get(facts.name) if facts is not None else None


def _in_release(values: tuple[tuple[str, int], ...], release: Release) -> int:
    """Return the value of a release; one older than all that are known has the oldest's."""
    return next((value for first, value in reversed(values) if version_key(first) <= release), values[0][1])
