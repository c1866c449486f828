"""How each build backend is aimed at a target: the variables it reads, and the settings its hook takes.

setuptools asks sysconfig, which answers for the target already; what is here is for backends that run another build
system below Python.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from everylinux.toolchains.cmake import toolchain_file
from everylinux.toolchains.meson import cross_file
from everylinux.toolchains.meson_properties import properties

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.builders.interface import BuildContext
    from everylinux.toolchains.python.target import TargetPython

# PEP 517, config_settings.
Settings = dict[str, str | list[str]]
OLDEST_POLICIES = "3.5"
# Modules of backends' hooks.
MESON, SCIKIT_BUILD = "mesonpy", "scikit_build_core"


@dataclass(frozen=True)
class Aim:
    """What a backend is given for one target; ``unset`` are variables that would mean something else to it."""

    environment: dict[str, str] = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)
    unset: tuple[str, ...] = ()


def aimed(backend: str, python: TargetPython, executable: Path, context: BuildContext) -> Aim:
    """Return what aims the backend of a module's name; files that it reads are written beside the target's headers.

    ``executable`` is the Python of the environment that has what the build requires.
    """
    limited, folder = (context.limited_api or "").replace(".", ""), python.include.parent.parent
    if backend.partition(".")[0] == MESON:
        return _meson(python, executable, folder, limited, context)
    aim = _cmake(python, executable, folder)
    if limited and backend.partition(".")[0] == SCIKIT_BUILD:
        aim.settings["wheel.py-api"] = f"cp{limited}"
    elif limited:
        aim.settings["--build-option"] = [f"--py-limited-api=cp{limited}"]
    return aim


def joined(aim: Settings, given: Settings) -> Settings:
    """Return a hook's settings: what a user gives stands instead of ours, or behind ours where that is a list."""
    settings = {**aim, **given}
    for key in aim.keys() & given.keys():
        before, more = aim[key], given[key]
        if isinstance(before, list):
            settings[key] = [*before, *([more] if isinstance(more, str) else more)]
    return settings


def _cmake(python: TargetPython, executable: Path, folder: Path) -> Aim:
    """Write a toolchain file, which CMake finds in the environment, whoever calls it (cmake-env-variables(7)).

    scikit-build-core does, and so may a setup.py, as that of pybind11's example. What a build requires lies in its
    environment's site-packages: pybind11, nanobind and numpy have their CMake files and headers there. ``FindPython``
    takes the headers that it is told of, and asks sysconfig for the rest.
    """
    site = executable.parent.parent / "lib" / f"python{python.interpreter.name}" / "site-packages"
    lines = [toolchain_file(python.wiring, also=(str(site), str(python.include.parent.parent)))]
    lines += [f'set({name}_INCLUDE_DIR "{python.include}" CACHE PATH "")\n' for name in ("Python", "Python3", "PYTHON")]
    lines += [f'set({name}_SOABI "{python.soabi}" CACHE STRING "")\n' for name in ("Python", "Python3")]
    file = folder / "toolchain.cmake"
    file.write_text("".join(lines))
    return Aim({"CMAKE_TOOLCHAIN_FILE": str(file), "CMAKE_POLICY_VERSION_MINIMUM": OLDEST_POLICIES})


def _meson(python: TargetPython, executable: Path, folder: Path, limited: str, context: BuildContext) -> Aim:
    """Meson takes a cross file, which names the Python that it asks about headers and names.

    Ninja itself takes as many jobs as there are processors, for each target.
    """
    file = folder / "cross.ini"
    ask = partial(context.commands.output, cwd=context.work, environment=python.wiring.environment())
    file.write_text(cross_file(python.wiring, {"python": executable}, properties(python.wiring, ask)))
    stable = ["-Dpython.allow_limited_api=true"] if limited else []
    settings: Settings = {"setup-args": [f"--cross-file={file}", *stable], "compile-args": [f"-j{context.jobs}"]}
    return Aim({}, settings, unset=("CC", "CXX", "AR", "RANLIB", "STRIP", "PKG_CONFIG"))
