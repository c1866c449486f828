"""Whether a shared object has a libc of its own inside, and what of that depends on the process that loads it.

Modules that `build` made say so in a note. Others show it by names in their symbol table, or when they are stripped by
texts that only musl has; only a file that needs no library at all is looked at so closely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.static.facts import facts

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile
    from everylinux.loader.risks.interface import Evidence

NAME = "musl"
UNKNOWN = "?"
# What every libc shows to others, and a module that has one inside hides.
OF_A_LIBC = "__libc_start_main"


def libc_inside(evidence: Evidence) -> tuple[str, ...] | None:
    """Return the kinds in which the libc inside depends on the process, in their order; ``None``: there is none.

    An empty one stands alone. What nobody knows of a module that says only that it has a libc is ``?``.
    """
    file = evidence.elf
    if file.kind != "shared-object" or file.interpreter or file.needed or file.loader is not None:
        return None
    if file.notes.inside[:1] == (NAME,):
        return file.notes.inside[1:]
    found = _by_names(file, evidence) | _by_texts(evidence)
    return tuple(kind.name for kind in facts().kinds if kind.name in found) or None


def _by_names(file: ElfFile, evidence: Evidence) -> set[str]:
    if OF_A_LIBC in file.exports:
        return set()
    hidden = evidence.content.functions - {one.name for one in file.undefined} - file.exports.keys()
    return {kind.name for kind in facts().kinds if not kind.names.isdisjoint(hidden)}


def _by_texts(evidence: Evidence) -> set[str]:
    if OF_A_LIBC in evidence.elf.exports:
        return set()
    return {kind for text, kind in facts().signs if evidence.content.has(text)}
