"""Conditions of manifests: the examples of The Rust Reference ("Conditional compilation") and of The Cargo Book."""

from __future__ import annotations

import pytest
from recorded_cargo import platform

from everylinux.advice.conditions import ConditionError, holds, on_platform

MUSL = platform("x86_64-unknown-linux-musl")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("unix", True),
        ("windows", False),
        ("all()", True),
        ("any()", False),
        ("not(windows)", True),
        ('any(target_os = "linux", target_os = "macos")', True),
        ('all(unix, target_pointer_width = "32")', False),
        ('all(unix, not(target_env = "gnu"),)', True),
        ('not(any(target_os = "windows", target_vendor = "apple"))', True),
        ("true", True),
        ("false", False),
    ],
)
def test_a_condition_is_judged_as_rustc_does(condition: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert holds(condition, MUSL.configuration) is expected


@pytest.mark.parametrize(
    "condition",
    ["", "all(unix", "not()", "not(unix, windows)", 'unix = ""linux', "some(unix)", "unix windows", "(", "="],
)
def test_what_is_no_condition_is_refused(condition: str) -> None:
    with pytest.raises(ConditionError):
        holds(condition, {})


def test_a_condition_nested_without_end_is_refused() -> None:
    with pytest.raises(ConditionError):
        holds("not(" * 5000 + "unix" + ")" * 5000, {})


def test_a_dependency_counts_on_its_triple_and_where_nothing_is_said() -> None:
    assert on_platform(None, MUSL.triple, MUSL.configuration)
    assert on_platform("x86_64-unknown-linux-musl", MUSL.triple, MUSL.configuration)
    assert not on_platform("x86_64-pc-windows-gnu", MUSL.triple, MUSL.configuration)
    assert not on_platform("cfg(windows)", MUSL.triple, MUSL.configuration)
    # What is not understood counts, so that nothing is overlooked.
    assert on_platform('cfg(version("1.80"))', MUSL.triple, MUSL.configuration)
