"""One build of a library as a libc's loader looks into it, and what was found in it before.

The same libraries come again and again, for every program of an image and in all images with the same packages, and
most programs ask them for the same symbols. So what was found is kept with the library: which of the names that a file
asks for are not in it is then one difference of sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from everylinux.elf.file import ElfFile, Export, Need

MOST_NAMES = 65_536  # that are kept of one library


class Known:
    """The names that were looked up in one build: those that it has, and those that it lacks, by their version."""

    def __init__(self) -> None:
        self._names: dict[str | None, tuple[set[str], set[str]]] = {}
        self._count = 0

    def of(self, version: str | None) -> tuple[set[str], set[str]]:
        """Return what it has and what it lacks of one version, for the caller to read."""
        names = self._names.get(version)
        if names is None:
            names = self._names[version] = set(), set()
        return names

    def keep(self, version: str | None, names: AbstractSet[str], found: AbstractSet[str]) -> None:
        """Keep which of some more names were found."""
        self._count += len(names)
        if self._count > MOST_NAMES:
            self._names.clear()
            self._count = 0
            return
        there, missed = self.of(version)
        there |= found
        missed |= names - found


class Build:
    """One build of a library, and when one libc's loader takes a definition in it.

    ``accepts`` is given all definitions of a name and the version that is asked for. ``versioned``: it takes those of
    that very version; otherwise a name is found for every version or for none. ``known`` is the same for all that look
    into this build in the same way.
    """

    def __init__(
        self, elf: ElfFile, accepts: Callable[[Sequence[Export], str | None], bool], *, versioned: bool
    ) -> None:
        self._elf = elf
        self._accepts = accepts
        self._versioned = versioned
        self.known: Known = elf.remembered.setdefault(accepts, Known())

    def lacking(self, need: Need, names: AbstractSet[str]) -> AbstractSet[str]:
        """Return those of the names that are asked for with one need that are not found in this build."""
        version = need[0] if self._versioned else None
        if version is not None and version not in self._elf.defined_versions:
            return names
        found, missed = self.known.of(version)
        lacking = names - found
        if lacking <= missed:
            return lacking
        new = lacking - missed
        there = {name for name in new if self._accepts(self._elf.definitions(name), version)}
        self.known.keep(version, new, there)
        return lacking - there
