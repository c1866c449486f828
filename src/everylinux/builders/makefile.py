"""Projects with a Makefile: built in a copy, with the target's tools as make's variables."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from everylinux.builders.artifacts import Snapshot, files_left
from everylinux.builders.verify import problem_of
from everylinux.errors import BuildFailedError
from everylinux.toolchains.find import require, versions
from everylinux.toolchains.wiring import COMMANDS, OWN_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from everylinux.builders.interface import Artifact, BuildContext, Builder
    from everylinux.toolchains.runtime import Replaced

# A variable in what `make -p` prints, behind the line that says that it is from a Makefile.
_DEFINITION = re.compile(r"^# makefile[^\n]*\n(CC|CXX|AR|RANLIB|STRIP|PKG_CONFIG) :{0,3}= (.*)$", re.MULTILINE)
# In make's own order (GNU make manual, Makefile Names).
MAKEFILES = ("GNUmakefile", "makefile", "Makefile")


class MakefileBuilder:
    """``make``, then whatever appeared or changed in the copy.

    There is no installation: a Makefile that does not know ``DESTDIR`` would install into this machine.
    """

    kind = "make"
    in_source = True
    compiles_c = True
    replaced: Replaced = "whole"
    takes_turns = False
    own_folder = True

    def recognises(self, folder: Path) -> str | None:
        """Return the Makefile's name."""
        return next((name for name in MAKEFILES if (folder / name).is_file()), None)

    def tools(self, folder: Path) -> dict[str, str]:
        """Return what is needed besides zig."""
        del folder
        return versions("make")

    def build(self, context: BuildContext) -> Sequence[Artifact]:
        """Run make where every compiler's usual name is the target's, and collect what is new.

        The tools are in the environment, for Makefiles that leave them open, and first on PATH, for those that say
        ``CC = gcc -std=c99`` or ``AR = ar rcu``: a variable of the command line would lose their further words.
        """
        environment = context.environment(OWN_CODE)
        environment["PATH"] = os.pathsep.join([str(context.wiring.folder), environment["PATH"]])
        make = [require("make"), f"-j{context.jobs}"]
        overrides = self._overrides(context, environment)
        before = Snapshot.of(context.source)
        try:
            context.commands.run(
                [*make, *overrides, *context.args], cwd=context.source, environment=environment, step="make"
            )
        except BuildFailedError as error:
            made = () if context.args else self._made(context, before, environment)
            if made:
                named = " ".join(made)
                error.hint = f"make had finished {named} by then: the same command with `-- {named}` makes no more"
            raise
        return files_left(context.source, before, context.artifacts)

    @staticmethod
    def _made(context: BuildContext, before: Snapshot, environment: Mapping[str, str]) -> Sequence[str]:
        """Return the target's programs that were finished when make failed and that make can be asked for by name."""
        try:
            left = files_left(context.source, before, ())
        except BuildFailedError:  # nothing
            return ()
        made = [each.name for each in left if not problem_of(each.path, each.name, context.target)]
        if not made:
            return ()
        ask = [require("make"), "--dry-run", *made]
        return made if context.commands.succeeds(ask, cwd=context.source, environment=environment) else ()

    @staticmethod
    def _overrides(context: BuildContext, environment: Mapping[str, str]) -> list[str]:
        """Return the tools that the Makefile names in a way that neither the environment nor PATH answers.

        That is a compiler of this machine by its path or version (``CC = /usr/bin/gcc-12 -pthread``); its further words
        are kept. Tools that a build makes and runs itself (``HOSTCC = gcc``) need this machine's compiler. What the
        Makefile says is asked of make itself (GNU make manual, Options Summary: ``-p``, ``-q``).
        """
        ask = [str(require("make")), "-pqrR", "--no-print-directory", *context.args, "everylinux-asks-nothing-of-this"]
        database = context.commands.output(ask, cwd=context.source, environment=environment)
        tools = context.wiring.compilers()
        found = [f"{name}={value}" for name, value in tools.items() if name.startswith(("HOST", "BUILD_"))]
        for name, value in _DEFINITION.findall(database):
            words = value.split()
            if name in tools and words and "$" not in value and words[0] not in COMMANDS:
                found.append(f"{name}={' '.join([tools[name], *words[1:]])}")
        return found


BUILDER: Builder = MakefileBuilder()
