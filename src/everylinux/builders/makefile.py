"""Projects with a Makefile: built in a copy, with the target's tools as make's variables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import Snapshot, files_left
from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import Artifact, BuildContext, Builder

# In make's own order (GNU make manual, Makefile Names).
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


class MakefileBuilder:
    """``make``, then whatever appeared or changed in the copy.

    There is no installation: a Makefile that does not know ``DESTDIR`` would install into this machine.
    """

    kind = "make"
    in_source = True
    compiles_c = True

    def recognises(self, folder: Path) -> str | None:
        """Return the Makefile's name."""
        return next((name for name in MAKEFILES if (folder / name).is_file()), None)

    def tools(self, folder: Path) -> tuple[str, ...]:
        """Return what is needed besides zig."""
        del folder
        return ("make",)

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Run make with the target's tools and collect what is new.

        The tools are variables of the command line, which win over ``CC = gcc`` in the Makefile; a recipe that calls
        ``gcc`` by name finds the target's first on PATH.
        """
        tools = context.wiring.compilers()
        environment = context.environment()
        environment["PATH"] = os.pathsep.join([str(context.wiring.folder), environment["PATH"]])
        before = Snapshot.of(context.source)
        context.commands.run(
            [
                require("make"),
                f"-j{context.jobs}",
                *(f"{name}={tools[name]}" for name in ("CC", "CXX", "AR", "RANLIB", "STRIP", "PKG_CONFIG")),
                *(f"{name}={value}" for name, value in tools.items() if name.startswith(("HOST", "BUILD_"))),
                *context.args,
            ],
            cwd=context.source,
            environment=environment,
            step="make",
        )
        return files_left(context.source, before, context.artifacts)


BUILDER: Builder = MakefileBuilder()
