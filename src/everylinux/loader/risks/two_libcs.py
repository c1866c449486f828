"""A module with a libc of its own inside: what of that belongs to the libc of the process that loads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.loader.inside import UNKNOWN, libc_inside
from everylinux.loader.risks.interface import risk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.evidence import Risk
    from everylinux.loader.risks.interface import Evidence
    from everylinux.loader.risks.place import Place


class LibcInside(msgspec.Struct, frozen=True):
    """The kinds of state that the libc inside of a module takes for its own."""

    kinds: tuple[str, ...]

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk for each kind that fails in a process of the image's libc, or of any where none is known."""
        from everylinux.static.facts import facts

        for name in self.kinds:
            kind = facts().kind(name)
            if kind is None:
                message = "it has a libc inside, and does not say what of it depends on that of the process"
                yield risk_of("two-libcs", UNKNOWN, message)
            elif place.libc in (None, *kind.fails):
                yield risk_of("two-libcs", name, f"the libc inside of it uses {name} of the process: {kind.why}")


def expected(evidence: Evidence) -> Iterator[LibcInside]:
    """Yield what the libc inside of a module depends on."""
    kinds = libc_inside(evidence)
    if kinds:
        yield LibcInside(kinds)
