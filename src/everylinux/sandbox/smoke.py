"""Smoke tests of the settings: a run with an expected outcome, and whether that came.

The settings of a cloned repository are hostile input: what they bring into a run lies below their own folder.
"""

from __future__ import annotations

import fnmatch
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from everylinux.errors import UsageError, describe_os_error
from everylinux.evidence import Reason, SmokeResult
from everylinux.sandbox.interface import WORKING_DIRECTORY, Mount
from everylinux.sandbox.pattern import found

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.evidence import Run
    from everylinux.settings import Smoke

FAILED = "smoke-failed"
# Each is a mount of its own.
MOST_FILES = 256


@dataclass(frozen=True, kw_only=True)
class SmokeTest:
    """One ``[[smoke]]``: its number among those of the settings, counted from 1, and what it brings into the run."""

    number: int
    settings: Smoke
    mounts: tuple[Mount, ...] = ()

    @property
    def stdin(self) -> bytes | None:
        """What the program reads."""
        return self.settings.stdin.encode() or None

    def applies_to(self, path: Path) -> bool:
        """Return whether its glob names a file: by its last part, or by as many of the last parts as the glob has."""
        wanted = PurePath(self.settings.file).parts
        parts = path.absolute().parts[-len(wanted) :]
        return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def read_smoke_tests(smokes: Sequence[Smoke], folder: Path) -> tuple[SmokeTest, ...]:
    """Return the tests of the settings that lie in ``folder``.

    Raises `UsageError` for a regular expression that is none, and for a file that is not there or not below the folder.
    """
    tests = []
    for number, smoke in enumerate(smokes, 1):
        if not smoke.file.strip("/"):
            raise UsageError(f"file of [[smoke]] number {number} is empty", hint='file = "*" names every file')
        if any("\0" in argument for argument in smoke.args):
            raise UsageError(f"args of [[smoke]] number {number} hold a NUL character, which no argument can")
        if smoke.stdout is not None:
            found(smoke.stdout, "")
        tests.append(SmokeTest(number=number, settings=smoke, mounts=_brought(smoke.files, folder)))
    return tuple(tests)


def judge(test: SmokeTest, run: Run, *, answered: bool = False) -> SmokeResult:
    """Return whether a run was as its test expects; ``answered`` is whether the port did."""
    reasons = tuple(_failures(test.settings, run, answered=answered)) if run.verdict == "ok" else ()
    smoke = test.settings
    return SmokeResult(
        number=test.number,
        file=smoke.file,
        exit=smoke.exit if smoke.port is None else None,
        stdout=smoke.stdout,
        port=smoke.port,
        passed=None if run.verdict == "unknown" else run.verdict == "ok" and not reasons,
        reasons=reasons,
    )


def _failures(smoke: Smoke, run: Run, *, answered: bool) -> Iterator[Reason]:
    if smoke.port is not None:
        if not answered:
            yield _failure(f"port {smoke.port}", f"port {smoke.port} did not answer: {_ending(run)}")
    elif run.exit != smoke.exit:
        yield _failure("exit", f"it exited {run.exit}, and {smoke.exit} is expected")
    if smoke.stdout is not None:
        seen = found(smoke.stdout, run.stdout)
        if seen is None:
            yield _failure("stdout", f"looking for {smoke.stdout!r} in standard output took too long")
        elif not seen:
            yield _failure("stdout", f"{smoke.stdout!r} does not occur in standard output")


def _ending(run: Run) -> str:
    if run.exit is None:
        return run.note or "it was still running"
    return f"the program exited {run.exit}"


def _failure(subject: str, message: str) -> Reason:
    return Reason(code=FAILED, subject=subject, message=message)


def _brought(names: Sequence[str], folder: Path) -> tuple[Mount, ...]:
    """Return the mounts that show files, and all files of folders, at the same places in the run's folder."""
    top = folder.resolve()
    files: dict[Path, Path] = {}
    for name in names:
        written = PurePath(name)
        if written.is_absolute() or ".." in written.parts or not name or "\0" in name:
            raise UsageError(
                f"{name!r} in files of a [[smoke]] is no path below the folder of the settings",
                hint="files are taken from there only, by relative paths without '..'",
            )
        for path in _regular_files(top / written):
            real = path.resolve()
            if not real.is_relative_to(top):
                raise UsageError(f"{path.relative_to(top)} is a link that leads out of the folder of the settings")
            files[path.relative_to(top)] = real
            if len(files) > MOST_FILES:
                raise UsageError(f"files of a [[smoke]] names more than {MOST_FILES} files")
    return tuple(Mount(real, f"{WORKING_DIRECTORY}/{place}") for place, real in sorted(files.items()))


def _regular_files(path: Path) -> Iterator[Path]:
    """Yield a file, or all regular files below a folder; links to folders in it are not followed."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        raise UsageError(
            f"there is no {path.name}, which files of a [[smoke]] names",
            hint="paths are taken from the folder of the settings",
        ) from error
    except OSError as error:
        raise describe_os_error(error) from error
    if stat.S_ISREG(mode):
        yield path
    elif stat.S_ISDIR(mode):
        for parent, folders, names in os.walk(path):
            folders.sort()
            candidates = (Path(parent, name) for name in sorted(names))
            yield from (file for file in candidates if file.is_file())
    else:
        raise UsageError(f"{path.name} is neither a file nor a folder", hint="files of a [[smoke]] takes these only")
