"""CPython on this machine: it runs the build of an extension, and its headers are those of the target's.

No Python of the target is needed: what differs there is written by `target`.
"""

from __future__ import annotations

import functools
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from everylinux.errors import ToolMissingError, UsageError

ANSWER_SECONDS = 30
_RELEASE = re.compile(r"3\.\d{1,2}t?")
# Asked of an interpreter: what it is, and how it was configured (sysconfig).
_QUESTION = """
import json, os, sys, sysconfig
variables = {key: value for key, value in sysconfig.get_config_vars().items() if isinstance(value, (str, int))}
print(json.dumps([sys.implementation.name, sys.version_info[:2], getattr(sys, "abiflags", ""), sys.executable,
    sysconfig.get_path("include"), sysconfig.get_path("platinclude"), sysconfig.get_config_h_filename(), variables]))
"""


@dataclass(frozen=True)
class Interpreter:
    """One CPython: ``includes`` are the folders with its headers, ``configuration`` is its pyconfig.h.

    ``variables`` are those of sysconfig, ``flags`` ``t`` for a free-threaded one.
    """

    path: Path
    release: tuple[int, int]
    flags: str
    includes: tuple[Path, ...]
    configuration: Path
    variables: dict[str, str | int]

    @property
    def name(self) -> str:
        """``3.12``, ``3.13t``."""
        return f"{self.release[0]}.{self.release[1]}{self.flags}"

    @property
    def tag(self) -> str:
        """As in the names of extensions and wheels: ``312``, ``313t``."""
        return f"{self.release[0]}{self.release[1]}{self.flags}"


def find_interpreters(asked: tuple[str, ...]) -> tuple[Interpreter, ...]:
    """Return the interpreters that were asked for by release or path, by default the one that runs this.

    Raises `UsageError` for what names no release and no file, `ToolMissingError` for one that this machine lacks.
    """
    return tuple(map(_find, dict.fromkeys(asked))) or (_usable(Path(sys.executable)),)


def _find(asked: str) -> Interpreter:
    if os.sep in asked:
        return _usable(Path(asked))
    if not _RELEASE.fullmatch(asked):
        raise UsageError(f"{asked!r} is no release of Python", hint="use 3.12, or the path of an interpreter")
    for path in _candidates(asked):
        answer = _answer(path)
        if answer is not None and answer.name == asked:
            return _with_headers(answer)
    raise ToolMissingError(
        f"Python {asked} is missing",
        meaning="an extension is built by a Python of the release that it is for, on this machine's CPU",
        hint=f"install it with its headers (apt-get install python{asked}-dev, or pyenv install {asked}),"
        " or name its path with --python; with --limited-api one release serves for all newer ones",
    )


def _candidates(release: str) -> list[Path]:
    """Return where a release may be: this one, on PATH, in pyenv's folder (its commands on PATH choose another)."""
    found = [Path(sys.executable)]
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    found += [Path(path) for folder in folders if (path := shutil.which(f"python{release}", path=folder))]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return found + sorted(pyenv.glob(f"versions/{release.rstrip('t')}.*/bin/python{release}"), reverse=True)


def _usable(path: Path) -> Interpreter:
    answer = _answer(path)
    if answer is None:
        raise UsageError(f"{path} is no CPython", hint="name an interpreter of CPython 3.8 or newer")
    return _with_headers(answer)


def _with_headers(found: Interpreter) -> Interpreter:
    if not any((folder / "Python.h").is_file() for folder in found.includes) or not found.configuration.is_file():
        raise ToolMissingError(
            f"the headers of Python {found.name} are missing",
            meaning=f"{found.path} is there, Python.h is not",
            hint=f"install them: apt-get install python{found.name}-dev",
        )
    return found


@functools.cache
def _answer(path: Path) -> Interpreter | None:
    """Return what an interpreter says of itself; ``None`` for one that does not answer or is no CPython."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", _QUESTION],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=ANSWER_SECONDS,
        )
        kind, release, flags, executable, *rest = json.loads(done.stdout)
        include, platform_include, configuration, variables = rest
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    if kind != "cpython" or tuple(release) < (3, 8):
        return None
    includes = tuple(dict.fromkeys((Path(include), Path(platform_include))))
    return Interpreter(
        Path(executable), tuple(release), "t" if "t" in flags else "", includes, Path(configuration), variables
    )
