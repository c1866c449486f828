"""Reading ELF: against pyelftools on the files of this very process, and on files that are cut off or changed."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from elftools.elf.dynamic import DynamicSection
from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerDefSection, GNUVerNeedSection, GNUVerSymSection
from elftools.elf.sections import SymbolTableSection

from everylinux import elf
from everylinux.elf.file import bound_names
from everylinux.elf.magic import describe
from everylinux.elf.reader import read_mapped

if TYPE_CHECKING:
    from collections.abc import Iterator

EXTENSION = next(Path(msgspec.__file__).parent.glob("_core*.so"))
BASE_DEFINITION = 1


def mapped_files() -> list[Path]:
    """Return ELF files of this very process: its program, its C library, an extension module."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    paths = {Path(line.split(maxsplit=5)[5]) for line in lines if "/" in line}
    chosen = {path for path in paths if path.name.startswith(("ld-", "libc.", "libm.", "libz."))}
    return sorted({*chosen, Path(sys.executable).resolve(), EXTENSION})


@pytest.fixture(params=mapped_files(), ids=lambda path: path.name)
def pair(request: pytest.FixtureRequest) -> Iterator[tuple[elf.ElfFile, ELFFile]]:
    path: Path = request.param
    with path.open("rb") as file:
        yield elf.read(path), ELFFile(file)


def section(file: ELFFile, kind: type) -> object:
    return next((one for one in file.iter_sections() if type(one) is kind), None)


def text_of(tag: object) -> str:
    """Return the string of a tag: an attribute that pyelftools names after the tag."""
    return str(getattr(tag, "needed", None) or getattr(tag, "soname", None))


def test_header(pair: tuple[elf.ElfFile, ELFFile]) -> None:
    ours, theirs = pair
    assert ours.identity.bits == theirs.elfclass
    assert (ours.identity.endian == "little") is theirs.little_endian
    assert ours.identity.flags == theirs["e_flags"]


def test_dynamic_section(pair: tuple[elf.ElfFile, ELFFile]) -> None:
    ours, theirs = pair
    dynamic = section(theirs, DynamicSection)
    assert isinstance(dynamic, DynamicSection)
    assert ours.needed == tuple(text_of(tag) for tag in dynamic.iter_tags("DT_NEEDED"))
    assert ours.soname == next((text_of(tag) for tag in dynamic.iter_tags("DT_SONAME")), None)
    assert ours.relr is any(True for _ in dynamic.iter_tags("DT_RELR"))


def test_versions(pair: tuple[elf.ElfFile, ELFFile]) -> None:
    ours, theirs = pair
    needs = section(theirs, GNUVerNeedSection)
    expected = [
        (need.name, version.name, bool(version["vna_flags"] & 2))
        for need, versions in (needs.iter_versions() if isinstance(needs, GNUVerNeedSection) else ())
        for version in versions
    ]
    assert sorted(map(tuple, ours.version_needs)) == sorted(expected)
    definitions = section(theirs, GNUVerDefSection)
    names = [
        (definition["vd_ndx"], next(auxiliary).name)
        for definition, auxiliary in (definitions.iter_versions() if isinstance(definitions, GNUVerDefSection) else ())
        if not definition["vd_flags"] & BASE_DEFINITION
    ]
    assert list(ours.version_definitions) == [name for _, name in sorted(names)]


def test_symbols(pair: tuple[elf.ElfFile, ELFFile]) -> None:
    ours, theirs = pair
    table = theirs.get_section_by_name(".dynsym")
    versions = section(theirs, GNUVerSymSection)
    assert isinstance(table, SymbolTableSection)
    exported, undefined = set(), set()
    for number, symbol in enumerate(table.iter_symbols()):
        if symbol["st_info"]["bind"] == "STB_LOCAL" or symbol["st_other"]["visibility"] in {
            "STV_HIDDEN",
            "STV_INTERNAL",
        }:
            continue
        if symbol["st_shndx"] == "SHN_UNDEF":
            undefined.add((symbol.name, symbol["st_info"]["bind"] == "STB_WEAK"))
        elif symbol["st_value"] or symbol["st_shndx"] == "SHN_ABS" or symbol["st_info"]["type"] == "STT_TLS":
            index = versions.get_symbol(number)["ndx"] if isinstance(versions, GNUVerSymSection) else "VER_NDX_GLOBAL"
            exported.add((symbol.name, isinstance(index, int) and bool(index & 0x8000)))
    assert {(name, one.hidden) for name, found in ours.exports.items() for one in found} == exported
    assert {(one.name, one.weak) for one in ours.undefined if not one.copy} == undefined


def test_names_that_must_be_found(pair: tuple[elf.ElfFile, ELFFile]) -> None:
    file, _ = pair
    assert {need: set(names) for need, names in file.tables.bound_names().items()} == {
        need: {*names} for need, names in bound_names(file.undefined).items()
    }
    assert file.tables.strong_names() == {one.name for one in file.undefined if not one.weak}


def test_a_file_that_is_asked_everything_at_once_is_read_from_what_was_mapped(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(Path(sys.executable).resolve().read_bytes())
    expected = elf.read(path).undefined
    file, layout = read_mapped(path)
    path.unlink()
    assert expected
    assert file.undefined == expected
    assert len(layout().data) == file.size


def test_the_floor_is_the_newest_version_of_each_family() -> None:
    file = elf.ElfFile(
        identity=elf.file.Identity(62, 64, "little"),
        kind="executable",
        version_needs=tuple(
            elf.file.VersionNeed(library, version, weak)
            for library, version, weak in [
                ("libc.so.6", "GLIBC_2.9", False),
                ("libc.so.6", "GLIBC_2.17", False),
                ("libc.so.6", "GLIBC_2.34", True),
                ("libc.so.6", "GLIBC_PRIVATE", False),
                ("libstdc++.so.6", "GLIBCXX_3.4.21", False),
                ("libstdc++.so.6", "CXXABI_1.3", False),
            ]
        ),
    )
    assert file.floor() == {"CXXABI": "1.3", "GLIBC": "2.17", "GLIBCXX": "3.4.21"}


def read_all(path: Path) -> None:
    """Read everything there is in a file; only the two errors for files that are not usable ELF may come out."""
    try:
        file = elf.read(path)
    except (elf.NotElfError, elf.CorruptElfError):
        return
    assert file.exports is not None
    assert file.undefined is not None
    assert file.loader is None or file.loader.libc


def test_a_file_that_is_cut_off_anywhere_is_still_read(tmp_path: Path) -> None:
    content = EXTENSION.read_bytes()
    path = tmp_path / "cut"
    for length in [*range(0, 1200, 7), *range(1200, len(content), len(content) // 40)]:
        path.write_bytes(content[:length])
        read_all(path)


def test_a_file_with_changed_bytes_is_still_read(tmp_path: Path) -> None:
    content = EXTENSION.read_bytes()
    chance = random.Random(1)  # noqa: S311 - the same changes in every run
    path = tmp_path / "changed"
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(chance.choice((1, 4, 64))):
            offset = chance.randrange(chance.choice((64, 1024, len(changed) - 8)))
            changed[offset : offset + 8] = chance.choice((chance.randbytes(4), bytes(7) + b"\x7f", b"\xff" * 8)).ljust(
                8, b"\0"
            )
        path.write_bytes(changed)
        read_all(path)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"#!/bin/sh\n", "script"),
        (b"!<arch>\nx", "archive"),
        (b"MZ\x90\0", "foreign"),
        (b"\xcf\xfa\xed\xfe\x07", "foreign"),
        (b"hello\n", "other"),
        (b"", "other"),
        (b"\0\1\2", "other"),
    ],
)
def test_what_is_not_elf(head: bytes, kind: str) -> None:
    assert describe(head)[0] == kind
