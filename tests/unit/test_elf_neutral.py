"""Which files bind to the libc of their process: only those that were detached from glibc."""

from __future__ import annotations

import pytest
from described_image import library

from everylinux.elf.file import VersionNeed
from everylinux.elf.neutral import is_neutral

WEAK, STRONG = VersionNeed("libc.so.6", "GLIBC_2.17", weak=True), VersionNeed("libc.so.6", "GLIBC_2.17")
RUNTIME = VersionNeed("libgcc_s.so.1", "GCC_3.0")


def test_a_file_that_names_versions_of_glibc_and_not_glibc_is_neutral() -> None:
    assert is_neutral(library("module.so", version_needs=(WEAK,)))
    assert is_neutral(library("module.so", needs=("libgcc_s.so.1",), version_needs=(WEAK, RUNTIME)))


@pytest.mark.parametrize("libc", ["libc.musl-x86_64.so.1", "libc.so", "libc.so.7"])
def test_a_file_for_another_libc_is_not(libc: str) -> None:
    assert not is_neutral(library("module.so", needs=(libc, "libgcc_s.so.1"), version_needs=(RUNTIME,)))


def test_one_may_name_the_library_that_is_not_in_every_python() -> None:
    assert is_neutral(library("module.so", needs=("librt.so.1",), version_needs=(WEAK,)))
    assert not is_neutral(library("module.so", needs=("librt.so.1", "libm.so.6"), version_needs=(WEAK,)))


def test_a_file_for_glibc_is_not() -> None:
    assert not is_neutral(library("module.so", needs=("libc.so.6",), version_needs=(WEAK,)))
    assert not is_neutral(library("module.so", version_needs=(WEAK, STRONG)))
