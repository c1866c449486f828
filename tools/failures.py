"""The gallery of real failures, ``tests/failures/cases``: run cases for real, and record their logs.

``failures.py record [CASE...]`` runs the cases (all without a name) and writes their ``log.txt``. What is expected
stands in ``case.toml`` and is written by hand, from what the command is known to do wrong.

``failures.py verify [CASE...]`` runs each case that names a fix as ``explain --verify`` does, without it and with it,
and writes into ``data/causes/verified.json`` what made it pass. A case that is named here and names no fix is tried
with each fix of its cause in turn, and nothing of that is written.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import cache_directory, locked, write_atomically
from everylinux.diagnosis import examine
from everylinux.diagnosis.proposals import told
from everylinux.diagnosis.proven import Cured, Instance, Instances
from everylinux.evidence import ProposedFix  # noqa: TC001 - msgspec reads the annotations of Verified
from everylinux.fixes import plans
from everylinux.fixes.trial import Trial, try_fixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DATA = Path(__file__).resolve().parent.parent / "src" / "everylinux" / "data"
CASES = Path(__file__).resolve().parent.parent / "tests" / "failures" / "cases"
SECONDS = 600
# What GNU make hands to the programs that it starts: with it another make says "make[1]" and which folder it enters.
OF_MAKE = ("MAKELEVEL", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKE_TERMOUT", "MAKE_TERMERR")
# A command that is shown beside what becomes of it, in characters.
LONGEST_SHOWN = 320
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

    With ``outcome = "succeeded"`` it is a good build whose log is full of words of failure: none may be told.

    ``evidence`` is in the line that tells, ``tools`` are the programs without which it fails otherwise. ``fix`` is the
    title of the cause's fix that cures it. ``cured`` is written only where the fix is one for the machine or for a
    person: the command as it is after it, run in the same project (a tool is installed: with it in PATH again).
    """

    command: str
    tools: tuple[str, ...]
    evidence: str = ""
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
    with _project(folder) as project:
        done = subprocess.run(
            ["bash", "-c", read_case(folder).command],
            check=False,
            cwd=project,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
        )
        return _masked(done.stdout.decode(errors="replace").replace(str(project), "/project"))


@contextlib.contextmanager
def _project(folder: Path) -> Iterator[Path]:
    """Have a copy of a case's project for as long as it is worked in."""
    with tempfile.TemporaryDirectory(prefix="case-") as name:
        if (folder / "project").is_dir():
            shutil.copytree(folder / "project", name, dirs_exist_ok=True)
        yield Path(name)


def environment() -> dict[str, str]:
    """Return what the cases are run with, whatever the caller has set, be it a makefile."""
    found = {**os.environ, "PATH": _path(), "LC_ALL": "C.UTF-8", "TERM": "dumb", "GOTOOLCHAIN": "local"}
    # One at a time, as what fails first is told.
    found |= {"GOFLAGS": "-mod=mod -p=1"}
    for variable in ("CC", "CXX", "CFLAGS", "RUSTFLAGS", "VIRTUAL_ENV", *OF_MAKE):
        found.pop(variable, None)
    return found


class Verified(msgspec.Struct, frozen=True):
    """What came of a case: the causes of its build as it is, and each fix that was tried, by the title in its file."""

    causes: tuple[str, ...]
    fixes: tuple[tuple[str, ProposedFix], ...]

    @property
    def cured_by(self) -> tuple[str, ...]:
        """The fixes that made it pass."""
        return tuple(title for title, fix in self.fixes if fix.verified)


def verify(folder: Path) -> Verified:
    """Run one case without and with its fix (with each in turn where it names none), as ``explain --verify`` does.

    A case with a ``cured`` command is run with that one instead: its fix is one for the machine or for a person.
    """
    case = read_case(folder)
    with _project(folder) as project:
        trial = Trial(
            project=project,
            build=case.command.strip(),
            network=case.network,
            timeout=SECONDS,
            environment=environment(),
        )
        before = trial.without()
        proposals = [each for group in before.examined.proposals for each in group if each.cause == case.cause]
        wanted = [each for each in proposals if not case.fix or each.fix.title == case.fix]
        if case.cured:
            after = replace(trial, build=case.cured.strip()).without()
            failed = case.cause in before.causes and not before.ran.passed
            fix = told(wanted[0], verified=failed and after.ran.passed, note=after.last) if wanted else None
            return Verified(before.causes, ((case.fix, fix),) if fix else ())
        planned = plans(wanted, project, trial.build)
        tried = try_fixes(trial, planned, case.cause, before=before)
        return Verified(before.causes, tuple(zip((plan.proposal.fix.title for plan in planned), tried, strict=True)))


def note_verified(name: str, cause: str, titles: Iterable[str]) -> None:
    """Write into the data which fixes cured a case; what stood there of it before is replaced."""
    path = DATA / "causes" / "verified.json"
    with locked(cache_directory("failures") / path.name):
        known = msgspec.json.decode(path.read_bytes(), type=Cured)
        found = {each: {title: set(cases) - {name} for title, cases in fixes.items()} for each, fixes in known.items()}
        for title in titles:
            found.setdefault(cause, {}).setdefault(title, set()).add(name)
        kept = {
            each: {title: sorted(cases) for title, cases in sorted(fixes.items()) if cases}
            for each, fixes in sorted(found.items())
        }
        content = msgspec.json.encode({each: fixes for each, fixes in kept.items() if fixes})
        write_atomically(path, msgspec.json.format(content, indent=1) + b"\n")


def instances(verified: Cured) -> Instances:
    """Return what each fix that cured a case changed in the first that shows it; nothing is run."""
    found: Instances = {}
    for cause, titles in verified.items():
        for title, names in titles.items():
            shown = next(filter(None, (_instance(CASES / name, cause, title) for name in names)), None)
            if shown:
                found.setdefault(cause, {})[title] = shown
    return found


def _instance(folder: Path, cause: str, title: str) -> Instance | None:
    """Return what a fix changes in a case; ``None`` where that is nothing, or a command too long to be read."""
    command = read_case(folder).command.strip()
    with _project(folder) as project:
        groups = examine(io.BytesIO((folder / "log.txt").read_bytes()), project=project).proposals
        wanted = [each for group in groups for each in group if (each.cause, each.fix.title) == (cause, title)]
        for plan in plans(wanted, project, command):
            fix = plan.told()
            readable = max(len(command), len(fix.build)) <= LONGEST_SHOWN and "\n" not in command + fix.build
            before, after = (command, fix.build) if fix.build and readable else ("", "")
            if fix.edits or after:
                return Instance(fix.edits, before, after)
    return None


def _masked(log: str) -> str:
    log = log.replace(str(Path(sys.prefix)), "/venv").replace(str(Path.home()), "/home/user")
    for pattern, text in MASKS:
        log = pattern.sub(text, log)
    return log


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _record(folder: Path) -> bool:
    (folder / "log.txt").write_text(run(folder))
    print(f"{folder.name}: recorded")
    return True


def _verify(folder: Path) -> bool:
    """Verify one case and say what came of it; return whether the fix that it names cured it."""
    case = read_case(folder)
    done = verify(folder)
    if case.cause not in done.causes:
        print(f"{folder.name}: NOT TOLD: {', '.join(done.causes) or 'no cause'} in place of {case.cause}")
    for title, fix in done.fixes:
        state = {True: "verified", False: "NOT VERIFIED", None: "not tried"}[fix.verified]
        print(f"{folder.name}: {state}: {title}{f': {fix.note}' if fix.note else ''}")
    if not done.fixes:
        print(f"{folder.name}: no fix{f' is called {case.fix!r}' if case.fix else ''}")
    note_verified(folder.name, case.cause, done.cured_by if case.fix else ())
    return not case.fix or case.fix in done.cured_by


def main() -> int:
    """Record or verify cases; returns 1 where a case is not cured by the fix that it names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["record", "verify"])
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    work = {"record": _record, "verify": _verify}[arguments.what]
    failed = []
    for folder in sorted(CASES.iterdir()):
        case = read_case(folder)
        if folder.name not in arguments.names and (arguments.names or (arguments.what == "verify" and not case.fix)):
            continue
        missing = missing_tools(case)
        if missing:
            print(f"{folder.name}: not run, {', '.join(missing)} missing", flush=True)
        elif not work(folder):
            failed.append(folder.name)
        sys.stdout.flush()
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
