"""Builds of a library: what is found in each is kept apart, and found once."""

from __future__ import annotations

from described_image import library, with_undefined

from everylinux.elf.file import ElfFile, Undefined
from everylinux.loader.builds import Builds

LIBC = "libc.so.6"
OLD, NEW = ("GLIBC_2.2.5", LIBC), ("GLIBC_2.34", LIBC)


def asking(*symbols: Undefined) -> ElfFile:
    return with_undefined(library("app"), *symbols)


def builds() -> Builds:
    return Builds(lambda exports, version: any(one.version == version for one in exports), versioned=True)


def test_what_one_build_has_another_may_lack() -> None:
    every = builds()
    first, second = every.build(library(LIBC, "puts@GLIBC_2.2.5", "dlopen@GLIBC_2.34")), every.build(library(LIBC))
    assert first.lacking(NEW, {"dlopen"}) == set()
    assert second.lacking(NEW, {"dlopen"}) == {"dlopen"}
    assert first.lacking(OLD, {"dlopen", "puts"}) == {"dlopen"}


def test_a_build_is_known_to_have_all_once_each_name_was_found_in_it_at_its_version() -> None:
    every = builds()
    file = asking(Undefined("puts", *OLD), Undefined("dlopen", *NEW))
    build = every.build(library(LIBC, "puts@GLIBC_2.2.5", "dlopen@GLIBC_2.34"))
    other = every.build(library(LIBC, "puts@GLIBC_2.2.5", "dlopen@GLIBC_2.2.5"))
    for one in (build, other):
        assert not every.one_has_all(file, LIBC, one.bit)
        for need in (OLD, NEW):
            one.lacking(need, file.bound_names[need])
    assert every.one_has_all(file, LIBC, build.bit)
    assert not every.one_has_all(file, LIBC, other.bit)
    assert every.one_has_all(file, LIBC, build.bit | other.bit)


def test_all_of_it_must_be_in_one_build() -> None:
    every = builds()
    file = asking(Undefined("puts", *OLD), Undefined("dlopen", *NEW))
    halves = [every.build(library(LIBC, name)) for name in ("puts@GLIBC_2.2.5", "dlopen@GLIBC_2.34")]
    for half in halves:
        for need in (OLD, NEW):
            half.lacking(need, file.bound_names[need])
    assert not every.one_has_all(file, LIBC, halves[0].bit | halves[1].bit)
