"""Numbers that a program hands to a libc by the names of its headers: where the two differ, and what is done.

A neutral module is compiled with glibc's headers; in its code is the number, and nobody sees which name it had.
So names that musl does not know and takes no notice of are left out of the headers, and others get the number that both
take. What the headers say is in ``data/neutral/constants.json``, what is made of it in ``constants.toml``.
A macro whose functions only glibc has becomes one for both in what follows its header
(``data/neutral/after-pthread.h``).
"""

from __future__ import annotations

import fnmatch
import functools
from collections import defaultdict
from typing import Literal

import msgspec

from everylinux import data
from everylinux.decoding import read_facts, read_table

# How the file is called that follows a header of glibc's.
_FOLLOWS = "after-"


class Family(msgspec.Struct, frozen=True):
    """Constants by the patterns of their names, whose arguments they are, and what becomes of one that musl lacks.

    ``said``: the function fails as its manual says. ``hidden``: ours of ``header`` has it not. ``refused``: the judge
    refuses the functions. ``kernel``: it is Linux's.
    """

    names: tuple[str, ...]
    functions: str
    unknown: Literal["said", "hidden", "refused", "kernel"]
    source: str
    header: str = ""


class Unlike(msgspec.Struct, frozen=True):
    """Constants that both have with other numbers, and why that does no harm; ``renumbered`` ones get musl's number."""

    names: tuple[str, ...]
    treated: Literal["limit", "renumbered", "refused", "own", "kernel"]
    why: str
    header: str = ""


class Judged(msgspec.Struct, frozen=True):
    """The whole of ``constants.toml``."""

    date: str
    family: tuple[Family, ...]
    unlike: tuple[Unlike, ...]


class Compared(msgspec.Struct, frozen=True):
    """The whole of ``constants.json``: names with their CPUs, and with their number in glibc and in musl."""

    date: str
    sources: dict[str, str]
    absent: tuple[tuple[tuple[str, ...], str], ...]
    unlike: tuple[tuple[tuple[str, ...], str, int, int], ...]


@functools.cache
def judged() -> Judged:
    """Return what was judged by hand."""
    return read_table("neutral/constants.toml", Judged)


@functools.cache
def compared() -> Compared:
    """Return what the headers say."""
    return read_facts("neutral/constants.json", Compared)


def family_of(name: str) -> Family | None:
    """Return the first family that a name belongs to, ``None`` for one that no function takes."""
    return next((family for family in judged().family if _matches(name, family.names)), None)


def treatment_of(name: str) -> Unlike | None:
    """Return what was judged of a name whose numbers differ, ``None`` for one that nobody looked at yet."""
    return next((unlike for unlike in judged().unlike if _matches(name, unlike.names)), None)


def headers(cpu: str) -> dict[str, str]:
    """Return headers for a CPU that stand before glibc's of the same name and lead to them."""
    before, after = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for cpus, names in compared().absent:
        for name in names.split() if cpu in cpus else ():
            family = family_of(name)
            if family and family.unknown == "hidden":
                # An enumerator gets another name: there is no taking it back.
                before[family.header].append(f"#undef {name}\n#define {name} glibc_has_{name}")
                after[family.header].append(f"#undef {name}")
    for cpus, name, _, number in compared().unlike:
        treatment = treatment_of(name)
        if cpu in cpus and treatment and treatment.treated == "renumbered":
            after[treatment.header].append(f"#undef {name}\n#define {name} {number}")
    for path in sorted((data.FOLDER / "neutral").glob(f"{_FOLLOWS}*.h")):
        after[path.name.removeprefix(_FOLLOWS)].append(path.read_text().rstrip())
    return {
        header: "\n".join(["#pragma GCC system_header", *before[header], f"#include_next <{header}>", *lines]) + "\n"
        for header, lines in sorted(after.items())
    }


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
