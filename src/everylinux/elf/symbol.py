"""One symbol of a table: its record, and whether others may bind to it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from everylinux.elf.numbers import (
    SHN_ABS,
    SHN_UNDEF,
    STB_GLOBAL,
    STB_GNU_UNIQUE,
    STB_WEAK,
    STT_TLS,
    STV_HIDDEN,
    STV_INTERNAL,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.elf.layout import Layout

VISIBLE_BINDINGS = frozenset({STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE})
INVISIBLE = frozenset({STV_HIDDEN, STV_INTERNAL})


def is_offered(information: int, other: int, section: int, value: int) -> bool:
    """Return whether others may bind to a symbol (elf/dl-lookup.c, check_match)."""
    return (
        section != SHN_UNDEF
        and information >> 4 in VISIBLE_BINDINGS
        and other & 3 not in INVISIBLE
        and (value != 0 or section == SHN_ABS or information & 0xF == STT_TLS)
    )


def symbols_of(layout: Layout, table: memoryview) -> Iterator[tuple[int, int, int, int, int]]:
    """Yield name, information, visibility, section and value of each symbol."""
    if layout.word_size == 8:  # noqa: PLR2004 - bytes of an address
        for name, information, other, section, value, _ in struct.iter_unpack(f"{layout.order}IBBHQQ", table):
            yield name, information, other, section, value
    else:
        for name, value, _, information, other, section in struct.iter_unpack(f"{layout.order}IIIBBH", table):
            yield name, information, other, section, value
