"""Numbers that go between a neutral module and its libc: what the headers of both say, and what ours make of it."""

from __future__ import annotations

import pytest

from everylinux.neutral.constants import compared, family_of, headers, judged, treatment_of

CPUS = ("x86_64", "x86", "aarch64", "arm", "riscv64", "s390x", "powerpc64le")


def test_each_number_that_differs_was_judged() -> None:
    assert [name for _, name, _, _ in compared().unlike if treatment_of(name) is None] == []
    assert {cpu for cpus, *_ in compared().unlike for cpu in cpus} == set(CPUS)


@pytest.mark.parametrize(
    ("name", "cpu", "glibc", "musl"),
    [
        # bits/fenv.h of s390 and musl's arch/s390x/bits/fenv.h
        ("FE_INVALID", "s390x", 0x80, 0x800000),
        # an enumeration of ftw.h in glibc, numbers from one in musl's
        ("FTW_F", "x86_64", 0, 1),
        ("FP_ILOGBNAN", "aarch64", 0x7FFFFFFF, -0x80000000),
        # glibc 2.42 made them speeds; asm-generic/termbits.h has the kernel's
        ("B9600", "aarch64", 9600, 0o15),
        ("B115200", "powerpc64le", 115200, 0o21),
        ("BUFSIZ", "x86_64", 8192, 1024),
    ],
)
def test_what_headers_are_known_to_say(name: str, cpu: str, glibc: int, musl: int) -> None:
    assert (glibc, musl) in [row[2:] for row in compared().unlike if row[1] == name and cpu in row[0]]


@pytest.mark.parametrize(
    "name", ["EINVAL", "O_CREAT", "SIGTERM", "LC_ALL", "_SC_PAGESIZE", "CODESET", "CLOCK_MONOTONIC"]
)
def test_what_both_have_alike_is_not_listed(name: str) -> None:
    assert name not in [row[1] for row in compared().unlike if "x86_64" in row[0]]
    assert name not in [one for cpus, names in compared().absent if "x86_64" in cpus for one in names.split()]


@pytest.mark.parametrize(
    ("name", "unknown"),
    [
        ("FNM_EXTMATCH", "hidden"),
        ("RTLD_DEEPBIND", "hidden"),
        ("RTLD_DI_ORIGIN", "said"),
        ("PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP", "hidden"),
        ("PTHREAD_MUTEX_ADAPTIVE_NP", "said"),
        ("_SC_LEVEL1_DCACHE_LINESIZE", "said"),
        ("CURRENCY_SYMBOL", "hidden"),
        ("GLOB_BRACE", "refused"),
    ],
)
def test_what_only_glibc_has(name: str, unknown: str) -> None:
    assert name in [one for cpus, names in compared().absent if "x86_64" in cpus for one in names.split()]
    family = family_of(name)
    assert family
    assert family.unknown == unknown


@pytest.mark.parametrize("cpu", CPUS)
def test_our_headers_lead_to_those_of_the_libc(cpu: str) -> None:
    for header, text in headers(cpu).items():
        assert f"#include_next <{header}>" in text.splitlines()
        assert "/" not in header


def test_our_headers_leave_out_and_renumber() -> None:
    made = headers("x86_64")
    assert made["fnmatch.h"].endswith("#undef FNM_EXTMATCH\n")
    assert "#define B9600 13\n" in made["termios.h"]
    assert "FNM_CASEFOLD" not in made["fnmatch.h"]


def test_what_follows_a_header_comes_after_it() -> None:
    text = headers("aarch64")["pthread.h"]
    assert text.index("#include_next <pthread.h>") < text.index("#define pthread_cleanup_push(")


def test_each_judgement_says_why_and_what_is_left_out_has_a_header() -> None:
    for family in judged().family:
        assert family.source
        assert family.functions
        assert bool(family.header) == (family.unknown == "hidden")
    for unlike in judged().unlike:
        assert unlike.why
        assert bool(unlike.header) == (unlike.treated == "renumbered")
