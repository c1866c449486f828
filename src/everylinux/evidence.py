"""The records that verbs hand on: what was built, judged, run, and whether the answers agree.

Every JSON document starts with ``"schema": "everylinux.VERB/1"``; fields are added, never renamed. Paths are
strings that open from the folder the command was started in. Times are seconds, sizes are bytes.
"""

from __future__ import annotations

from typing import Literal

import msgspec

VerdictWord = Literal["ok", "fails", "unknown"]
BuildStatus = Literal["built", "unchanged", "failed"]
# contract, section 6; the last three come from runs only.
ReasonCode = Literal[
    "exec-format",
    "no-interpreter",
    "missing-library",
    "symbol-version",
    "missing-symbol",
    "abi-mismatch",
    "cpu-isa-level",
    "kernel-too-old",
    "page-size",
    "relr-unsupported",
    "executable-stack",
    "static-tls",
    "not-executable",
    "missing-command",
    "corrupt-file",
    "crashed",
    "timed-out",
    "resource-limit",
]


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records: immutable, built with keywords, serialised by msgspec."""


class AskedBy(Record, frozen=True, kw_only=True):
    """Who asked for a reason's subject: a file, and the symbol in it that forces the need."""

    file: str
    symbol: str | None = None


class Reason(Record, frozen=True, kw_only=True):
    """Why a file does not start: a stable code (contract, section 6) and everything known about it.

    ``message`` is what the loader would say, ``note`` what we know beyond that (where was searched, since which
    release a symbol exists), ``hint`` what cures it, ``link`` a page about it.
    """

    code: str
    subject: str
    message: str
    asked_by: AskedBy | None = None
    note: str = ""
    hint: str = ""
    link: str = ""


class Risk(Record, frozen=True, kw_only=True):
    """Something that lets the file start but may fail later."""

    code: str
    subject: str
    message: str
    hint: str = ""


class Verdict(Record, frozen=True, kw_only=True):
    """Whether one file starts on one platform of one image; the first reason is the loader's first."""

    image: str
    platform: str
    verdict: VerdictWord
    reasons: tuple[Reason, ...] = ()
    risks: tuple[Risk, ...] = ()


class CheckedFile(Record, frozen=True, kw_only=True):
    """What one file is, what it needs, and its verdicts.

    ``kind`` is ``executable``, ``shared-object``, ``static``, ``static-pie``, ``script``, ``object``, ``archive``,
    ``core``, ``foreign`` or ``other``. ``floor`` maps a version family to the newest version needed
    (``{"GLIBC": "2.17", "GLIBCXX": "3.4.21"}``), ``floor_symbols`` the first symbol that forces it.
    """

    path: str
    sha256: str
    kind: str
    arch: str | None
    libc: str | None
    interpreter: str | None
    needed: tuple[str, ...] = ()
    floor: dict[str, str] = {}
    floor_symbols: dict[str, str] = {}
    verdicts: tuple[Verdict, ...] = ()


class CheckReport(Record, frozen=True, kw_only=True):
    """What `check` found."""

    schema: Literal["everylinux.check/1"] = "everylinux.check/1"
    files: tuple[CheckedFile, ...] = ()


class BuiltFile(Record, frozen=True, kw_only=True):
    """One file that a build left, and its digest."""

    path: str
    sha256: str


class Advice(Record, frozen=True, kw_only=True):
    """A dependency to change so that a build becomes possible or portable."""

    crate: str
    needs: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    dependency: str = ""
    feature: str = ""
    verified: bool = False


class Build(Record, frozen=True, kw_only=True):
    """One project built for one target.

    ``log`` is the path of the whole build log. ``toolchain`` maps a tool to its version. ``problem`` is one
    sentence about what went wrong when ``status`` is ``failed``; ``hint`` is what to do about it; ``exit_code``
    is that failure's (5 the build, 4 a tool, 7 the disk).
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


class BuildReport(Record, frozen=True, kw_only=True):
    """What `build` made."""

    schema: Literal["everylinux.build/1"] = "everylinux.build/1"
    builds: tuple[Build, ...] = ()


class Run(Record, frozen=True, kw_only=True):
    """One file executed in one image: a verdict that was measured.

    ``exit`` is the program's own exit status (``None`` when it never ran), ``signal`` the name of the signal that
    ended it. ``stdout`` and ``stderr`` are UTF-8 with replacement, at most the first and last 32 KiB;
    ``truncated`` says whether something was left out. ``emulator`` is its name and version, ``None`` when the
    program ran natively. ``limits`` says which limits held (``{"memory": "cgroup 512 MiB"}``).
    """

    path: str
    sha256: str
    image: str
    platform: str
    verdict: VerdictWord
    exit: int | None = None
    signal: str | None = None
    reasons: tuple[Reason, ...] = ()
    stdout: str = ""
    stderr: str = ""
    truncated: bool = False
    seconds: float = 0.0
    emulator: str | None = None
    limits: dict[str, str] = {}
    command: tuple[str, ...] = ()
    note: str = ""


class ProveReport(Record, frozen=True, kw_only=True):
    """What `prove` saw."""

    schema: Literal["everylinux.prove/1"] = "everylinux.prove/1"
    runs: tuple[Run, ...] = ()


class Cell(Record, frozen=True, kw_only=True):
    """One file on one image: what was predicted, what happened, and whether they agree.

    ``agree`` is ``None`` when either of the two is unknown or absent.
    """

    path: str
    sha256: str
    target: str
    image: str
    platform: str
    check: Verdict
    prove: Run | None
    agree: bool | None


class MatrixReport(Record, frozen=True, kw_only=True):
    """Both answers for every file on every image, with the builds that made the files."""

    schema: Literal["everylinux.matrix/1"] = "everylinux.matrix/1"
    builds: tuple[Build, ...] = ()
    files: tuple[CheckedFile, ...] = ()
    cells: tuple[Cell, ...] = ()


class TargetInfo(Record, frozen=True, kw_only=True):
    """A target and every spelling that names it. ``floors`` is the range a floor may have, oldest to newest."""

    name: str
    spellings: dict[str, tuple[str, ...]]
    floors: tuple[str, str]
    interpreter: str


class TargetReport(Record, frozen=True, kw_only=True):
    """What `target` lists."""

    schema: Literal["everylinux.target/1"] = "everylinux.target/1"
    targets: tuple[TargetInfo, ...] = ()


class ToolStatus(Record, frozen=True, kw_only=True):
    """One tool: where it was found, which version, which verbs need it, and the command that brings it."""

    name: str
    path: str | None
    version: str | None
    needed_for: tuple[str, ...]
    purpose: str
    install: str
    required: bool = False


class DoctorReport(Record, frozen=True, kw_only=True):
    """What `doctor` found on this machine."""

    schema: Literal["everylinux.doctor/1"] = "everylinux.doctor/1"
    machine: dict[str, str] = {}
    tools: tuple[ToolStatus, ...] = ()


class ImageInfo(Record, frozen=True, kw_only=True):
    """One catalogue entry. ``provenance`` is ``measured`` (with ``source``, ``date``) or ``documented``.

    ``releases`` maps what decides most (``glibc``, ``musl``, ``GLIBCXX``) to its release. ``libraries`` maps the path
    of each library of one platform to the newest versions that it defines; only `image show` fills it.
    """

    name: str
    platforms: tuple[str, ...]
    libc: str
    provenance: str
    date: str
    source: str
    libraries: dict[str, str] = {}
    aliases: tuple[str, ...] = ()
    family: str = ""
    digest: str = ""
    note: str = ""
    releases: dict[str, str] = {}


class ImageReport(Record, frozen=True, kw_only=True):
    """What `image` lists or shows."""

    schema: Literal["everylinux.image/1"] = "everylinux.image/1"
    images: tuple[ImageInfo, ...] = ()


Report = BuildReport | CheckReport | ProveReport | MatrixReport | TargetReport | DoctorReport | ImageReport


def same_answer(check: Verdict, run: Run | None) -> bool | None:
    """Return whether prediction and measurement agree; ``None`` when one of them is unknown."""
    if run is None or "unknown" in (check.verdict, run.verdict):
        return None
    return check.verdict == run.verdict
