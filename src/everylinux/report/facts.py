"""What a checked file is, in words that all formats share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, OpenedLater, PythonUse

MOST_NAMES = 6
# More than real files need; what is hostile has tens of thousands.
MOST_NEEDED = 60
MOST_OPENED = 12
LIBC_NAMES = {"gnu": "glibc"}


def counted(files: int) -> str:
    """Return a number of files in words."""
    return "1 file" if files == 1 else f"{files} files"


def facts_of(file: CheckedFile) -> str:
    """Return kind, CPU, libc and needed libraries."""
    needs = f"needs {_shortened(file.needed, MOST_NEEDED)}" if file.needed else ""
    libc = LIBC_NAMES.get(file.libc or "", file.libc or "")
    return ", ".join(word for word in (file.kind, file.arch, libc, needs) if word)


def floors_of(file: CheckedFile) -> str:
    """Return the newest version needed of each family, with the symbol that forces it."""
    floors = []
    for family, version in file.floor.items():
        symbol = file.floor_symbols.get(family)
        floors.append(f"{family} {version} (for {symbol})" if symbol else f"{family} {version}")
    return _shortened(floors, MOST_NEEDED)


def hosts_of(file: CheckedFile, *, whole: bool = False) -> list[str]:
    """Return a sentence for each host program about the symbols expected from it; ``whole`` names them all."""
    sentences = []
    for host, symbols in file.host.items():
        names = ", ".join(symbols) if whole or len(symbols) == 1 else f"e.g. {symbols[0]}" if symbols else ""
        count = f"{len(symbols)} symbols, " if len(symbols) > 1 else ""
        sentences.append(f"expects from its host {host}: {count}{names}")
    return sentences


def python_of(use: PythonUse) -> str:
    """Return how a Python extension uses CPython."""
    tag = use.tag or "no tag in its name"
    if use.outside:
        return f"{tag}; outside the stable ABI: {_shortened(use.outside, MOST_NAMES)}"
    if use.stable_since:
        return f"{tag}; all that it uses is in the stable ABI since Python {use.stable_since}"
    return tag


def opened_by(file: CheckedFile) -> list[str]:
    """Return a line for each library that a file may open later."""
    more = len(file.opens) - MOST_OPENED
    lines = [_opened(opened) for opened in file.opens[:MOST_OPENED]]
    return [*lines, f"and {more} more"] if more > 0 else lines


def _opened(opened: OpenedLater) -> str:
    """Return libraries of which one may be opened, and how that is known."""
    words = ["declared" if opened.declared else "found among its strings", opened.feature, opened.priority]
    return f"{' or '.join(opened.sonames)} ({', '.join(word for word in words if word)})"


def _shortened(names: Sequence[str], most: int) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f", and {more} more" if more > 0 else "")
