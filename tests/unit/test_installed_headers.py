"""Headers of packages that were configured for this machine, when something for another one is compiled with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.builders.python.installed_headers import ask_the_compiler

if TYPE_CHECKING:
    from pathlib import Path

# As in NumPy's wheel for x86_64 (numpy/_core/include/numpy/_numpyconfig.h).
CONFIGURED = """#define NPY_HAVE_ENDIAN_H 1

#define NPY_SIZEOF_LONG 8
#define NPY_SIZEOF_COMPLEX_LONGDOUBLE 32
#define NPY_SIZEOF_INTP 8
#define NPY_ABI_VERSION 0x02000000
/* #undef NPY_NO_SMP */
"""


@pytest.mark.parametrize("folder", ["_core", "core"])
def test_numbers_of_this_machine_become_the_compilers(folder: str, tmp_path: Path) -> None:
    header = tmp_path / "numpy" / folder / "include/numpy/_numpyconfig.h"
    header.parent.mkdir(parents=True)
    header.write_text(CONFIGURED)
    for _ in range(2):
        ask_the_compiler(tmp_path)
        assert header.read_text().splitlines() == [
            "#define NPY_HAVE_ENDIAN_H 1",
            "",
            "#define NPY_SIZEOF_LONG __SIZEOF_LONG__",
            "#define NPY_SIZEOF_COMPLEX_LONGDOUBLE (2 * __SIZEOF_LONG_DOUBLE__)",
            "#define NPY_SIZEOF_INTP __SIZEOF_SIZE_T__",
            "#define NPY_ABI_VERSION 0x02000000",
            "/* #undef NPY_NO_SMP */",
        ]


def test_an_environment_without_such_packages_stays(tmp_path: Path) -> None:
    (tmp_path / "other.h").write_text(CONFIGURED)
    ask_the_compiler(tmp_path)
    assert (tmp_path / "other.h").read_text() == CONFIGURED
