"""What `explain` says of builds and runs that failed, for the verbs that make them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from everylinux.errors import InputOutputError, UsageError
from everylinux.wording import together

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.evidence import Build, Diagnosis, ProposedFix, Run
    from everylinux.toolchains.sysroot.folder import SysrootSource

# The build of a fix that is a build of ours as it is.
OWN_BUILD = "everylinux build"
# Causes whose fixes bring a library to this machine; a culprit of theirs may be a library's name, a header, a sentence.
FOR_THIS_MACHINE = ("dev-package-missing", "zig-no-system-libs")
_LIBRARY = re.compile(r"[A-Za-z][\w+-]{1,60}(?:\.[\w+-]{1,20})?(?<!\.h)")
# With this flag a hint says how the target gets a library.
SYSROOT = "--sysroot"
TARGET = "--target"


def explained(builds: Iterable[Build], given: SysrootSource | None) -> tuple[Build, ...]:
    """Return the builds, which had this sysroot, each that failed with the diagnoses of its log."""
    return tuple(_explained(build, given) if build.status == "failed" and build.log else build for build in builds)


def explained_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return the runs, each that failed with the diagnoses of its reasons, or of what it printed."""
    return tuple(_explained_run(run) for run in runs)


def _explained(build: Build, given: SysrootSource | None) -> Build:
    from everylinux.builders.autoconf import RUNS_TESTS

    if RUNS_TESTS in build.hint:  # what it then lacks is a consequence
        return build
    project = Path(build.project)
    for folder in (project if project.is_dir() else None, None):
        try:
            diagnoses = _diagnoses(Path(build.log), folder)
            build = replace(build, hint=_with_libraries(build, diagnoses, given))
            return replace(build, diagnoses=tuple(replace(each, fixes=_helping(each, build)) for each in diagnoses))
        except UsageError:  # a cause that the project brings is not understood: the others still are
            continue
        except (InputOutputError, OSError):  # what was to be told is told by the build's own problem
            break
    return build


def _with_libraries(build: Build, diagnoses: Iterable[Diagnosis], given: SysrootSource | None) -> str:
    """Return the hint of a build with what brings a library that only its log tells of."""
    culprits = (each.culprit for each in diagnoses if each.cause in FOR_THIS_MACHINE)
    missing = [name for name in culprits if _LIBRARY.fullmatch(name)]
    if not missing or SYSROOT in build.hint:
        return build.hint
    from everylinux.builders.libraries import library_hint
    from everylinux.spelling import parse_targets

    (target,) = parse_targets(build.target)
    return together(*(library_hint(name, target, given) for name in missing), build.hint)


def _helping(diagnosis: Diagnosis, build: Build) -> tuple[ProposedFix, ...]:
    """Return the fixes that help a build of our own.

    The same build again does not; nor does a library for this machine where the build says how its target gets one, nor
    another target than the one that it names.
    """
    from everylinux.builders.libraries import OF_GCC

    if diagnosis.cause in FOR_THIS_MACHINE and (SYSROOT in build.hint or OF_GCC in build.hint):
        return ()
    names_target = f"{TARGET} " in build.hint
    return tuple(
        fix
        for fix in diagnosis.fixes
        if fix.build != OWN_BUILD and not (names_target and fix.build.startswith(f"{OWN_BUILD} {TARGET} "))
    )


def _diagnoses(log: Path, project: Path | None) -> tuple[Diagnosis, ...]:
    from everylinux.diagnosis import explain

    with log.open("rb") as stream:
        return explain(stream, project=project).diagnoses


def _explained_run(run: Run) -> Run:
    if run.verdict == "ok" and run.smoke is None and not run.host_runs:
        return run
    from everylinux.diagnosis.runs import explain_run

    return replace(run, diagnoses=explain_run(run))
