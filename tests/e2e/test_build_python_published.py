"""Published packages, built from their sdists, pass their own tests where their wheels are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from python_wheels import NEEDS_ROOTS

from everylinux.spelling import parse_targets
from sdists.trial import try_package

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = NEEDS_ROOTS
# As many tests as the release has on CPython, by its own count (`pytest` in an unpacked sdist, its wheel installed).
TESTS = {"markupsafe": 79, "kiwisolver": 50}


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
