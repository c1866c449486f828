"""The builds of a library that files ask for symbols, and what was found in each of them before.

The same libraries come again and again: for every program of an image, and in all images with the same packages; and
most programs ask them for the same symbols. So what was found is kept by name, for all builds of a library together:
for each name a number with one bit for each build that has it. One AND over the names that a file asks for tells all
builds that have every one of them.
"""

from __future__ import annotations

import itertools
import operator
from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from collections.abc import Set as AbstractSet

    from everylinux.elf.file import ElfFile, Export, Need

MOST_NAMES = 65_536  # that are kept of one library and version


class Builds:
    """All builds of one library, and when one libc's loader takes a definition in them.

    ``accepts`` is given all definitions of a name and the version that is asked for. ``versioned``: it looks at the
    version; otherwise a name is found for every version or for none.
    """

    def __init__(self, accepts: Callable[[Sequence[Export], str | None], bool], *, versioned: bool) -> None:
        self.accepts = accepts
        self._versioned = versioned
        self._members: dict[ElfFile, Build] = {}
        self._found: dict[str | None, dict[str, int]] = {}

    def build(self, elf: ElfFile) -> Build:
        """Return one build, the same for the same file."""
        if elf not in self._members:
            self._members[elf] = Build(self, elf, 1 << len(self._members))
        return self._members[elf]

    def found(self, need: Need) -> dict[str, int]:
        """Return the bits of the builds in which each name is known to be, for the version of a need."""
        return self._found.setdefault(need[0] if self._versioned else None, {})

    def one_has_all(self, file: ElfFile, library: str | None, bits: int) -> bool:
        """Return whether one of some builds is known to have all names that a file asks for of a library."""
        if file.remembered.get((self, library), 0) & bits:
            return True
        needs = file.needs_by_library[library]
        of_each = (map(self.found(need).get, file.bound_names[need], itertools.repeat(0)) for need in needs)
        with_all = reduce(operator.and_, itertools.chain.from_iterable(of_each))
        file.remembered[self, library] = with_all
        return bool(with_all & bits)


class Build(NamedTuple):
    """One build of a library, and its bit among them all."""

    builds: Builds
    elf: ElfFile
    bit: int

    def lacking(self, need: Need, names: AbstractSet[str]) -> AbstractSet[str]:
        """Return those of the names that are asked for with one need that are not found in this build."""
        found, bit = self.builds.found(need), self.bit
        accepts, definitions = self.builds.accepts, self.elf.definitions
        lacking = set()
        for name in [name for name in names if not found.get(name, 0) & bit]:
            if not accepts(definitions(name), need[0]):
                lacking.add(name)
            elif name in found or len(found) < MOST_NAMES:
                found[name] = found.get(name, 0) | bit
        return lacking
