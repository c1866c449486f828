"""Rust projects with C and C++ inside, and programs as published: built, checked and run on CPUs that are not this one.

The whole table of projects and targets is made by ``tools/rust_grid.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.spelling import parse_targets
from rust.inputs import inputs
from rust.trial import try_input

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

SHORT = [(name, target) for name, each in inputs().items() for target in each.short]


@pytest.mark.parametrize(("name", "target"), SHORT)
def test_a_project_builds_at_the_first_try_and_does_its_work(name: str, target: str, tmp_path: Path) -> None:
    (result,) = (try_input(name, each, tmp_path / "dist") for each in parse_targets(target))
    if result.outcome == "skipped":
        pytest.skip(result.cause)
    assert result.outcome == "passed", result.cause
