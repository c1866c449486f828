"""A module that asks for what nobody in its process has: a linker lets that pass, and the import ends with it.

A shared object may leave symbols open (ld(1), --no-undefined), and CPython looks for all of them at once (RTLD_NOW,
sys.setdlopenflags). So what a module asks for has to be Python's, its libc's, or of a library that it names. Other
shared objects are left alone: a plugin of another program gets from that one what it asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux import elf
from everylinux.builders.python.openmp import OPENMP, without_openmp
from everylinux.builders.python.places import places_of
from everylinux.elf.neutral import libc_family
from everylinux.errors import BuildFailedError
from everylinux.inputs import open_inputs
from everylinux.loader.history import cpu_name, glibc_versions, musl_span
from everylinux.loader.host import matches_any, offered_by_host
from everylinux.loader.python_abi import ENTRIES
from everylinux.wording import shortened

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.elf import ElfFile

NAMED = 4
MUSL = frozenset({"libc.so"})
_ENTRIES = tuple(f"{entry}*" for entry in ENTRIES)


def refuse_unbound(wheel: Path, source: Path) -> None:
    """Raise `BuildFailedError` for a wheel with a module that asks for what nobody has, and where ``source`` does."""
    for batch in open_inputs([str(wheel)]):
        for file in batch.files:
            try:
                missing = unbound(elf.read(file.real))
            except elf.NotElfError:
                continue
            if missing:
                raise _refused(file.member, missing, source)


def unbound(file: ElfFile) -> list[str]:
    """Return the symbols of a module that nobody in its process has; none where a library of others may have them."""
    glibc = libc_family().libraries
    if not glibc.union(MUSL).issuperset(file.needed) or not matches_any(file.exports, _ENTRIES):
        return []
    cpu = cpu_name(file.identity)
    return sorted(
        one.name
        for one in file.undefined
        # What the linker found in glibc has a version.
        if not (one.weak or one.version or offered_by_host(one.name) or musl_span(one.name, cpu))
        # A part of glibc that the module does not name may be there all the same, as libm is in CPython.
        and (MUSL.issubset(file.needed) or not glibc_versions(one.name, cpu))
    )


def _refused(name: str, missing: list[str], source: Path) -> BuildFailedError:
    places = places_of(missing, source)
    told = [f"{one} ({places[one]})" if one in places else one for one in missing]
    hint = "link the library that defines it, or compile the source that does"
    return BuildFailedError(
        f"{name} asks for what neither Python nor libc has: {shortened(told, NAMED)}",
        meaning="it names no library that could have it, so that its import fails",
        hint=without_openmp(source) if any(OPENMP.search(one) for one in missing) else hint,
    )
