"""Times of 32 bits, which end on 19 January 2038."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.loader.risks.facts import times
from everylinux.loader.risks.interface import risk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.evidence import Risk
    from everylinux.loader.risks.interface import Evidence
    from everylinux.loader.risks.place import Place


class NarrowTime(msgspec.Struct, frozen=True):
    """A file that calls the functions of before; ``function`` is the first of them."""

    function: str

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk: no image changes it."""
        del place
        yield risk_of(
            "time-32-bit", self.function, f"it calls {self.function} with times of 32 bits, which end in 2038"
        )


def expected(evidence: Evidence) -> Iterator[NarrowTime]:
    """Yield whether a file knows only times of 32 bits."""
    facts = times()
    identity = evidence.elf.identity
    if identity.bits != 32 or identity.machine not in facts.machines or evidence.static:  # noqa: PLR2004 - the class
        return
    narrow = facts.narrow & evidence.calls
    if narrow and not facts.wide & evidence.calls:
        yield NarrowTime(min(narrow))
