"""How packages name CPUs, and which CPU a file in them is for (``data/packages/architectures.json``)."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from everylinux.elf.file import Identity

Vocabulary = Literal["wheel", "deb", "rpm", "apk", "npm"]


class Architecture(msgspec.Struct, frozen=True):
    """One CPU: what its ELF headers say, and its names in each vocabulary.

    ``words`` are the names by which paths mention it, ``also`` the CPUs whose programs its kernels execute too.
    """

    name: str
    machine: int
    bits: int
    endian: Literal["little", "big"]
    wheel: tuple[str, ...]
    deb: tuple[str, ...]
    rpm: tuple[str, ...]
    apk: tuple[str, ...]
    npm: tuple[str, ...]
    words: tuple[str, ...]
    also: tuple[str, ...]

    def names(self, vocabulary: Vocabulary) -> tuple[str, ...]:
        """Return its names in one vocabulary."""
        names: tuple[str, ...] = getattr(self, vocabulary)
        return names


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    all: dict[str, tuple[str, ...]]
    libcs: dict[str, tuple[str, ...]]
    cpus: tuple[Architecture, ...]


@functools.cache
def _facts() -> _Facts:
    return read_facts("packages/architectures.json", _Facts)


def architecture_of(identity: Identity) -> Architecture | None:
    """Return the CPU of an ELF file, ``None`` for one that no package format names."""
    wanted = identity.architecture
    return next((one for one in _facts().cpus if (one.machine, one.bits, one.endian) == wanted), None)


def architectures_named(name: str, vocabulary: Vocabulary) -> tuple[Architecture, ...]:
    """Return the CPUs that a package format calls so: none for an unknown name, two for npm's ``ppc64``."""
    return tuple(one for one in _facts().cpus if name in one.names(vocabulary))


def architectures_run_by(cpu: Architecture) -> tuple[Architecture, ...]:
    """Return the CPUs whose programs a kernel of this one executes, itself first."""
    return (cpu, *(one for one in _facts().cpus if one.name in cpu.also))


def is_for_all(name: str, vocabulary: Vocabulary) -> bool:
    """Return whether a declared architecture means every CPU: Debian's ``all``, RPM's ``noarch``."""
    return name in _facts().all.get(vocabulary, ())


def mentions_cpu(path: str, cpu: Architecture) -> bool:
    """Return whether a path names a CPU: ``prebuilds/linux-arm64/x.node``, ``usr/aarch64-linux-gnu/lib/libc.so.6``."""
    return _words(cpu.words).search(path.lower()) is not None


def mentions_libc(path: str, libc: str) -> bool:
    """Return whether a path names a libc (``gnu``, ``musl``, ``android``): ``prebuilds/linux-x64/x.musl.node``."""
    return _words(_facts().libcs.get(libc, ())).search(path.lower()) is not None


@functools.cache
def _words(words: tuple[str, ...]) -> re.Pattern[str]:
    # x86 is no part of x86_64.
    alternatives = "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"
    return re.compile(rf"(?<![a-z0-9])(?:{alternatives})(?![a-z0-9])(?![_-]64)")
