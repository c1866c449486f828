"""Which failed builds are taken for such that wanted to import what they made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.builders.python.own_modules import is_asked_for

if TYPE_CHECKING:
    from pathlib import Path

LINKED = "[14/15] Linking CXX shared module _core.cpython-311-aarch64-linux-musl.so\n"


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        (LINKED + "ModuleNotFoundError: No module named '_core'\n", True),
        (LINKED + "ModuleNotFoundError: No module named 'package._core'\n", True),
        (LINKED + "ModuleNotFoundError: No module named 'numpy'\n", False),
        (LINKED + "ModuleNotFoundError: No module named 'core'\n", False),
        ("ImportError: /build/_core.abi3.so: cannot open shared object file: No such file or directory\n", True),
        ("ImportError: libc.so: cannot open shared object file: No such file or directory\n", True),
        ("ImportError: cannot import name 'x' from 'y' (/site-packages/y.py)\n", False),
        ("a.c:1:1: error: 'x.so'\n", False),
    ],
)
def test_what_python_and_the_loader_say(said: str, tmp_path: Path, *, asked: bool) -> None:
    """CPython's import.c, glibc's dl-load.c: as builds of nanobind's stubs for other targets end."""
    log = tmp_path / "log"
    log.write_text(LINKED.replace("_core", "numpy") + said)
    start = len(LINKED.replace("_core", "numpy"))
    assert is_asked_for(log, start) == asked
