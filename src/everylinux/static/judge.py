"""Whether the libc inside of a shared object stands alone: what of it depends on who set up the process, and who asks.

The linker has thrown away what nothing uses, so that the map of the link tells exactly what is inside: data of musl's
that is written, and functions that read the thread pointer. Of each kind it is then said which functions the module
asks for that lead there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.static.facts import facts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from everylinux.static.facts import Kind
    from everylinux.static.link_map import Part

# musl, and what zig has written anew of it.
LIBC = ("libc.a", "libzigc.a")
# Sections that a program writes; what only the loader writes is named `.data.rel.ro` (the linkers' convention).
WRITTEN, OF_THE_LOADER = (".data", ".bss"), ".data.rel.ro"
CODE = ".text"
MOST_SHOWN = 2


@dataclass(frozen=True)
class Dependence:
    """One kind of state that the libc inside does not have for itself.

    ``parts`` are what is of it in the file, sorted; ``asked`` the functions of libc that the rest of the module asks
    for and that lead there, each with the part that asks (``printf`` of ``capi``).
    """

    kind: str
    why: str
    parts: tuple[str, ...]
    asked: tuple[tuple[str, str], ...]

    def short(self, places: Mapping[str, str]) -> str:
        """Return the kind with how many functions lead there, and where the first ones are asked for.

        ``places`` are lines of the sources by symbol; without one the part of the link that asks is named.
        """
        count = len({symbol for symbol, _ in self.asked})
        if not count:
            return f"{self.kind} ({', '.join(self.parts[:MOST_SHOWN])})"
        shown = " and ".join(f"{symbol} ({where})" for symbol, where in self._where(places)[:MOST_SHOWN])
        return f"{self.kind} by {shown}" + (f" and {count - MOST_SHOWN} more" if count > MOST_SHOWN else "")

    def whole(self, places: Mapping[str, str]) -> str:
        """Return the kind, why it does not stand alone, and all that lead there."""
        asked = ", ".join(f"{symbol} ({where})" for symbol, where in self._where(places))
        return (
            f"{self.kind}: {self.why}; asked for by {asked or 'nothing by name'}; in the file: {', '.join(self.parts)}"
        )

    def _where(self, places: Mapping[str, str]) -> list[tuple[str, str]]:
        """Return each function once, those first whose line is known."""
        found: dict[str, str] = {}
        for symbol, part in self.asked:
            found.setdefault(symbol, places.get(symbol, part))
        return sorted(found.items(), key=lambda one: one[0] not in places)


def dependences(sections: Sequence[tuple[Part, str]], asked: Mapping[Part, AbstractSet[str]]) -> list[Dependence]:
    """Return what of the libc inside depends on the process, in the order of the kinds; nothing: it stands alone.

    ``sections`` are those that are in the file, ``asked`` which symbols each of its parts asks others for.
    """
    found = []
    for kind in facts().kinds:
        parts = sorted({part.name for part, section in sections if _is_of(kind, part, section)})
        if parts:
            others = sorted(part for part in asked if part.archive not in LIBC)
            askers = tuple((symbol, part.name) for part in others for symbol in sorted(asked[part] & kind.leading))
            found.append(Dependence(kind.name, kind.why, tuple(parts), askers))
    return found


def _is_of(kind: Kind, part: Part, section: str) -> bool:
    if part.archive not in LIBC:
        return False
    if section.startswith(CODE):
        return f"{part.name}:{section.removeprefix(CODE).removeprefix('.')}" in kind.functions
    if section.startswith(OF_THE_LOADER) or not section.startswith(WRITTEN) or part.name in facts().own:
        return False
    if any(part.name in one.state for one in facts().kinds):
        return part.name in kind.state
    # Nobody has judged it.
    return kind is facts().kinds[-1]
