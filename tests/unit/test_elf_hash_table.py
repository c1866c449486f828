"""Looking names up in the GNU hash table, as loaders do."""

from __future__ import annotations

import importlib.machinery
import sys
from pathlib import Path

import pytest

from everylinux import elf
from everylinux.elf.hash_table import HashTable, name_hash

(EXTENSION,) = (
    found
    for folder in sys.path
    for found in (Path(folder) / "msgspec").glob(f"_core{importlib.machinery.EXTENSION_SUFFIXES[0]}")
)


# The hashes that glibc computes, as published with the description of the table (flapenguin.me/elf-dt-gnu-hash).
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", 0x1505),
        ("printf", 0x156B2BB8),
        ("exit", 0x7C967E3F),
        ("syscall", 0xBAC212A0),
        ("flapenguin.me", 0x8AE9F18E),
    ],
)
def test_the_hash_of_a_name(name: str, expected: int) -> None:
    assert name_hash(name) == expected


def test_what_a_file_defines_is_found_and_what_it_only_asks_for_is_not() -> None:
    file = elf.read(EXTENSION)
    assert {name: file.definitions(name) for name in elf.read(EXTENSION).exports} == elf.read(EXTENSION).exports
    assert all(map(file.tables.definitions, file.exports))
    asked = {symbol.name for symbol in file.undefined} - file.exports.keys()
    assert asked
    assert not any(map(file.tables.definitions, asked))


def test_a_name_that_is_not_there_costs_no_reading_of_symbols() -> None:
    file = elf.read(EXTENSION)
    assert file.definitions("PyList_New") == ()
    assert "exports" not in vars(file)
    assert file.definitions("PyInit__core")


def test_a_chain_without_an_end_is_not_followed_for_ever() -> None:
    chains = [2 * number for number in range(1_000_000)]
    table = HashTable(64, 6, [2**64 - 1], 1, [1], chains)
    assert table.may_have("any name")
