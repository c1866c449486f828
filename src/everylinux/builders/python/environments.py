"""Environments with what a project's build requires: made once for each Python and each set of requirements.

They are virtual environments on this machine's CPU (PEP 518: what `build-system.requires` names, and nothing else); the
target is told by variables when the build runs in them.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from everylinux.builders.first_error import first_error
from everylinux.builders.python.installed_headers import ask_the_compiler
from everylinux.cache import cache_directory, locked
from everylinux.errors import BuildFailedError
from everylinux.reading import read_tail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from everylinux.builders.interface import BuildContext
    from everylinux.toolchains.python.interpreter import Interpreter

READY = "ready"
# What making an environment does is part of what it is: a change to it makes them anew.
FORMAT = "3"
# The environments of builds that nobody runs any more need room, too.
MOST_ENVIRONMENTS = 16
# What `python -m venv` brings besides pip, before Python 3.12 (documentation of `venv`): of a release of its own.
BROUGHT = "setuptools"
# How pip begins its own errors.
ERROR = "ERROR: "
# What it says of an index that does not answer, before it goes on as if nothing were there (pip, urllib3's Retry).
UNANSWERED, NOTHING = re.compile(r"after connection broken by '(\w+)"), "(from versions: none)"
READ_BYTES, SHOWN_CHARACTERS = 64 << 10, 300


@contextlib.contextmanager
def environment_with(requirements: Sequence[str], interpreter: Interpreter, context: BuildContext) -> Iterator[Path]:
    """Yield the Python of an environment that has the requirements; nobody removes it meanwhile.

    Raises `BuildFailedError` where they cannot be installed.
    """
    wanted = sorted(dict.fromkeys(requirements))
    text = "\0".join([FORMAT, str(interpreter.path), interpreter.name, *wanted])
    folder = cache_directory("python-environments") / hashlib.sha256(text.encode()).hexdigest()[:16]
    with locked(folder):
        used = held(folder / READY)
        while used is None:
            forget_the_oldest(folder.parent)
            _make(folder, interpreter, wanted, context)
            for packages in folder.glob("lib/python*/site-packages"):
                ask_the_compiler(packages)
            (folder / READY).touch()
            used = held(folder / READY)
    with used:
        yield folder / "bin" / "python"


def held(ready: Path) -> BinaryIO | None:
    """Mark an environment as used now, and hold it until the file is closed; ``None`` where there is none."""
    with contextlib.suppress(FileNotFoundError):
        file = ready.open("rb")
        fcntl.flock(file, fcntl.LOCK_SH)
        if ready.is_file():  # else it was removed while the lock was waited for
            os.utime(ready)
            return file
        file.close()
    return None


def _make(folder: Path, interpreter: Interpreter, wanted: Sequence[str], context: BuildContext) -> None:
    """Make an environment where it will be used: its commands name their own path."""
    shutil.rmtree(folder, ignore_errors=True)
    said = f" with {', '.join(wanted)}" if wanted else ""
    context.progress.say(f"{context.target.name}: making an environment of Python {interpreter.name}{said}")
    # pip builds what has no wheel for this machine: with this machine's compiler.
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_REQUIRE_VIRTUALENV": "0"}
    # It unpacks where temporary files are, and whoever tidies there would take them from it.
    environment["TMPDIR"] = str(context.work)
    pip = [folder / "bin" / "python", "-m", "pip"]
    steps: list[tuple[str, list[object]]] = [("making an environment", [interpreter.path, "-m", "venv", folder])]
    if interpreter.release < (3, 12):
        steps.append(("making an environment", [*pip, "uninstall", "--quiet", "--yes", BROUGHT]))
    if wanted:
        index = ["--no-index"] if context.offline else []
        steps.append(("pip install of what the build requires", [*pip, "install", "--quiet", *index, "--", *wanted]))
    try:
        for step, command in steps:
            explain = partial(_unmet, interpreter, step)
            context.commands.run(command, cwd=context.work, environment=environment, step=step, explain=explain)
    except BuildFailedError as error:
        if context.offline:
            raise BuildFailedError(
                error.message, hint="without --offline pip asks its index; PIP_FIND_LINKS names folders with wheels"
            ) from error
        raise


def _unmet(interpreter: Interpreter, step: str, log: Path, start: int) -> BuildFailedError:
    """Return the error for what pip could not install: it tells first which releases it passed over, last why."""
    output = read_tail(log, start, READ_BYTES).decode(errors="replace")
    told = [line for line in output.splitlines() if line.startswith(ERROR)]
    said = told[-1].removeprefix(ERROR)[:SHOWN_CHARACTERS] if told else first_error(log, start)
    broken = UNANSWERED.search(output) if NOTHING in output else None
    return BuildFailedError(
        f"{step} failed for Python {interpreter.name}: {said or 'it said nothing'}",
        meaning=f"the index did not answer pip ({broken[1]})" if broken else "",
        hint="try again when it does; PIP_FIND_LINKS names folders with wheels" if broken else "",
    )


def forget_the_oldest(parent: Path) -> None:
    """Remove the environments that were used longest ago; one that is being made or used now stays."""
    used = sorted(parent.glob(f"*/{READY}"), key=lambda path: path.stat().st_mtime)
    for ready in used[: max(0, len(used) - MOST_ENVIRONMENTS + 1)]:
        with contextlib.suppress(OSError), ready.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ready.unlink()
            shutil.rmtree(ready.parent, ignore_errors=True)
