"""The symbols that a file expects from elsewhere, kept as columns: few questions need a record of each."""

from __future__ import annotations

import itertools
import operator
from collections import defaultdict
from functools import cached_property, partial
from typing import TYPE_CHECKING

import msgspec

from everylinux.elf.file import Undefined
from everylinux.elf.relocations import Requests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.elf.file import Need


class Asked(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What a file expects from elsewhere: in the order of its relocations, then what none asks for.

    ``names``, ``needs`` and ``weak`` tell of each symbol, in the order of its ``numbers`` in the symbol table. The
    first ``requested`` are those that relocations ask for: ``requests`` says which.
    """

    numbers: Sequence[int] = ()
    names: Sequence[str] = ()
    needs: Sequence[Need] = ()
    weak: Sequence[bool] = ()
    requested: int = 0
    requests: Requests = msgspec.field(default_factory=Requests)

    @cached_property
    def symbols(self) -> tuple[Undefined, ...]:
        """A record of each."""
        data = {symbol: rank for rank, symbol in enumerate(self.requests.data)}
        plt = {symbol: rank for rank, symbol in enumerate(self.requests.plt)}
        rows = zip(
            self.names,
            [version for version, _ in self.needs],
            [library for _, library in self.needs],
            self.weak,
            map(data.get, self.numbers),
            map(plt.get, self.numbers),
            map(self.requests.copy.__contains__, self.numbers),
            strict=True,
        )
        # Column by column, and past the record's constructor: that alone would take as long as all else.
        return tuple(map(partial(tuple.__new__, Undefined), rows))

    def bound_names(self) -> dict[Need, list[str]]:
        """Return the names that relocations ask for and that must be found, by the version and library they name."""
        optional = self.weak
        if self.requests.copy and any(optional):
            copied = map(self.requests.copy.__contains__, self.numbers)
            optional = [weak and not copy for weak, copy in zip(optional, copied, strict=True)]
        found: defaultdict[Need, list[str]] = defaultdict(list)
        for name, need, free in zip(self.names[: self.requested], self.needs, optional, strict=False):
            if not free:
                found[need].append(name)
        return found

    def strong_names(self) -> frozenset[str]:
        """Return the names that must be found, whoever asks for them."""
        return frozenset(itertools.compress(self.names, map(operator.not_, self.weak)))

    def fixed_tls(self) -> tuple[tuple[int, str | None], ...]:
        """Return the relocation types that want TLS at a fixed place, and whose: ``None`` is the file's own."""
        wanted = {number for _, number in self.requests.tls if number}
        known = zip(self.numbers, self.names, strict=True) if wanted else ()
        names = {number: name for number, name in known if number in wanted}
        return tuple(dict.fromkeys((kind, names.get(number)) for kind, number in self.requests.tls))
