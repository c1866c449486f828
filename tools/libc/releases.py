"""What is written down by hand: when releases came out, and the few facts that no list of symbols has."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec


class ListedCpu(msgspec.Struct, frozen=True):
    """A CPU as the ABI lists name it (``list``: ``x86_64-linux-gnu``), and what its ELF headers say."""

    list: str
    machine: int
    bits: int
    endian: str


class LibAnl(msgspec.Struct, frozen=True):
    """The library that the ABI lists leave out: its functions, and the release that brought it."""

    since: str
    names: tuple[str, ...]


class ReleaseFacts(msgspec.Struct, frozen=True):
    """The whole of ``releases.json``.

    ``glibc``, ``musl`` and ``gcc`` map a release to its month (``2021-08``, empty where it is not known), ``nodes``
    versions of glibc that bear no number to their release, ``gcc_nodes`` those of GCC that its manual does not list.
    ``libraries`` are those of glibc that came with a later release than their symbols. ``wheel`` is the release of the
    compiler's wheel whose ABI lists are the newest.
    """

    date: str
    sources: dict[str, str]
    wheel: str
    glibc: dict[str, str]
    musl: dict[str, str]
    gcc: dict[str, str]
    nodes: dict[str, str]
    libanl: LibAnl
    libraries: dict[str, str]
    gcc_nodes: dict[str, str]
    cpus: dict[str, ListedCpu]


@functools.cache
def release_facts() -> ReleaseFacts:
    """Return what is written down by hand."""
    return msgspec.json.decode(Path(__file__).with_name("releases.json").read_bytes(), type=ReleaseFacts)
