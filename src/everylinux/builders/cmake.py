"""CMake projects: configured out of source with a toolchain file, built, installed into a stage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import files_installed
from everylinux.errors import BuildFailedError
from everylinux.reading import read_head
from everylinux.toolchains.cmake import toolchain_file
from everylinux.toolchains.find import find, require, versions
from everylinux.toolchains.wiring import OWN_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import Artifact, BuildContext, Builder

PREFIX = "/usr/local"
# zig's words for it, and the options with which projects ask for it beside CMake's own.
SHARED_IN_STATIC = "using shared libraries requires dynamic linking"
_SHARED = re.compile(r"^((?!BUILD_SHARED_LIBS:)\w*SHARED\w*):BOOL=(?:ON|TRUE|YES|1|On|on)$", re.MULTILINE)
LARGEST_CACHE = 16 << 20
# CMake 4 refuses a project that was written for an older version than this, unless told to take it as this.
OLDEST_POLICIES = "3.5"


class CMakeBuilder:
    """``cmake``, ``cmake --build``, ``cmake --install`` into a stage."""

    kind = "cmake"
    in_source = False
    compiles_c = True
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
        context.commands.run(
            [
                *(cmake, "-S", context.source, "-B", build, *_generator(context.args)),
                *(f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", "-DCMAKE_BUILD_TYPE=Release"),
                f"-DCMAKE_INSTALL_PREFIX={PREFIX}",
                f"-DCMAKE_POLICY_VERSION_MINIMUM={OLDEST_POLICIES}",
                *context.args,
            ],
            cwd=context.work,
            environment=environment,
            step="cmake",
        )
        try:
            context.commands.run(
                [cmake, "--build", build, "--parallel", str(context.jobs)],
                cwd=context.work,
                environment={**environment, **OWN_CODE},
                step="the build",
            )
        except BuildFailedError as error:
            asking = _asking_for_shared(build) if context.target.static else ""
            if asking and SHARED_IN_STATIC in error.message:
                error.hint = f"a static program cannot take the project's own shared library: add `-- {asking}`"
            raise
        context.commands.succeeds([cmake, "--install", build], cwd=context.work, environment=environment)
        return files_installed(stage, PREFIX, build, context.artifacts)


def _asking_for_shared(build: Path) -> str:
    """Return the arguments that turn the project's own options for shared libraries off (CMakeCache.txt has them)."""
    cache = read_head(build / "CMakeCache.txt", LARGEST_CACHE).decode(errors="replace")
    return " ".join(f"-D{name}=OFF" for name in _SHARED.findall(cache))


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
