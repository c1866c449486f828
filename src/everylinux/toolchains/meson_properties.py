"""Properties of a target that projects look for in a Meson cross file, since they can run no program to find them out.

They are names that projects chose (Meson manual, `meson.get_external_property`); their values are the compiler's.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.toolchains.wiring import Wiring

# What GCC and Clang predefine (GCC manual, Common Predefined Macros; Clang says the same).
BYTES, DIGITS = "__SIZEOF_LONG_DOUBLE__", "__LDBL_MANT_DIG__"
_MACRO = re.compile(r"#define (\w+) (\d+)")


class _LongDouble(msgspec.Struct, frozen=True):
    bytes: int
    digits: int
    little: str | None
    big: str | None


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    longdouble_format: tuple[_LongDouble, ...]


@functools.cache
def _facts() -> _Facts:
    return read_facts("toolchains/meson-properties.json", _Facts)


def properties(wiring: Wiring, ask: Callable[[Sequence[object]], str]) -> dict[str, str]:
    """Return the properties of a target by their names; none where its compiler does not answer.

    ``ask`` runs a command and returns what it prints.
    """
    predefined = ask([wiring.command("cc"), "-dM", "-E", "-x", "c", "/dev/null"])
    macros = {name: int(value) for name, value in _MACRO.findall(predefined)}
    name = longdouble_format(macros.get(BYTES, 0), macros.get(DIGITS, 0), wiring.target.cpu.elf.endian)
    return {"longdouble_format": name} if name else {}


def longdouble_format(size: int, digits: int, endian: str) -> str | None:
    """Return NumPy's name for a `long double` of so many bytes, of which the mantissa has so many binary digits."""
    for form in _facts().longdouble_format:
        if (form.bytes, form.digits) == (size, digits):
            return form.big if endian == "big" else form.little
    return None
