"""One build of a library as a libc's loader looks into it, and what was found in it before.

The same libraries come again and again, for every program of an image and in all images with the same packages, and
most programs ask them for the same symbols. So what was found is kept with the library: which of the names that a file
asks for are not in it is then one difference of sets. Of a library of the catalogue all names are known at once; in one
on this machine only those are looked up that are asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from everylinux.elf.file import ElfFile, Export, Need, Tables

    Accepts = Callable[[Sequence[Export], str | None], bool]
    Every = Callable[[Tables], Mapping[str | None, AbstractSet[str]] | None]

NOTHING: AbstractSet[str] = frozenset()
MOST_NAMES = 65_536  # that are kept of one library


class Known:
    """The names of one build: all that it has, or of those that were looked up what it has and what it lacks.

    Both by their version. It is the same for all that look into the build in the same way.
    """

    def __init__(self, all_names: Mapping[str | None, AbstractSet[str]] | None) -> None:
        self.all = all_names
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

    ``accepts`` is given all definitions of a name and the version that is asked for; ``every`` a build's tables, of
    which it returns all names that are accepted, where these are known at once. ``versioned``: those of that very
    version are; otherwise a name is found for every version or for none (and ``every`` has all under ``None``).
    ``known`` is the same for all that look into this build in the same way.
    """

    def __init__(self, elf: ElfFile, accepts: Accepts, *, versioned: bool, every: Every | None = None) -> None:
        self._elf = elf
        self._accepts = accepts
        self._versioned = versioned
        known: Known | None = elf.remembered.get(accepts)
        if known is None:
            known = elf.remembered[accepts] = Known(every(elf.tables) if every is not None else None)
        self.known = known

    def lacking(self, need: Need, names: AbstractSet[str]) -> AbstractSet[str]:
        """Return those of the names that are asked for with one need that are not found in this build."""
        version = need[0] if self._versioned else None
        if self.known.all is not None:
            return names - self.known.all.get(version, NOTHING)
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
