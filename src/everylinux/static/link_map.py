"""What lld says of a link: which sections of which files are in the output, and who asks for which symbol.

Both are text for people (lld ELF/MapFile.cpp): ``-Map`` shows each section with its file, ``--cref`` below it each
symbol with the file that defines it, and those that ask for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECTION = re.compile(r" *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ +(\S.*):\((\S+)\)")
_SYMBOL = re.compile(r" *[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +\d+ {17,}(\S+)")
# How rustc calls the objects of a crate: CRATE.HASH-cgu.NUMBER.rcgu.o, its library's CRATE-HASH.….
_CRATE = re.compile(r"(.+?)(?:-[0-9a-f]{16})?\..*\.rcgu")
_REFERENCES = "Cross Reference Table"
_MEMBER = re.compile(r"(?:.*/)?([^/(]+)\((?:.*/)?([^/]+)\)")


@dataclass(frozen=True, order=True)
class Part:
    """A file of a link: an object, or with ``archive`` one of its members; names without folders and without ``.o``."""

    archive: str
    name: str

    @classmethod
    def of(cls, text: str) -> Part:
        """Return the part that lld means by ``FOLDER/FILE.o`` or ``FOLDER/FILE.a(FOLDER/MEMBER.o)``."""
        member = _MEMBER.fullmatch(text)
        archive, name = member.groups() if member else ("", text.rpartition("/")[2])
        name = name.removesuffix(".o")
        crate = _CRATE.fullmatch(name)
        return cls(archive, crate[1] if crate else name)


def read_sections(text: str) -> list[tuple[Part, str]]:
    """Return the parts and the names of their sections that are in the output and not empty."""
    found = (_SECTION.fullmatch(line) for line in text.partition(_REFERENCES)[0].splitlines())
    return [(Part.of(each[2]), each[3]) for each in found if each is not None and int(each[1], 16)]


def read_symbols(text: str) -> set[str]:
    """Return the names of what is in the output."""
    found = map(_SYMBOL.fullmatch, text.partition(_REFERENCES)[0].splitlines())
    return {each[1] for each in found if each is not None}


def read_references(text: str) -> dict[Part, set[str]]:
    """Return which symbols each part asks others for; what is hidden from other parts' own files is not among them."""
    found: dict[Part, set[str]] = {}
    symbol = ""
    for line in text.partition(_REFERENCES)[2].splitlines()[2:]:
        # The first file defines the symbol, each of those below asks for it.
        name, separator, file = line.rpartition("  ")
        if separator and name.strip():
            symbol = name.strip()
        elif separator and file:
            found.setdefault(Part.of(file), set()).add(symbol)
    return found
