"""Targets: one spelling printed, every spelling read, every floor in its range."""

from __future__ import annotations

import itertools

import pytest

from everylinux.errors import UsageError
from everylinux.spelling import all_targets, parse_target_list, parse_targets


def names(spelling: str, **options: str) -> list[str]:
    return [target.name for target in parse_targets(spelling, **options)]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("x86_64-linux-gnu.2.17", "x86_64-linux-gnu.2.17"),
        ("aarch64-linux-musl", "aarch64-linux-musl"),
        ("arm-linux-musleabihf", "arm-linux-musleabihf"),
        ("x86_64-linux-neutral", "x86_64-linux-neutral"),
        ("x86_64-linux-musl.1.2.3", "x86_64-linux-musl.1.2.3"),
        # Rust
        ("aarch64-unknown-linux-musl", "aarch64-linux-musl"),
        ("aarch64-unknown-linux-gnu.2.28", "aarch64-linux-gnu.2.28"),
        ("armv7-unknown-linux-gnueabihf", "arm-linux-gnueabihf.2.17"),
        ("riscv64gc-unknown-linux-gnu", "riscv64-linux-gnu.2.27"),
        ("i686-unknown-linux-musl", "x86-linux-musl"),
        # distributions' triples
        ("x86_64-pc-linux-gnu", "x86_64-linux-gnu.2.17"),
        ("x86_64-alpine-linux-musl", "x86_64-linux-musl"),
        ("i386-linux-gnu", "x86-linux-gnu.2.17"),
        ("powerpc64le-linux-gnu", "powerpc64le-linux-gnu.2.19"),
        # Debian and Go
        ("linux_amd64_gnu.2.28", "x86_64-linux-gnu.2.28"),
        ("linux_arm64_musl", "aarch64-linux-musl"),
        # wheels
        ("manylinux_2_17_aarch64", "aarch64-linux-gnu.2.17"),
        ("manylinux2014_x86_64", "x86_64-linux-gnu.2.17"),
        ("manylinux_2_28_armv7l", "arm-linux-gnueabihf.2.28"),
        ("musllinux_1_2_x86_64", "x86_64-linux-musl.1.2.0"),
        # 32-bit ARM is hard float unless it says otherwise
        ("arm-linux-musl", "arm-linux-musleabihf"),
        ("arm-linux-gnu", "arm-linux-gnueabihf.2.17"),
        ("arm-linux-gnueabi", "arm-linux-gnueabi.2.17"),
    ],
)
def test_a_spelling_with_a_libc_names_one_target(spelling: str, name: str) -> None:
    assert names(spelling) == [name]


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        *[(word, "x86_64-linux-musl") for word in ("x86_64", "amd64", "x64")],
        ("arm64", "aarch64-linux-musl"),
        ("x86_64-linux", "x86_64-linux-musl"),
        ("linux/arm64/v8", "aarch64-linux-musl"),
        ("linux/amd64", "x86_64-linux-musl"),
        ("linux_amd64", "x86_64-linux-musl"),
        *[(word, "x86-linux-musl") for word in ("i386", "i486", "i686", "386", "linux/386", "x86")],
        *[(word, "powerpc64le-linux-musl") for word in ("ppc64le", "ppc64el", "linux/ppc64le")],
        *[(word, "arm-linux-musleabihf") for word in ("arm", "armhf", "armv7", "linux/arm/v7")],
        *[(word, "arm-linux-musleabi") for word in ("armel", "linux/arm/v5")],
        ("s390x", "s390x-linux-musl"),
        ("riscv64", "riscv64-linux-musl"),
    ],
)
def test_a_spelling_without_a_libc_takes_musl_for_programs(spelling: str, name: str) -> None:
    assert names(spelling) == [name]
    assert names(spelling, libc="gnu")[0].startswith(name.replace("musl", "gnu"))


def test_a_spelling_without_a_libc_takes_both_for_python() -> None:
    found = parse_targets("arm64", default=("gnu", "musl"))
    assert [target.name for target in found] == ["aarch64-linux-gnu.2.17", "aarch64-linux-musl"]


def test_libc_completes_a_floor_that_the_target_leaves_open() -> None:
    assert names("x86_64-linux-gnu", libc="gnu.2.28") == ["x86_64-linux-gnu.2.28"]
    assert names("amd64", libc="musl.1.2.3") == ["x86_64-linux-musl.1.2.3"]


@pytest.mark.parametrize(
    ("spelling", "libc"),
    [
        ("aarch64-linux-musl", "gnu"),
        ("x86_64-linux-gnu.2.17", "gnu.2.28"),
        ("musl", "gnu"),
        ("linux_arm64_gnu", "musl"),
    ],
)
def test_a_libc_that_contradicts_is_an_error(spelling: str, libc: str) -> None:
    with pytest.raises(UsageError, match="contradicts"):
        parse_targets(spelling, libc=libc)


@pytest.mark.parametrize(
    ("spelling", "range_"),
    [
        ("x86_64-linux-gnu.2.5", "2.17 to "),
        ("x86_64-linux-gnu.2.99", "2.17 to "),
        ("powerpc64le-linux-gnu.2.17", "2.19 to "),
        ("riscv64-linux-gnu.2.17", "2.27 to "),
        ("manylinux1_x86_64", "2.17 to "),
        ("x86_64-linux-musl.1.3.0", "1.2.0 to "),
    ],
)
def test_a_floor_out_of_range_names_the_range(spelling: str, range_: str) -> None:
    with pytest.raises(UsageError, match="outside the range") as caught:
        parse_targets(spelling)
    assert range_ in caught.value.message


@pytest.mark.parametrize(
    "spelling",
    [
        "", "foo", "x86_64-windows-gnu",
        "x86_64-linux-uclibc", "linux/sparc64", "linux/arm/v6", "aarch64-apple-darwin",
        "x86_64-linux-gnueabihf", "x86_64-linux-neutral.2.17", "x86_64-linux-gnu.2.",
        "manylinux_2_17_mips", "../../etc",
    ],
)  # fmt: skip
def test_an_unknown_spelling_is_a_usage_error(spelling: str) -> None:
    with pytest.raises(UsageError):
        parse_targets(spelling)


@pytest.mark.parametrize(
    ("spelling", "near"),
    [("amr64", "arm64"), ("x86_64-linux-gun", "x86_64-linux-gnu"), ("s390", "s390x"), ("riscv46", "riscv64")],
)
def test_a_spelling_that_is_nearly_one_is_told_which(spelling: str, near: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_targets(spelling)
    assert f"did you mean {near}" in caught.value.meaning


def test_all_is_seven_cpus_on_both_libcs() -> None:
    found = names("all")
    assert len(found) == len(set(found)) == 14
    assert "s390x-linux-gnu.2.17" in found
    assert "powerpc64le-linux-musl" in found
    assert names("all", libc="musl") == names("musl")
    assert len(names("all", libc="gnu.2.36")) == 7


def test_every_spelling_of_every_target_names_it_again() -> None:
    soft = parse_target_list(["armel"], default=("gnu", "musl"))
    for target in [*all_targets(), *soft, *parse_target_list(["x86_64-linux-musl.1.2.3"])]:
        libc = f"{target.libc}.{target.floor}" if target.floor else target.libc
        for spelling in itertools.chain(*target.spellings().values()):
            assert parse_targets(spelling, libc=libc) == [target], spelling


def test_a_list_keeps_its_order_and_drops_repeats() -> None:
    found = parse_target_list(["s390x,arm64", "linux/arm64", " s390x "])
    assert [target.name for target in found] == ["s390x-linux-musl", "aarch64-linux-musl"]


def test_musl_without_a_floor_is_static_and_with_one_is_not() -> None:
    static, dynamic = parse_target_list(["x86_64-linux-musl", "x86_64-linux-musl.1.2.3"])
    assert static.static
    assert not dynamic.static
    assert dynamic.interpreter == "/lib/ld-musl-x86_64.so.1"
