"""Symbol look-up: which definition satisfies which need, by glibc's and musl's rules."""

from __future__ import annotations

import pytest
from described_image import library

from everylinux.elf.file import ElfFile, Export, StoredTables, Undefined
from everylinux.loader.closure import Loaded
from everylinux.loader.musl.search import is_itself, is_large_file_name
from everylinux.loader.symbols import Scope, look_up_glibc, look_up_musl

IFUNC = 10


def loaded(file: ElfFile) -> Loaded:
    return Loaded(file, f"/lib/{file.soname}", file.soname or "", file.soname, names={file.soname or ""})


def glibc_answer(symbol: Undefined, *files: ElfFile, strict: bool = False) -> str:
    scope = [loaded(file) for file in files]
    return look_up_glibc(symbol, Scope(scope), scope[0], strict=strict)


@pytest.mark.parametrize(
    ("offered", "version", "answer"),
    [
        # elf/dl-lookup.c, check_match, with a version
        (["f@@V_1"], "V_1", "found"),
        (["f@V_1"], "V_1", "found"),
        (["f@@V_2"], "V_1", "missing"),
        (["f", "g@@V_1"], "V_1", "found"),
        # and without one: the first version of the file, or the only visible one
        (["f@@V_1"], None, "found"),
        (["f@V_1"], None, "found"),
        (["g@@V_1", "f@@V_2"], None, "found"),
        (["g@@V_1", "f@V_2"], None, "missing"),
        (["g@@V_1", "f@V_2", "f@@V_3"], None, "found"),
        (["g@@V_1", "f@@V_2", "f@@V_3"], None, "missing"),
    ],
)
def test_glibc_matches_versions(offered: list[str], version: str | None, answer: str) -> None:
    assert glibc_answer(Undefined("f", version, "libf.so"), library("libf.so", *offered)) == answer


def test_a_library_without_versions_serves_any_version_of_another() -> None:
    asked = Undefined("f", "V_1", "libother.so")
    assert glibc_answer(asked, library("libf.so", "f"), strict=True) == "found"


def test_before_2_41_asking_a_version_of_the_very_library_without_any_aborts() -> None:
    asked = Undefined("f", "V_1", "libf.so")
    assert glibc_answer(asked, library("libf.so", "f"), strict=True) == "abort"
    assert glibc_answer(asked, library("libf.so", "f"), strict=False) == "found"


def test_a_copy_relocation_looks_everywhere_but_in_the_asking_file() -> None:
    program = library("program", "environ")
    asked = Undefined("environ", copy=True)
    assert glibc_answer(asked, program) == "missing"
    assert glibc_answer(asked, program, library("libc.so.6", "environ")) == "found"


def test_an_incomplete_description_leaves_a_missing_symbol_unknown() -> None:
    assert glibc_answer(Undefined("f"), library("libf.so", "g", complete=False)) == "unknown"


def test_musl_passes_over_hidden_versions_and_takes_any_other() -> None:
    def answer(*symbols: str) -> str:
        file = loaded(library("libf.so", *symbols))
        return look_up_musl("f", Scope([file]), file, copy=False)

    assert answer("f@@V_2") == "found"
    assert answer("f@V_2") == "missing"
    assert answer("f@V_1", "f@@V_2") == "found"


def test_musl_knows_no_indirect_functions() -> None:
    tables = StoredTables(exports={"f": (Export(type=IFUNC),)})
    file = loaded(library("libf.so", tables=tables))
    assert look_up_musl("f", Scope([file]), file, copy=False) == "missing"
    assert look_up_glibc(Undefined("f"), Scope([file]), file, strict=False) == "found"


@pytest.mark.parametrize("name", ["libc.so.6", "libc.musl-x86_64.so.1", "libpthread.so.0", "libm.so.6", "libdl.so.2"])
def test_musl_answers_to(name: str) -> None:
    assert is_itself(name)


@pytest.mark.parametrize(
    "name", ["ld-linux-x86-64.so.2", "libresolv.so.2", "libgcc_s.so.1", "libcrypt.so.1", "libc6.so"]
)
def test_musl_does_not_answer_to(name: str) -> None:
    assert not is_itself(name)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("open64", True),
        ("fopen64", True),
        ("__xstat64", True),
        ("readdir64_r", True),
        ("fcntl64", False),
        ("64", False),
    ],
)
def test_musl_large_file_names(name: str, *, known: bool) -> None:
    assert is_large_file_name(name) is known
