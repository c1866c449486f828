"""A build that lacks a function of glibc is told the floor that has it (glibc's NEWS and version scripts)."""

from __future__ import annotations

import pytest

from everylinux.builders.functions import with_floor
from everylinux.errors import BuildFailedError
from everylinux.spelling import parse_targets

LINKING = "linking app failed: ld.lld: error: undefined symbol: "
CALLING = "a.c:3:37: error: call to undeclared library function '{}' with type 'unsigned long (char *)'"


def hint(said: str, target: str) -> str:
    return with_floor(BuildFailedError(said), parse_targets(target)[0]).hint


@pytest.mark.parametrize(
    ("said", "target", "told"),
    [
        (LINKING + "thrd_create", "x86_64-linux-gnu.2.17", "thrd_create since 2.28, and the floor is 2.17"),
        (LINKING + "thrd_create", "arm-linux-gnueabihf.2.17", "--target arm-linux-gnueabihf.2.28"),
        (CALLING.format("strlcpy"), "s390x-linux-gnu.2.31", "--target s390x-linux-gnu.2.38"),
        ("a.cpp:1:1: error: use of undeclared identifier 'gettid'", "x86_64-linux-gnu.2.17", "gettid since 2.30"),
        (LINKING + "getrandom", "aarch64-linux-gnu.2.17", "or a static program: --target aarch64-linux-musl"),
    ],
)
def test_the_floor_that_has_a_function_is_named(said: str, target: str, told: str) -> None:
    assert told in hint(said, target)


def test_a_library_of_its_own_is_named_where_the_floor_has_it() -> None:
    """glibc 2.34 took libpthread, libdl and others into libc (its NEWS)."""
    assert hint(LINKING + "dlopen", "x86_64-linux-gnu.2.17").endswith("link with -ldl")
    assert not hint(LINKING + "dlopen", "x86_64-linux-gnu.2.34")


@pytest.mark.parametrize(
    ("said", "target"),
    [
        (LINKING + "my_own", "x86_64-linux-gnu.2.17"),
        (LINKING + "thrd_create", "x86_64-linux-musl"),
        (LINKING + "printf", "x86_64-linux-gnu.2.17"),
        (LINKING + "foo::strlcpy(char)", "x86_64-linux-gnu.2.17"),
        (LINKING + "strlcpy(char*, char const*, unsigned long)", "x86_64-linux-gnu.2.17"),
    ],
)
def test_nothing_is_told_of_what_is_none_of_glibc_s_or_has_another_reason(said: str, target: str) -> None:
    assert not hint(said, target)
