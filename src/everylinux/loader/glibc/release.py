"""Which release of glibc an image has."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from everylinux.loader.releases import newest_symbols_of
from everylinux.target import version_key

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile
    from everylinux.loader.releases import Release

# What the versions of its symbols begin with.
FAMILY = "GLIBC_2"


def release_of(loader: ElfFile, library: ElfFile | None) -> Release:
    """Return glibc's release: before 2.34 the loader's strings do not tell, the C library's newest version does."""
    facts = loader.loader
    if facts is not None and facts.version is not None:
        return version_key(facts.version)
    newest = newest_version(library or loader, FAMILY)
    return version_key(newest.removeprefix("GLIBC_")) if newest else (2, 0)


def is_of_release(library: ElfFile, release: str) -> bool:
    """Return whether a C library may be of a release (2.34 or newer), by its newest version."""
    return newest_version(library, FAMILY).removeprefix("GLIBC_") in newest_symbols_of(release)


def newest_version(library: ElfFile, like: str) -> str:
    """Return the newest version of the same family that a library has, empty when it has none."""
    return _newest(library.version_definitions, like.rpartition("_")[0] + "_")


@lru_cache(maxsize=4096)
def _newest(definitions: tuple[str, ...], family: str) -> str:
    numbers = [
        version for version in definitions if version.startswith(family) and version_key(version.removeprefix(family))
    ]
    return max(numbers, key=lambda version: version_key(version.removeprefix(family)), default="")
