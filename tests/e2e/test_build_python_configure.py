"""A wheel whose build calls a configure script of autoconf's, as those with a library in them do, without --host."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from python_wheels import NEEDS_ROOTS, SECONDS, wheels
from test_build_python_limited import MODULE, SETUPTOOLS, written

from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    *NEEDS_ROOTS,
    pytest.mark.skipif(find("autoreconf") is None, reason="autoconf is missing: apt-get install autoconf"),
]
CONFIGURE = """AC_INIT([sample], [1.0])
AC_CONFIG_HEADERS([config.h])
AC_PROG_CC
AC_COMPUTE_INT([size], [sizeof(long)])
AC_DEFINE_UNQUOTED([SIZE_OF_A_LONG], [$size], [of the target])
AC_OUTPUT
"""
# Tests of the library are programs of the target.
MAKEFILE = """TESTS = runs
check: $(TESTS)
runs:
\t$(CC) -x c -o $@ $(srcdir)runs.txt && ./$@
"""
SCRIPT = """
import subprocess

from setuptools import setup

subprocess.check_call(["./configure"])
subprocess.check_call(["make", "check"])
setup()
"""


@pytest.mark.parametrize("target", ["aarch64-linux-musl", "x86-linux-gnu"])
def test_it_knows_the_target(target: str, tmp_path: Path) -> None:
    """It runs nothing of the target's; the size of a long is that of the target's compiler."""
    module = f'#include "config.h"\n_Static_assert(SIZE_OF_A_LONG == sizeof(long), "another CPU");\n{MODULE}'
    files = {
        **SETUPTOOLS,
        "module.c": module,
        "configure.ac": CONFIGURE,
        "Makefile": MAKEFILE,
        "runs.txt": "int main(void) { return 0; }\n",
        "setup.py": SCRIPT,
    }
    project = written(files, tmp_path / "project")
    subprocess.run(["autoreconf", "--force"], cwd=project, check=True, timeout=SECONDS, capture_output=True)
    (wheel,) = wheels(project, tmp_path / "dist", target)
    assert wheel.name.startswith("limited_sample-1.0-cp311-cp311-")
