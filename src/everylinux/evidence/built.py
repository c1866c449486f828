"""What `build` made, and the advice for what it could not make."""

from __future__ import annotations

from typing import Literal

from everylinux.evidence.explained import Diagnosis
from everylinux.evidence.record import Record

BuildStatus = Literal["built", "unchanged", "failed", "advised"]


class BuiltFile(Record, frozen=True, kw_only=True):
    """One file that a build left, and its digest."""

    path: str
    sha256: str


class Advice(Record, frozen=True, kw_only=True):
    """What the build of one dependency asks for, and the change in the project that does away with what is missing.

    ``crate`` and ``version`` name it, ``path`` are the packages that pull it in, from a member of the project to it.
    ``needs`` is all that its build wants on this target, ``missing`` the part that is not there; without any it builds
    as it is. The change turns on ``feature`` (and leaves out ``without``) of ``dependency``, a direct dependency of the
    package whose manifest is ``manifest``; ``change`` says it in one sentence, and stands alone where no feature cures
    it. ``verified``: the same build passed with the change.
    """

    crate: str
    version: str = ""
    needs: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    dependency: str = ""
    feature: str = ""
    without: tuple[str, ...] = ()
    manifest: str = ""
    change: str = ""
    verified: bool = False


class Build(Record, frozen=True, kw_only=True):
    """One project built for one target; only looked at when ``status`` is ``advised``.

    ``log`` is the path of the whole build log. ``toolchain`` maps a tool to its version. ``problem`` is one
    sentence about what went wrong when ``status`` is ``failed``; ``hint`` is what to do about it; ``exit_code``
    is that failure's (5 the build, 4 a tool, 7 the disk). ``diagnoses`` are what the log of a failed build says, as
    `explain` tells it.
    """

    target: str
    project: str
    kind: str
    status: BuildStatus
    files: tuple[BuiltFile, ...] = ()
    log: str = ""
    seconds: float = 0.0
    toolchain: dict[str, str] = {}
    advice: tuple[Advice, ...] = ()
    problem: str = ""
    hint: str = ""
    exit_code: int = 0
    diagnoses: tuple[Diagnosis, ...] = ()


class BuildReport(Record, frozen=True, kw_only=True):
    """What `build` made."""

    schema: Literal["everylinux.build/1"] = "everylinux.build/1"
    builds: tuple[Build, ...] = ()
