"""Archives that were named, alone or by their folder, and are still closed: each can be opened in any process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.archives.budget import Budget
from everylinux.inputs.interface import Batch
from everylinux.inputs.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from pathlib import Path

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Skipped


class Closed(msgspec.Struct, frozen=True):
    """One archive: where it lies, how it is called, its size in bytes.

    ``named``: the user named it. ``everything``: every file in it is yielded, not ELF files alone.
    """

    real: Path
    path: str
    member: str
    size: int
    named: bool
    everything: bool

    def open(
        self, outer: Tally, *, held: bool = False, look: Callable[[ElfFile], int] | None = None
    ) -> Generator[Batch]:
        """Yield the batches of what is in it; what is no archive after all is counted in ``outer``.

        ``held``: this process judges all files of each package, so what it can hold in memory is not written down;
        ``look`` looks at all that it will ask of an ELF file, where that is little.
        """
        from everylinux.inputs.archive import Opening, Source, open_archive

        source = Source(self.real, self.path, self.member, Budget(self.size), named=self.named)
        return open_archive(source, outer, Opening(self.everything, held, look))


class Archives(msgspec.Struct):
    """Archives that belong together: those of one folder, or named after each other.

    ``tally`` is the folder's; archives that were named have one each.
    """

    closed: list[Closed]
    tally: Tally | None = None

    def open(self, *, held: bool = False, look: Callable[[ElfFile], int] | None = None) -> Iterator[Batch]:
        """Yield the batches of all, and what was passed over."""
        for one in self.closed:
            outer = self.outer(one)
            yield from one.open(outer, held=held, look=look)
            yield from self.passed_over(outer)
        yield from self.rest()

    def outer(self, closed: Closed) -> Tally:
        """Return where to count what is no archive after all, or holds nothing to judge."""
        return self.tally or Tally(closed.path)

    def passed_over(self, outer: Tally, more: Iterable[Skipped] = ()) -> Iterator[Batch]:
        """Yield what is to be told after one archive; ``more`` was counted elsewhere."""
        outer.join(more)
        if outer is not self.tally and (records := outer.records()):
            yield Batch(iter(()), skipped=records)

    def rest(self) -> Iterator[Batch]:
        """Yield what is to be told after all."""
        if self.tally is not None and (records := self.tally.records()):
            yield Batch(iter(()), skipped=records)
