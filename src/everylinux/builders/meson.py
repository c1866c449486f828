"""Meson projects: configured out of source with a cross file, built with Ninja, installed into a stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.builders.artifacts import files_installed
from everylinux.builders.scratch import copy_project
from everylinux.toolchains.find import require, versions
from everylinux.toolchains.meson import cross_file
from everylinux.toolchains.wiring import OWN_CODE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import Artifact, BuildContext, Builder
    from everylinux.toolchains.runtime import Replaced

PREFIX = "/usr/local"
SUBPROJECTS = "subprojects"


class MesonBuilder:
    """``meson setup``, ``meson compile``, ``meson install`` into a stage."""

    kind = "meson"
    in_source = False
    compiles_c = True
    replaced: Replaced = "whole"
    takes_turns = False
    own_folder = True

    def recognises(self, folder: Path) -> str | None:
        """Return ``meson.build``."""
        return "meson.build" if (folder / "meson.build").is_file() else None

    def tools(self, folder: Path) -> dict[str, str]:
        """Return what is needed besides zig."""
        del folder
        return versions("meson", "ninja")

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Configure, build, install; what is installed comes out, or what the build left when nothing is."""
        meson = require("meson")
        build, stage = context.work / "build", context.work / "stage"
        source = context.source
        if _has_subprojects(source):
            source = copy_project(context.project, context.work / "source", without=context.out)
        cross = context.work / "cross.ini"
        cross.write_text(cross_file(context.wiring))
        environment = context.environment({"NINJA": str(require("ninja"))})
        for name in ("CC", "CXX", "AR", "RANLIB", "STRIP", "PKG_CONFIG"):  # the cross file says it; these mean the host
            environment.pop(name, None)
        library = ["--default-library=static"] if context.target.static else []
        context.commands.run(
            [
                *(meson, "setup", build, source, f"--cross-file={cross}", f"--prefix={PREFIX}", "--libdir=lib"),
                *("--buildtype=release", "--wrap-mode=nodownload" if context.offline else "--wrap-mode=default"),
                *library,
                *context.args,
            ],
            cwd=source,  # Meson names files as they are reached from there
            environment=environment,
            step="meson setup",
        )
        context.commands.run(
            [meson, "compile", "-C", build, "-j", str(context.jobs)],
            cwd=context.work,
            environment={**environment, **OWN_CODE},
            step="the build",
        )
        context.commands.succeeds(
            [meson, "install", "-C", build, "--no-rebuild", "--destdir", stage],
            cwd=context.work,
            environment=environment,
        )
        return files_installed(stage, PREFIX, build, context.artifacts)


def _has_subprojects(folder: Path) -> bool:
    """Return whether Meson would write into the source tree.

    It unpacks what wraps name where they lie, and keeps a lock there (``wrap/wrap.py``: ``Resolver``, ``.wraplock``);
    a project may call the folder otherwise (``subproject_dir``).
    """
    return (folder / SUBPROJECTS).is_dir() or any(folder.glob("*/*.wrap"))


BUILDER: Builder = MesonBuilder()
