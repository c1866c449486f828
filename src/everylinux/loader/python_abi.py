"""How a Python extension uses CPython's C API, against CPython's own list of its stable ABI (PEP 384)."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts
from everylinux.elf.symbols import FileTables
from everylinux.evidence import PythonUse, Risk
from everylinux.target import version_key
from everylinux.wording import shortened

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile

# PEP 3121 and PEP 489; PEP 793: what `import` looks up in the file.
ENTRIES = ("PyInit_", "PyInitU_", "PyModExport_", "PyModExportU_")
_ENTRY = re.compile(b"\0((?:" + "|".join(ENTRIES).encode() + b")[^\0]+)")
PREFIXES = ("Py", "_Py")
# What PyPy's own C API is called: its headers rename every name (cpyext).
PYPY = ("PyPy", "_PyPy")
# PEP 384 and PEP 803: the tags that promise the stable ABI and nothing else.
STABLE_TAGS = frozenset({"abi3", "abi3t"})
MOST_NAMED = 5


class StableAbi(msgspec.Struct, frozen=True):
    """``stable-abi.json``: the names of each Python, and names that the list has only on other systems."""

    date: str
    source: str
    checked: str
    symbols: dict[str, tuple[str, ...]]
    elsewhere: dict[str, tuple[str, ...]]

    def since(self) -> dict[str, str]:
        """Return the first Python whose stable ABI has each name on Linux."""
        return {name: release for release, names in self.symbols.items() for name in names}


@functools.cache
def stable_since() -> dict[str, str]:
    """Return the first Python whose stable ABI has each name."""
    return read_facts("python/stable-abi.json", StableAbi).since()


def tag_of(name: str) -> str:
    """Return what the name of an extension declares: ``abi3``, ``cpython-312``, ``pypy310-pp73``, or nothing.

    The tag stands between the module's name and ``.so``; the CPU and system behind it are left out (PEP 3149).
    """
    stem, _, suffix = name.rpartition(".")
    _, _, tag = stem.rpartition(".")
    if suffix != "so" or "." not in stem:
        return ""
    if tag in STABLE_TAGS:
        return tag
    words = tag.split("-")
    if words[0] == "cpython" or words[0].startswith(("pypy", "graalpy")):
        return "-".join(words[:2])
    return ""


def may_have(file: ElfFile, beginnings: tuple[str, ...]) -> bool:
    """Return whether a symbol of a file may begin so: a look at the text of all names, before any symbol is read."""
    tables = file.tables
    return not isinstance(tables, FileTables) or any(b"\0" + one.encode() in tables.names for one in beginnings)


def entry_points(file: ElfFile) -> tuple[str, ...]:
    """Return the functions that a file exports for Python to import modules by."""
    found: tuple[str, ...] | None = file.remembered.get(entry_points)
    if found is None:
        tables = file.tables
        if isinstance(tables, FileTables):
            found = tables.defined_like(_ENTRY)
        else:
            found = tuple(name for name in file.exports if name.startswith(ENTRIES))
        file.remembered[entry_points] = found
    return found


def python_use(name: str, file: ElfFile) -> PythonUse | None:
    """Return how a shared object uses CPython; ``None`` for one that does not.

    Only what the loader has to find counts: weak names may be absent. PyPy has no stable ABI: its names count only
    where a file promises CPython's.
    """
    if file.kind != "shared-object":
        return None
    if not may_have(file, PREFIXES):
        return None
    asked = {
        one.name for one in file.undefined if one.name.startswith(PREFIXES) and not one.weak and one.moment != "never"
    }
    if not asked and not entry_points(file):
        return None
    tag = tag_of(name)
    if any(one.startswith(PYPY) for one in asked):
        return PythonUse(tag=tag, outside=tuple(sorted(asked)) if tag in STABLE_TAGS else ())
    since = stable_since()
    outside = tuple(sorted(asked - since.keys()))
    newest = max((since[one] for one in asked if one in since), key=version_key, default="3.2")
    return PythonUse(tag=tag, stable_since=None if outside else newest, outside=outside)


def stable_abi_risks(use: PythonUse | None) -> list[Risk]:
    """Return the risk of a file that promises the stable ABI by its name and asks for more."""
    if use is None or use.tag not in STABLE_TAGS or not use.outside:
        return []
    named = shortened(use.outside, MOST_NAMED)
    message = f"its name says {use.tag}, but {named} are not in Python's stable ABI: another Python may lack them"
    if len(use.outside) == 1:
        message = f"its name says {use.tag}, but {named} is not in Python's stable ABI: another Python may lack it"
    hint = "build it with Py_LIMITED_API defined, or name and tag it for one Python (cpython-3XY)"
    return [Risk(code="stable-abi", subject=use.outside[0], message=message, hint=hint)]
