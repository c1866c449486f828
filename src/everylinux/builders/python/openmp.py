"""Builds that want OpenMP: the compiler takes ``-fopenmp`` and has neither the header nor the library that it asks for.

Clang asks for LLVM's own library (openmp.llvm.org, Runtimes), GCC's has other functions; zig brings none.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.builders.python.variables import variables_about
from everylinux.wording import together

if TYPE_CHECKING:
    from pathlib import Path

# The words of clang, of lld and zig, of CMake and of Meson, and how the functions of its libraries begin.
OPENMP = re.compile(
    r"'omp\.h' file not found|library '?(?:-l)?(?:gomp|i?omp5?)\b|Could NOT find OpenMP"
    r"|Dependency \"openmp\" not found|\b(?:__kmpc|__tgt|kmp|omp|GOMP)_\w"
)
_SWITCH = re.compile(r"OMP|OPENMP")


def without_openmp(source: Path | None) -> str:
    """Return what to do about a build that wants OpenMP; ``source`` is the project that may have a switch for it."""
    script, names = variables_about(_SWITCH, source) if source else ("", ())
    return together(
        "the compiler has no OpenMP: build without it, where the project can"
        + (f" ({script} reads {', '.join(names)} from the environment)" if names else ""),
        "or build LLVM's libomp for this target and name the folder with its include/omp.h and lib/libomp.a with"
        " --sysroot DIR",
    )
