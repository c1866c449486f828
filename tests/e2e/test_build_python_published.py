"""Published packages, built from their sdists, pass their own tests where their wheels are for."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import EverylinuxError
from everylinux.spelling import parse_targets
from everylinux.toolchains.find import find
from everylinux.toolchains.python import find_interpreters
from musl_python import RELEASE
from sdists.trial import try_package

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the roots with Pythons are for x86-64 first"),
]
# As many tests as the release has on CPython, by its own count (`pytest` in an unpacked sdist, its wheel installed).
TESTS = {"markupsafe": 79, "kiwisolver": 50}


@pytest.fixture(autouse=True, scope="module")
def the_release_of_the_roots() -> None:
    try:
        find_interpreters((RELEASE,))
    except EverylinuxError as error:
        pytest.skip(f"{error.message}; {error.hint}")


def passes(name: str, target: str, out: Path) -> None:
    (trial,) = try_package(name, parse_targets(target), out)
    if trial.outcome == "skipped":
        pytest.skip(trial.cause)
    assert (trial.outcome, trial.cause) == ("passed", "")
    assert trial.modules == 1
    assert trial.tests == TESTS[name]


@pytest.mark.parametrize("name", TESTS)
def test_one_neutral_wheel_passes_its_own_tests_on_both_libcs(name: str, tmp_path: Path) -> None:
    passes(name, "x86_64-linux-neutral", tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("target", ["aarch64-linux-neutral", "s390x-linux-neutral", "aarch64-linux-gnu.2.28"])
@pytest.mark.parametrize("name", TESTS)
def test_its_own_tests_pass_on_other_cpus(name: str, target: str, tmp_path: Path) -> None:
    passes(name, target, tmp_path)
