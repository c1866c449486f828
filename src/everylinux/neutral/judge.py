"""Whether a module means the same with either libc: each name that it leaves open is there in both, and alike.

Before glibc 2.34 parts of it are libraries of their own; of these CPython has libm, libpthread, libdl and libutil.
What is in librt the module itself asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.elf.neutral import libc_family
from everylinux.loader.history import cpu_name, musl_span
from everylinux.neutral.symbols import difference

if TYPE_CHECKING:
    from everylinux.elf import ElfFile


@dataclass(frozen=True)
class Refusal:
    """One reason why a module is not neutral: the symbol or library, and in what the two libcs differ."""

    subject: str
    why: str


def refusals(file: ElfFile) -> list[Refusal]:
    """Return why a shared object that was linked against glibc cannot be detached from it; nothing: it can."""
    cpu = cpu_name(file.identity)
    known, family = difference(cpu or ""), libc_family()
    foreign = [name for name in file.needed if name not in family.libraries]
    found = [Refusal(name, "it is a library of the system that not each one has") for name in foreign]
    if file.relr:
        found.append(Refusal("DT_RELR", "glibc before 2.36 and musl before 1.2.4 do not understand packed relocations"))
    for symbol in sorted(file.undefined, key=lambda one: one.name):
        if symbol.weak or symbol.library not in family.libraries:
            continue
        why = known.get(symbol.name)
        if musl_span(symbol.name, cpu) is None:
            why = "musl does not have it"
        elif why is None:
            why = "no header of both declares it, so nobody knows whether it means the same"
        if why:
            found.append(Refusal(symbol.name, why))
    return found


def asked_of_others(file: ElfFile) -> frozenset[str]:
    """Return the libraries of glibc's that a shared object takes from and that CPython may not have loaded."""
    return libc_family().not_in_python.intersection(symbol.library for symbol in file.undefined)
