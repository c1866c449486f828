"""Which Python modules bare C and C++ sources hold: those whose entry points they define, by a function or a macro."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from everylinux.builders.sources import READ_BYTES, defines_main, without_comments
from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Binding = Literal["c-api", "pybind11", "nanobind"]
# What is read of a folder's sources in all; a project with more has a build of its own.
MOST_BYTES = 256 << 20
# What occurs in every source that defines a module.
WORDS = (b"PyInit_", b"PYBIND11_MODULE", b"NB_MODULE")
_NAME = rb"([A-Za-z_]\w{0,200})"
# The Python/C API, "Extension modules"; between head and body of the function Cython has conditions of its own.
_FORMS: tuple[tuple[Binding, re.Pattern[bytes]], ...] = (
    ("pybind11", re.compile(rb"\bPYBIND11_MODULE\s{0,64}\(\s{0,64}" + _NAME + rb"\s{0,64},")),
    ("nanobind", re.compile(rb"\bNB_MODULE\s{0,64}\(\s{0,64}" + _NAME + rb"\s{0,64},")),
    (
        "c-api",
        re.compile(
            rb"\bPyInit_" + _NAME + rb"\s{0,64}\(\s{0,64}(?:void)?\s{0,64}\)"
            rb"(?:\s{0,64}#[^\n]{0,200}\n){0,8}\s{0,64}(?:noexcept\s{0,64})?\{"
        ),
    ),
)
# SWIG names its function by a macro.
_SWIG = re.compile(rb"^[ \t]{0,64}#[ \t]{0,64}define[ \t]{1,64}SWIG_init[ \t]{1,64}PyInit_" + _NAME, re.MULTILINE)
# What a macro consists of defines nothing where it stands.
_MACRO = re.compile(rb"^[ \t]{0,64}#[ \t]{0,64}define\b(?:[^\\\n]|\\\n|\\.)*", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """One module: its name, the source that defines its entry point, and what that is written with."""

    name: str
    source: Path
    binding: Binding


def entries(sources: Iterable[Path]) -> list[Entry]:
    """Return the modules that sources define; one with a ``main`` is a program's that has Python inside."""
    left = MOST_BYTES
    found = []
    for source in sources:
        text = read_head(source, min(READ_BYTES, left))
        left -= len(text)
        if any(word in text for word in WORDS):
            found += [Entry(name, source, binding) for name, binding in _defined(without_comments(text)).items()]
    return [entry for entry in found if not defines_main(entry.source)]


def _defined(text: bytes) -> dict[str, Binding]:
    """Return the modules that a source defines, each once."""
    found: dict[str, Binding] = {match[1].decode(): "c-api" for match in _SWIG.finditer(text)}
    bare = _MACRO.sub(b"", text)
    for binding, form in _FORMS:
        for match in form.finditer(bare):
            found.setdefault(match[1].decode(), binding)
    return found
