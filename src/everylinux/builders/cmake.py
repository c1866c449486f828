"""CMake projects: configured out of source with a toolchain file, built, installed into a stage."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.builders.artifacts import files_installed
from everylinux.builders.commands import BuildInterruptedError
from everylinux.errors import BuildFailedError
from everylinux.reading import read_head
from everylinux.toolchains.cmake import toolchain_file
from everylinux.toolchains.find import find, require, versions
from everylinux.toolchains.wiring import OWN_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from everylinux.builders.interface import Artifact, BuildContext, Builder
    from everylinux.toolchains.runtime import Replaced

PREFIX = "/usr/local"
# zig's words for it, and the options with which projects ask for it beside CMake's own.
SHARED_IN_STATIC = "using shared libraries requires dynamic linking"
_OPTION = re.compile(r"^((?!BUILD_SHARED_LIBS:|CMAKE_)\w+):BOOL=(\w+)$", re.MULTILINE)
# How projects name options for the kind of their libraries, and for their tests; `SHARED_MEMORY` is none of them.
_SHARED = re.compile(r"(?:^|_)SHARED(?:_LIBS?|_LIBRARY|_LIBRARIES)?$")
_TESTS = re.compile(r"(?i)(?:^|_)(?:(?:unit_?)?tests?(?:ing)?|bench(?:marks?)?)(?:_|$)")
_OF_TESTS = re.compile(
    r"(?i)(?<![a-z])(?:(?:unit|google)?tests?(?:ing)?|gtest|gmock|catch2|doctest|benchmarks?)(?![a-z])"
)
# What every `project` command reads first (cmake-variables(7)), and what it is to read.
INCLUDED = "-DCMAKE_PROJECT_INCLUDE_BEFORE"
STATIC_LIBRARIES = "toolchains/static-libraries.cmake"
# They set options of the project in files of the user's.
PRESETS = ("--preset", "-C")
TRUE = ("ON", "TRUE", "YES", "1", "Y")
LARGEST_CACHE = 16 << 20
# CMake 4 refuses a project that was written for an older version than this, unless told to take it as this.
OLDEST_POLICIES = "3.5"


class CMakeBuilder:
    """``cmake``, ``cmake --build``, ``cmake --install`` into a stage."""

    kind = "cmake"
    in_source = False
    compiles_c = True
    replaced: Replaced = "whole"
    takes_turns = False
    own_folder = True

    def recognises(self, folder: Path) -> str | None:
        """Return ``CMakeLists.txt``."""
        return "CMakeLists.txt" if (folder / "CMakeLists.txt").is_file() else None

    def tools(self, folder: Path) -> dict[str, str]:
        """Return what is needed besides zig."""
        del folder
        return versions("cmake", _build_tool())

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Configure, build, install; what is installed comes out, or what the build left when nothing is."""
        cmake = require("cmake")
        build, stage = context.work / "build", context.work / "stage"
        toolchain = context.work / "toolchain.cmake"
        toolchain.write_text(toolchain_file(context.wiring))
        environment = context.environment({"DESTDIR": str(stage)})
        configure = [
            *(cmake, "-S", context.source, "-B", build, *_generator(context.args)),
            *(f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DCMAKE_BUILD_TYPE=Release"),
            f"-DCMAKE_INSTALL_PREFIX={PREFIX}",
            f"-DCMAKE_POLICY_VERSION_MINIMUM={OLDEST_POLICIES}",
            *context.args,
        ]
        start = context.commands.written
        try:
            _configure_and_build(context, configure, build, environment)
        except BuildFailedError as error:
            options = _options_left_open(build, context.args)
            ways = _all_static(options, context.args) if context.target.static else []
            if not ways or SHARED_IN_STATIC not in error.message:
                tests = [f"-D{name}=OFF" for name, value in options.items() if _TESTS.search(name) and _is_on(value)]
                if tests and _OF_TESTS.search(error.message.replace(str(context.source), "")):
                    error.hint = f"the project without its tests: add `-- {shlex.join(tests)}`"
                raise
            for number, static in enumerate(ways, 1):
                _begin_static(context, static, start, build)
                try:
                    _configure_and_build(context, [*configure, *static], build, environment)
                    break
                except BuildFailedError as again:
                    if number == len(ways) or isinstance(again, BuildInterruptedError):
                        raise
        context.commands.succeeds([cmake, "--install", build], cwd=context.work, environment=environment)
        return files_installed(stage, PREFIX, build, context.artifacts)


def _begin_static(context: BuildContext, static: Sequence[str], start: int, build: Path) -> None:
    """Begin the build again without what an earlier way set, and say so."""
    how = "they are made static" if static[0].startswith(INCLUDED) else f"built with {shlex.join(static)}"
    why = f"a static program takes no shared libraries of the project's own: {how}"
    context.commands.begin_again(start, why)
    context.progress.say(f"{context.target.name}: {why}")
    (build / "CMakeCache.txt").unlink(missing_ok=True)


def _configure_and_build(
    context: BuildContext, configure: Sequence[object], build: Path, environment: Mapping[str, str]
) -> None:
    context.commands.run(configure, cwd=context.work, environment=environment, step="cmake")
    context.commands.run(
        [require("cmake"), "--build", build, "--parallel", str(context.jobs)],
        cwd=context.work,
        environment={**environment, **OWN_CODE},
        step="the build",
    )


def _options_left_open(build: Path, args: Sequence[str]) -> dict[str, str]:
    """Return the project's own options with their values (CMakeCache.txt has them), without those the user has set."""
    if not (build / "CMakeCache.txt").is_file() or any(argument.startswith(PRESETS) for argument in args):
        return {}
    cache = read_head(build / "CMakeCache.txt", LARGEST_CACHE).decode(errors="replace")
    given = {_name(argument) for argument in args}
    return {name: value for name, value in sorted(_OPTION.findall(cache)) if name not in given}


def _all_static(options: Mapping[str, str], args: Sequence[str]) -> list[list[str]]:
    """Return the arguments that turn options for shared libraries off, and on those for static ones.

    A project without such options, or one whose programs take no other library than the shared one (mimalloc's tests),
    has them made static under its hands: the last way. What the user has asked for stays as it is.
    """
    found = []
    for name, value in options.items():
        if _SHARED.search(name) and _is_on(value):
            found.append(f"-D{name}=OFF")
            beside = name.replace("SHARED", "STATIC")
            if beside in options and not _is_on(options[beside]):
                found.append(f"-D{beside}=ON")
    asked = any(argument.startswith(INCLUDED) or _SHARED.search(_name(argument)) for argument in args)
    by_hand = [] if asked else [[f"{INCLUDED}={data.FOLDER / STATIC_LIBRARIES}"]]
    return [*([found] if found else []), *by_hand]


def _name(argument: str) -> str:
    """Return the variable that an argument sets: ``-DNAME:TYPE=VALUE`` (cmake(1))."""
    return argument.removeprefix("-D").partition("=")[0].partition(":")[0]


def _is_on(value: str) -> bool:
    return value.upper() in TRUE


def _build_tool() -> str:
    """Return make where it is found, as CMake itself would take it: some projects' rules are too odd for Ninja."""
    return "make" if find("make") else "ninja"


def _generator(args: Sequence[str]) -> list[str]:
    """Return the generator's arguments, none where the user names one."""
    if any(argument.startswith("-G") for argument in args):
        return []
    tool = _build_tool()
    return ["-G", "Unix Makefiles" if tool == "make" else "Ninja", f"-DCMAKE_MAKE_PROGRAM={require(tool)}"]


BUILDER: Builder = CMakeBuilder()
