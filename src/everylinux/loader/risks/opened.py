"""Libraries that a file opens while it runs: those that it declares, and names among its strings.

A name counts when the file calls dlopen and the whole string is the name of a library with a version
(``libfoo.so.1``): names without one are plugins of its own, or what comes with a library's headers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.evidence import OpenedLater
from everylinux.loader.risks.facts import names
from everylinux.loader.risks.interface import risk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import Risk
    from everylinux.loader.risks.interface import Evidence
    from everylinux.loader.risks.place import Place

LIBRARY = re.compile(r"(lib[A-Za-z0-9_+.-]+?)\.so((?:\.[0-9]+){0,4})")
# A file with more names than this has a table of them: it reads other files, as package tools do.
MOST_NAMES = 64
MOST_ALTERNATIVES = 16
# https://uapi-group.org/specifications/specs/elf_dlopen_metadata/: a suggested library is not missed.
PRIORITIES = {"required": 0, "recommended": 1, "": 2}


class Opened(msgspec.Struct, frozen=True):
    """Libraries of which one should be found; ``static`` in a program that is static with glibc."""

    wanted: OpenedLater
    static: bool = False

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk where it is known that none is found, or that only another glibc's may be."""
        names = self.wanted.sonames[:MOST_ALTERNATIVES]
        if all(place.finds(name) is False for name in names):
            feature = f" for {self.wanted.feature}" if self.wanted.feature else ""
            how = f"declares as {self.wanted.priority}{feature} that it opens" if self.wanted.declared else "may open"
            message = f"it {how} {' or '.join(names)} while it runs; the image does not have it"
            yield risk_of("opened-library", names[0], message)
        elif self.static and place.libc is not None:
            message = f"it may open {names[0]} while it runs, which needs the glibc that the program was linked with"
            yield risk_of("static-dlopen", names[0], message)


class NeverOpened(msgspec.Struct, frozen=True):
    """A program that is static with musl: its dlopen only fails (src/ldso/dlopen.c)."""

    wanted: OpenedLater

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk: no image changes it."""
        del place
        name = self.wanted.sonames[0]
        yield risk_of(
            "static-dlopen", name, f"it opens {name} while it runs: in a program that is static with musl never"
        )


def declared(elf: ElfFile) -> tuple[OpenedLater, ...]:
    """Return what the notes of a file declare, what is required first."""
    found = [
        OpenedLater(sonames=note.sonames, feature=note.feature, priority=note.priority, declared=True)
        for note in elf.notes.dlopen
        if note.sonames
    ]
    return tuple(sorted(found, key=_rank)[:MOST_NAMES])


def opened(evidence: Evidence) -> tuple[OpenedLater, ...]:
    """Return all that a file opens later, the declared ones first; names of one library are one entry."""
    notes = declared(evidence.elf)
    facts = names()
    static = bool(evidence.sorts & {"static"})
    if not static and not facts.opens & evidence.calls:
        return notes
    found = evidence.content.like(".so", LIBRARY)
    if len(found) > MOST_NAMES:
        return notes
    known = {*evidence.elf.needed, evidence.elf.soname, *(name for note in notes for name in note.sonames)}
    if static:
        known |= facts.glibc_static
    libraries: dict[str, list[str]] = {}
    for name in sorted(found):
        match = LIBRARY.fullmatch(name)
        if match and not name.startswith(facts.own):
            libraries.setdefault(match[1], []).append(name)
    return notes + tuple(
        OpenedLater(sonames=tuple(sorted(group, key=_version, reverse=True)))
        for _, group in sorted(libraries.items())
        if not known & set(group) and any(_version(name) for name in group)
    )


def expected(evidence: Evidence, opens: tuple[OpenedLater, ...]) -> Iterator[Opened | NeverOpened]:
    """Yield what of this an image should have."""
    if not opens:
        return
    if "other-static" in evidence.sorts:
        # Without this string of musl's there is no dlopen in it, and the names are for something else.
        if evidence.content.has("Dynamic loading not supported"):
            yield from map(NeverOpened, opens)
        return
    for wanted in opens:
        if wanted.priority in PRIORITIES:
            yield Opened(wanted, evidence.static)


def _rank(wanted: OpenedLater) -> tuple[int, tuple[str, ...]]:
    return PRIORITIES.get(wanted.priority, len(PRIORITIES)), wanted.sonames


def _version(name: str) -> tuple[int, ...]:
    match = LIBRARY.fullmatch(name)
    return tuple(int(part) for part in match[2].split(".")[1:]) if match else ()
