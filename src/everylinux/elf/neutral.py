"""What a neutral module looks like: it names no libc, and yet versions of glibc's symbols."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile


class LibcFamily(msgspec.Struct, frozen=True):
    """glibc's libraries by the names that programs have for them, with the loaders.

    ``python`` are those that every CPython has loaded, ``not_in_python`` those that it may lack. ``merged`` are no
    longer loaded in a program that was linked with the release ``merged_since`` or newer.
    """

    libraries: frozenset[str]
    python: tuple[str, ...]
    not_in_python: frozenset[str]
    merged: frozenset[str]
    merged_since: str


@functools.cache
def libc_family() -> LibcFamily:
    """Return what is shipped in the package."""
    return read_facts("elf/libc-family.json", LibcFamily)


@functools.lru_cache(maxsize=4)
def is_neutral(file: ElfFile) -> bool:
    """Return whether a shared object binds to whichever libc the process has: it was detached from glibc."""
    family = libc_family().libraries
    if file.kind != "shared-object" or file.interpreter or not _of_the_process().isdisjoint(file.needed):
        return False
    # A file that was built for musl, Android or another system asks glibc for nothing.
    asked = [need.weak for need in file.version_needs if need.library in family]
    return bool(asked) and all(asked)


@functools.cache
def _of_the_process() -> frozenset[str]:
    """Return the libraries that no such file names: it takes from the process what is in them."""
    return libc_family().libraries - libc_family().not_in_python
