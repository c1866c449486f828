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
MOST_ASKED = 6


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

    def describe(self, places: Mapping[str, str]) -> str:
        """Return it as one clause: the kind, who asks or where in the sources a symbol is used, and what is wrong."""
        shown = ", ".join(f"{symbol} ({places.get(symbol, part)})" for symbol, part in self.asked[:MOST_ASKED])
        more = f" and {len(self.asked) - MOST_ASKED} more" if len(self.asked) > MOST_ASKED else ""
        return f"{self.kind} by {shown or ', '.join(self.parts[:MOST_ASKED])}{more}: {self.why}"


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
