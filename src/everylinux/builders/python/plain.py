"""Modules in bare C and C++ sources, without a pyproject.toml or setup.py: one wheel of all that a folder defines.

setuptools builds them, by a setup.py of ours, in an environment with what they include: pybind11 or nanobind. What
follows ``--`` are flags of the compiler, as for programs, and ``name=`` and ``version=`` of the wheel.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.builders.interface import Project
from everylinux.builders.python import make_wheels
from everylinux.builders.python.plain_entries import entries
from everylinux.builders.python.project import BuildSystem
from everylinux.builders.sources import C_SUFFIXES, CXX_SUFFIXES, READ_BYTES, defines_main, for_compiling, source_files
from everylinux.builders.surroundings import common_root
from everylinux.errors import UsageError
from everylinux.reading import read_head
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from everylinux.builders.interface import Artifact, BuildContext, Builder
    from everylinux.builders.python.plain_entries import Entry
    from everylinux.toolchains.runtime import Replaced

BACKEND = "setuptools.build_meta"
REQUIRES = {"c-api": (), "pybind11": ("pybind11",), "nanobind": ("nanobind",)}
VERSION = "0.0.0"
# nanobind's documentation, "Building extensions using CMake": STABLE_ABI.
STABLE_SINCE = {"nanobind": "3.12"}
_INCLUDED = re.compile(rb'^[ \t]{0,64}#[ \t]{0,64}include[ \t]{0,64}"([\w./+-]{1,200})"', re.MULTILINE)
MOST_INCLUDED = 1000
_SETTING = re.compile(r"(name|version)=(.*)", re.DOTALL)
# PEP 508 and PEP 440, as far as anybody writes them by hand.
_VALID = {
    "name": re.compile(r"[A-Za-z0-9](?:[\w.-]{0,100}[A-Za-z0-9])?", re.ASCII),
    "version": re.compile(r"\d[\w.+!-]{0,60}", re.ASCII),
}


class PlainBuilder:
    """One wheel with every module that the sources of a folder define, or one source alone."""

    kind = "python"
    in_source = True
    compiles_c = False
    replaced: Replaced = "nothing"
    takes_turns = False
    own_folder = False

    def recognises(self, folder: Path) -> str | None:
        """Return the first source that defines a module; sources in sub-folders belong to something else."""
        found = entries(source_files(folder))
        return found[0].source.name if found else None

    def tools(self, folder: Path) -> dict[str, str]:
        """Return this Python, which builds unless others are asked for."""
        del folder
        return {"python": platform.python_version()}

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Write what setuptools needs, beside the sources' copy, and have it make the wheels."""
        alone = context.project.folder not in context.project.parts
        sources = [context.source / context.project.marker] if alone else source_files(context.source)
        modules = entries(sources)
        limited = context.limited_api
        for binding in sorted({module.binding for module in modules}):
            _see_whether_stable(binding, limited)
        folder = context.work / "project"
        folder.mkdir()
        said = _said(context, sources, modules)
        (folder / "extensions.json").write_text(json.dumps(said))
        (folder / "setup.py").write_bytes(data.read("python/plain-setup.py.in"))
        requires = [each for module in modules for each in REQUIRES[module.binding]]
        system = BuildSystem(("setuptools>=77", *dict.fromkeys(requires)), BACKEND, ())
        return make_wheels(replace(context, source=folder), system, {})


def lone_source(path: Path) -> Project:
    """Return the project that one source is, with what it includes from beside itself.

    Raises `UsageError` for a file that defines no module.
    """
    file = path.resolve()
    if file.suffix not in C_SUFFIXES + CXX_SUFFIXES:
        raise UsageError(f"{path} is not a folder", hint="name the folder of a project")
    if not entries([file]) and defines_main(file):
        raise UsageError(
            f"{path} is a source of a program",
            meaning="a program is built from the sources of its folder: each with a main becomes one",
            hint=f"name the folder: everylinux build {shlex.quote(str(path.parent))}",
        )
    if not entries([file]):
        raise UsageError(
            f"{path} defines no Python module",
            meaning="it has no PyInit_ function, PYBIND11_MODULE or NB_MODULE outside of comments",
            hint="name the folder of a project",
        )
    parts = (file, *_included(file))
    return Project(file.parent, BUILDER.kind, file.name, parts, common_root((*parts, file.parent)))


def _included(file: Path) -> list[Path]:
    """Return, sorted, the files that a source includes by quotes, directly or not, as far as they are there."""
    found, left = {file}, [file]
    while left and len(found) < MOST_INCLUDED:
        here = left.pop()
        for name in _INCLUDED.findall(read_head(here, READ_BYTES)):
            path = Path(os.path.normpath(here.parent / os.fsdecode(name)))
            if path not in found and path.is_file():
                found.add(path)
                left.append(path)
    return sorted(found - {file})


def _see_whether_stable(binding: str, limited: str | None) -> None:
    """Raise `UsageError` where a binding cannot make a module for the stable ABI that is asked for."""
    if limited is None:
        return
    if binding == "pybind11":
        raise UsageError(
            "pybind11 makes no modules for the stable ABI",
            hint="leave --limited-api out, or use nanobind, which does from Python 3.12 on",
        )
    since = STABLE_SINCE.get(binding)
    if since and version_key(limited) < version_key(since):
        raise UsageError(
            f"{binding} makes modules for the stable ABI from Python {since} on, not for {limited}",
            hint=f"--limited-api {since}, or leave it out",
        )


def _said(context: BuildContext, sources: Sequence[Path], modules: Sequence[Entry]) -> dict[str, object]:
    """Return what our setup.py reads. Sources that define no module are parts of each."""
    settings, flags = _arguments(context.args, context.source)
    own = {module.source for module in modules}
    common = [str(source) for source in sources if source not in own]
    return {
        "name": settings.get("name") or _name(context, modules),
        "version": settings.get("version", VERSION),
        "limited": _hexadecimal(context.limited_api),
        "asked": {"compile": for_compiling(flags), "link": flags},
        "modules": [
            {"name": module.name, "binding": module.binding, "sources": [str(module.source), *common]}
            for module in modules
        ],
    }


def _name(context: BuildContext, modules: Sequence[Entry]) -> str:
    """Return the wheel's name: the only module's, or the folder's, as far as a name may be like that."""
    name = modules[0].name if len(modules) == 1 else context.project.folder.name
    return re.sub(r"[^\w.-]", "-", name, flags=re.ASCII).strip("._-") or "module"


def _hexadecimal(release: str | None) -> str | None:
    """Return a release as ``Py_LIMITED_API`` names it (Python/C API, "C API Stability")."""
    if release is None:
        return None
    major, minor = version_key(release)[:2]
    return f"0x{major:02X}{minor:02X}0000"


def _arguments(args: Iterable[str], folder: Path) -> tuple[dict[str, str], list[str]]:
    """Return the settings among the arguments, and the flags; what they name below the folder is named from there."""
    settings, flags = {}, []
    for argument in args:
        if found := _SETTING.fullmatch(argument):
            if not _VALID[found[1]].fullmatch(found[2]):
                raise UsageError(f"{found[2]!r} is no {found[1]} of a wheel", hint=f"for instance {found[1]}=1.0")
            settings[found[1]] = found[2]
        elif argument[:2] in {"-I", "-L"} and len(argument) > len("-I"):
            flags.append(argument[:2] + os.path.normpath(folder / argument[2:]))
        elif not argument.startswith("-") and (folder / argument).is_file():
            flags.append(str(folder / argument))
        else:
            flags.append(argument)
    return settings, flags


BUILDER: Builder = PlainBuilder()
