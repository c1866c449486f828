"""Environments with what a project's build requires: made once for each Python and each set of requirements.

They are virtual environments on this machine's CPU (PEP 518: what `build-system.requires` names); the target is told
by variables when the build runs in them.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory, locked
from everylinux.errors import BuildFailedError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext
    from everylinux.toolchains.python import Interpreter

READY = "ready"
# The environments of builds that nobody runs any more need room, too.
MOST_ENVIRONMENTS = 16


def environment_with(requirements: Sequence[str], interpreter: Interpreter, context: BuildContext) -> Path:
    """Return the Python of an environment that has the requirements.

    Raises `BuildFailedError` where they cannot be installed.
    """
    wanted = sorted(dict.fromkeys(requirements))
    text = "\0".join([str(interpreter.path), interpreter.name, *wanted])
    folder = cache_directory("python-environments") / hashlib.sha256(text.encode()).hexdigest()[:16]
    python = folder / "bin" / "python"
    with locked(folder):
        if not (folder / READY).is_file():
            _forget_the_oldest(folder.parent)
            _make(folder, interpreter, wanted, context)
        (folder / READY).touch()
    return python


def _make(folder: Path, interpreter: Interpreter, wanted: Sequence[str], context: BuildContext) -> None:
    """Make an environment where it will be used: its commands name their own path."""
    shutil.rmtree(folder, ignore_errors=True)
    said = f" with {', '.join(wanted)}" if wanted else ""
    context.progress.say(f"{context.target.name}: making an environment of Python {interpreter.name}{said}")
    # pip builds what has no wheel for this machine: with this machine's compiler.
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_REQUIRE_VIRTUALENV": "0"}
    try:
        context.commands.run(
            [interpreter.path, "-m", "venv", folder],
            cwd=context.work,
            environment=environment,
            step="making an environment",
        )
        if wanted:
            index = ["--no-index"] if context.offline else []
            context.commands.run(
                [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *index, "--", *wanted],
                cwd=context.work,
                environment=environment,
                step="pip install of what the build requires",
            )
    except BuildFailedError as error:
        if context.offline:
            raise BuildFailedError(
                error.message, hint="without --offline pip asks its index; PIP_FIND_LINKS names folders with wheels"
            ) from error
        raise


def _forget_the_oldest(parent: Path) -> None:
    """Remove the environments that were used longest ago; one that is being made or used has no such time yet."""
    used = sorted(parent.glob(f"*/{READY}"), key=lambda path: path.stat().st_mtime)
    for ready in used[: max(0, len(used) - MOST_ENVIRONMENTS + 1)]:
        with locked(ready.parent):
            shutil.rmtree(ready.parent, ignore_errors=True)
