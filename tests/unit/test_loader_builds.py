"""Builds of a library: what is found in each is kept apart, and found once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from described_image import library
from msgspec.json import encode

from everylinux.elf.file import Identity
from everylinux.images.libraries import Library
from everylinux.images.stored import ExportRow, LibraryBuild, LibraryFile
from everylinux.loader import builds
from everylinux.loader.builds import Build
from everylinux.loader.symbols import all_as_named, all_visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from everylinux.elf.file import ElfFile, Export

LIBC, IFUNC = "libc.so.6", 10
OLD, NEW = ("GLIBC_2.2.5", LIBC), ("GLIBC_2.34", LIBC)


class Loader:
    """How one loader takes definitions: by their version; it counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, exports: Sequence[Export], version: str | None) -> bool:
        self.asked += 1
        return any(one.version == version for one in exports)


def build(loader: Loader, elf: ElfFile, *, versioned: bool = True) -> Build:
    return Build(elf, loader, versioned=versioned)


def test_what_one_build_has_another_may_lack() -> None:
    loader = Loader()
    first = build(loader, library(LIBC, "puts@GLIBC_2.2.5", "dlopen@GLIBC_2.34"))
    second = build(loader, library(LIBC, "puts@GLIBC_2.34"))
    assert first.lacking(NEW, {"dlopen"}) == set()
    assert second.lacking(NEW, {"dlopen"}) == {"dlopen"}
    assert first.lacking(OLD, {"dlopen", "puts"}) == {"dlopen"}


def test_each_name_is_looked_up_once_whether_it_is_there_or_not() -> None:
    loader = Loader()
    libc = library(LIBC, "puts@GLIBC_2.2.5", "dlopen@GLIBC_2.34")
    for _ in range(3):
        assert build(loader, libc).lacking(OLD, {"puts", "dlopen"}) == {"dlopen"}
    assert loader.asked == 2
    assert build(loader, libc).lacking(NEW, {"puts", "dlopen"}) == {"puts"}
    assert build(loader, libc).lacking(OLD, {"puts", "read"}) == {"read"}


def test_a_version_that_is_not_defined_has_no_names() -> None:
    loader = Loader()
    assert build(loader, library(LIBC, "puts@GLIBC_2.2.5")).lacking(NEW, {"puts"}) == {"puts"}
    assert not loader.asked


def test_a_loader_that_looks_at_no_version_finds_a_name_for_every_one() -> None:
    def visible(exports: Sequence[Export], _version: str | None) -> bool:
        return bool(exports)

    plain = Build(library("libc.so", "puts"), visible, versioned=False)
    assert plain.lacking(NEW, {"puts", "dlopen"}) == {"dlopen"}
    assert plain.lacking(OLD, {"puts", "dlopen"}) == {"dlopen"}


def test_two_loaders_see_one_build_differently() -> None:
    libc = library(LIBC, "puts@GLIBC_2.2.5")
    assert build(Loader(), libc).lacking(OLD, {"puts"}) == set()
    assert Build(libc, lambda *_: False, versioned=True).lacking(OLD, {"puts"}) == {"puts"}


def test_what_is_kept_is_bounded_and_right_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builds, "MOST_NAMES", 3)
    loader = Loader()
    libc = build(loader, library(LIBC, "puts@GLIBC_2.2.5", "read@GLIBC_2.2.5"))
    for number in range(4):
        assert libc.lacking(OLD, {"puts", "read", f"missing{number}"}) == {f"missing{number}"}
    assert libc.lacking(OLD, {*map(str, range(9)), "puts"}) == {*map(str, range(9))}
    assert libc.lacking(OLD, {"puts", "read"}) == set()


def stored(*rows: object) -> ElfFile:
    """Return the one build of a library of the catalogue that defines these."""
    identity = Identity(62, 64, "little")
    build = LibraryBuild(id="one", identity=identity, kind="shared-object", version_definitions=("V_1", "V_2"))
    exports = tuple(ExportRow(0, *row) for row in rows)  # type: ignore[misc] # fields in their order
    return Library(
        encode(LibraryFile(name="lib.so", builds=(build,), sets=((0,),), exports=exports, undefined=()))
    ).elf("one")


def test_of_a_library_of_the_catalogue_all_names_are_known_at_once() -> None:
    elf = stored(
        ("V_1", True, 2, ("a", "b")),
        ("V_2", False, 2, ("b", "c")),
        ("V_2", False, 13, ("d",)),
        (None, False, 0, ("e",)),
    )
    assert all_as_named(elf.tables) == {"V_1": {"a", "b"}, "V_2": {"b", "c"}}
    old = Build(elf, lambda *_: False, versioned=True, every=all_as_named)
    assert old.lacking(("V_1", "lib.so"), {"a", "c", "x"}) == {"c", "x"}
    assert old.lacking(("V_9", "lib.so"), {"a"}) == {"a"}


def test_musl_takes_the_first_of_several_definitions_or_none() -> None:
    hidden, function, indirect = ("V_1", True, 2), ("V_2", False, 2), (None, False, IFUNC)
    elf = stored((*hidden, ("a", "b", "c")), (*function, ("a", "d")), (*indirect, ("b", "d")), (*function, ("b", "e")))
    assert all_visible(elf.tables) == {None: {"a", "d", "e"}}
