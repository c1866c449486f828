"""The gallery of real failures, ``tests/failures/cases``: run cases for real, and record their logs.

``failures.py record [CASE...]`` runs the cases (all without a name) and writes their ``log.txt``. What is expected
stands in ``case.toml`` and is written by hand, from what the command is known to do wrong.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import msgspec

CASES = Path(__file__).resolve().parent.parent / "tests" / "failures" / "cases"
SECONDS = 600
# What differs from machine to machine, and addresses of registries, which have no place in a repository.
MASKS = (
    (re.compile(r"/tmp/cc\w{6}(?=\.|-)"), "/tmp/cc"),  # noqa: S108 - GCC's name, read in its output
    (re.compile(r"https?://[\w.\-]*(?:crates\.io|pypi\.org|pythonhosted\.org|golang\.org)[^`'\"\s]*"), "REGISTRY"),
    (re.compile(r"\bcrates\.io\b"), "registry"),
    (re.compile(r"\S*/registry/src/[^/\s]+"), "/registry"),
    (re.compile(r"Looking in (?:links|indexes): .*\n"), ""),
)


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One failure: the command in the project's folder, and what `explain` has to say of its output.

    ``evidence`` is in the line that tells, ``tools`` are the programs without which it fails otherwise. ``fix`` is the
    title of the cause's fix that cures it. ``cured`` is written only where the fix is one for the machine or for a
    person: the command as it is after it, run in the same project (a tool is installed: with it in PATH again).
    """

    command: str
    evidence: str
    tools: tuple[str, ...]
    outcome: str = "failed"
    cause: str = ""
    culprit: str = ""
    network: bool = False
    fix: str = ""
    cured: str = ""


def read_case(folder: Path) -> Case:
    """Return what stands in ``case.toml``."""
    return msgspec.convert(tomllib.loads((folder / "case.toml").read_text()), Case)


def missing_tools(case: Case) -> list[str]:
    """Return the tools of a case that this machine lacks."""
    return [tool for tool in case.tools if shutil.which(tool, path=_path()) is None]


def run(folder: Path) -> str:
    """Run one case in a copy of its project and return its output, masked."""
    with tempfile.TemporaryDirectory(prefix="case-") as name:
        project = Path(name)
        if (folder / "project").is_dir():
            shutil.copytree(folder / "project", project, dirs_exist_ok=True)
        environment = {**os.environ, "PATH": _path(), "LC_ALL": "C.UTF-8", "TERM": "dumb", "GOTOOLCHAIN": "local"}
        environment |= {"GOFLAGS": "-mod=mod"}
        for variable in ("CC", "CXX", "CFLAGS", "RUSTFLAGS", "MAKEFLAGS", "VIRTUAL_ENV"):
            environment.pop(variable, None)
        done = subprocess.run(
            ["bash", "-c", read_case(folder).command],
            check=False,
            cwd=project,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
        )
        return _masked(done.stdout.decode(errors="replace").replace(name, "/project"))


def _masked(log: str) -> str:
    log = log.replace(str(Path(sys.prefix)), "/venv").replace(str(Path.home()), "/home/user")
    for pattern, text in MASKS:
        log = pattern.sub(text, log)
    return log


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def main() -> int:
    """Record the logs of cases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["record"])
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    for folder in sorted(CASES.iterdir()):
        if arguments.names and folder.name not in arguments.names:
            continue
        missing = missing_tools(read_case(folder))
        if missing:
            print(f"{folder.name}: not recorded, {', '.join(missing)} missing")
            continue
        (folder / "log.txt").write_text(run(folder))
        print(f"{folder.name}: recorded")
    return 0


if __name__ == "__main__":
    sys.exit(main())
