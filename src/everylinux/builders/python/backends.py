"""How each build backend is aimed at a target: the variables it reads, and the settings its hook takes.

setuptools asks sysconfig, which answers for the target already; what is here is for backends that run another build
system below Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from everylinux.toolchains.cmake import toolchain_file
from everylinux.toolchains.meson import cross_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from everylinux.toolchains.python.target import TargetPython

# PEP 517, config_settings.
Settings = dict[str, str | list[str]]
OLDEST_POLICIES = "3.5"


@dataclass(frozen=True)
class Aim:
    """What a backend is given for one target; ``unset`` are variables that would mean something else to it."""

    environment: dict[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)
    unset: tuple[str, ...] = ()


def aimed(backend: str, python: TargetPython, executable: Path, limited_api: str | None) -> Aim:
    """Return what aims the backend of a module's name; files that it reads are written beside the target's headers.

    ``executable`` is the Python of the environment that has what the build requires, ``limited_api`` the release whose
    stable ABI is asked for.
    """
    aim = _BACKENDS.get(backend.partition(".")[0], _setuptools)
    return aim(python, executable, python.include.parent.parent, limited_api.replace(".", "") if limited_api else None)


def _setuptools(python: TargetPython, executable: Path, folder: Path, limited: str | None) -> Aim:
    """Return what setuptools takes; an extension may be built by CMake all the same, as pybind11's example does."""
    aim = _cmake(python, executable, folder)
    if limited:
        aim.settings["--build-option"] = [f"--py-limited-api=cp{limited}"]
    return aim


def _scikit_build(python: TargetPython, executable: Path, folder: Path, limited: str | None) -> Aim:
    aim = _cmake(python, executable, folder)
    if limited:
        aim.settings["wheel.py-api"] = f"cp{limited}"
    return aim


def _cmake(python: TargetPython, executable: Path, folder: Path) -> Aim:
    """Write a toolchain file, which CMake finds in the environment, whoever calls it (cmake-env-variables(7)).

    What a build requires lies in its environment's site-packages: pybind11, nanobind and numpy have their CMake files
    and headers there. ``FindPython`` takes the headers that it is told of, and asks sysconfig for the rest.
    """
    site = executable.parent.parent / "lib" / f"python{python.interpreter.name}" / "site-packages"
    lines = [toolchain_file(python.wiring, also=(str(site), str(python.include.parent.parent)))]
    lines += [f'set({name}_INCLUDE_DIR "{python.include}" CACHE PATH "")\n' for name in ("Python", "Python3", "PYTHON")]
    lines += [f'set({name}_SOABI "{python.soabi}" CACHE STRING "")\n' for name in ("Python", "Python3")]
    file = folder / "toolchain.cmake"
    file.write_text("".join(lines))
    return Aim({"CMAKE_TOOLCHAIN_FILE": str(file), "CMAKE_POLICY_VERSION_MINIMUM": OLDEST_POLICIES})


def _meson(python: TargetPython, executable: Path, folder: Path, limited: str | None) -> Aim:
    """Meson takes a cross file, which names the Python that it asks about headers and names."""
    file = folder / "cross.ini"
    file.write_text(cross_file(python.wiring, {"python": executable}))
    settings: Settings = {"setup-args": [f"--cross-file={file}"]}
    if limited:
        settings["setup-args"] = [f"--cross-file={file}", "-Dpython.allow_limited_api=true"]
    return Aim({}, settings, unset=("CC", "CXX", "AR", "RANLIB", "STRIP", "PKG_CONFIG"))


_BACKENDS: dict[str, Callable[[TargetPython, Path, Path, str | None], Aim]] = {
    "mesonpy": _meson,
    "scikit_build_core": _scikit_build,
}
