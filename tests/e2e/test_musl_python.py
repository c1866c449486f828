"""The Python for musl that the tests make has the modules that published packages and their tests import."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from python_wheels import NEEDS_ROOTS, on_glibc, on_musl

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = NEEDS_ROOTS


@pytest.mark.parametrize("on_libc", [on_glibc, on_musl])
def test_modules_that_need_libraries_of_others_work(on_libc: Callable[..., None], tmp_path: Path) -> None:
    on_libc("x86_64", tmp_path, "exercise_libraries.py")
