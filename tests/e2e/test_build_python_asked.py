"""What a setup.py asks its Python of the machine is answered for the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from python_wheels import NEEDS_ROOTS, wheels
from test_build_python_limited import MODULE, SETUPTOOLS, written

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = NEEDS_ROOTS
SCRIPT = """
import platform, sys

from setuptools import Extension, setup

macros = [("BIG", "1" if sys.byteorder == "big" else "0"), ("S390X", "1" if platform.machine() == "s390x" else "0")]
setup(ext_modules=[Extension("asked_sample", ["module.c"], define_macros=macros)])
"""
CHECKED = """#if BIG != (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
#error "another order of bytes"
#endif
#ifndef __s390x__
#define __s390x__ 0
#endif
#if S390X != __s390x__
#error "another CPU"
#endif
"""


@pytest.mark.parametrize("target", ["s390x-linux-musl", "aarch64-linux-gnu"])
def test_the_order_of_bytes_and_the_cpu_are_the_targets(target: str, tmp_path: Path) -> None:
    """As in msgpack, which takes what it is told before what the compiler says."""
    files = {
        "pyproject.toml": SETUPTOOLS["pyproject.toml"].partition("[tool.setuptools]")[0],
        "setup.py": SCRIPT,
        "module.c": f"{CHECKED}{MODULE}",
    }
    (wheel,) = wheels(written(files, tmp_path / "project"), tmp_path / "dist", target)
    assert wheel.name.endswith(f"{target.partition('-')[0]}.whl")
