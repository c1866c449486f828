"""Headers that a package in a build's environment brings, as they were configured for this machine.

The environment is this machine's, what is compiled with its headers is for the target: numbers in them that depend on
the CPU are changed to what the compiler says (``data/python/installed-headers.json``).
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts
from everylinux.reading import read_head

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1 << 20
_DEFINED = re.compile(rb"^([ \t]*#[ \t]*define[ \t]+(\w+)[ \t]+)(\S.*)$", re.MULTILINE)


class _Header(msgspec.Struct, frozen=True):
    path: str
    macros: dict[str, str]


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    headers: tuple[_Header, ...]


@functools.cache
def _facts() -> _Facts:
    return read_facts("python/installed-headers.json", _Facts)


def ask_the_compiler(packages: Path) -> None:
    """Change the headers below an environment's ``site-packages`` that are known; what they do not define stays so."""
    for header in _facts().headers:
        for path in packages.glob(header.path):
            path.write_bytes(_DEFINED.sub(functools.partial(_asked, header.macros), read_head(path, LARGEST)))


def _asked(macros: dict[str, str], found: re.Match[bytes]) -> bytes:
    value = macros.get(found[2].decode())
    return found[0] if value is None else found[1] + value.encode()
