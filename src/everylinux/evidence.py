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
    "wheel-tag",
    "crashed",
    "timed-out",
    "resource-limit",
    "smoke-failed",
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
    release a symbol exists), ``hint`` what cures it, ``link`` a page about it. ``allowed`` is the written reason of the
    allow-list that accepts it, empty where none does.
    """

    code: str
    subject: str
    message: str
    asked_by: AskedBy | None = None
    note: str = ""
    hint: str = ""
    link: str = ""
    allowed: str = ""


class Risk(Record, frozen=True, kw_only=True):
    """Something that lets the file start but may fail later; ``allowed`` as for a `Reason`."""

    code: str
    subject: str
    message: str
    hint: str = ""
    allowed: str = ""


class FoundLibrary(Record, frozen=True, kw_only=True):
    """Where the loader finds one library of a file's closure.

    ``name`` is what was asked for, ``path`` where it lies (in the image, or beside the file), ``rule`` what led there
    (``RUNPATH of /app/x``, ``the loader's own folders``), ``asked_by`` the file that asked first.
    """

    name: str
    path: str
    rule: str
    asked_by: str


class Verdict(Record, frozen=True, kw_only=True):
    """Whether one file starts on one platform of one image; the first reason is the loader's first.

    ``libraries`` are those that were found, in the order in which the loader loads them.
    """

    image: str
    platform: str
    verdict: VerdictWord
    reasons: tuple[Reason, ...] = ()
    risks: tuple[Risk, ...] = ()
    libraries: tuple[FoundLibrary, ...] = ()


class OpenedLater(Record, frozen=True, kw_only=True):
    """Libraries of which a file may open one while it runs.

    ``declared``: its ``.note.dlopen`` says so, with ``feature`` and ``priority`` as written there; otherwise the names
    were found among its strings.
    """

    sonames: tuple[str, ...]
    feature: str = ""
    priority: str = ""
    declared: bool = False


class PythonUse(Record, frozen=True, kw_only=True):
    """How a Python extension uses CPython's C API.

    ``tag`` is what its file name declares (``abi3``, ``cpython-312``, empty for none). ``stable_since`` is the oldest
    Python whose stable ABI has all symbols that it uses (``3.8``); ``None`` when some are not in the stable ABI at
    all: these are ``outside``; and for PyPy, which has none.
    """

    tag: str
    stable_since: str | None = None
    outside: tuple[str, ...] = ()


class CheckedFile(Record, frozen=True, kw_only=True):
    """What one file is, what it needs, and its verdicts.

    ``kind`` is ``executable``, ``shared-object``, ``static``, ``static-pie``, ``script``, ``object``, ``archive``,
    ``core``, ``foreign`` or ``other``. ``floor`` maps a version family to the newest version needed
    (``{"GLIBC": "2.17", "GLIBCXX": "3.4.21"}``), ``floor_symbols`` the first symbol that forces it.

    ``path`` is what was named; for a file out of a package or an archive it is the archive's, and ``member`` is the
    path inside (``!/`` between archives in archives). ``sha256`` is ``None`` where only facts were asked for. ``host``
    maps a host program (``CPython``, ``Node.js``) to the symbols that are expected from it. ``opens`` are libraries
    that may be opened later, ``python`` how a Python extension uses CPython. ``oldest`` maps each family of the
    catalogue to its oldest release on which the file starts.
    """

    path: str
    sha256: str | None
    kind: str
    arch: str | None
    libc: str | None
    interpreter: str | None
    needed: tuple[str, ...] = ()
    floor: dict[str, str] = {}
    floor_symbols: dict[str, str] = {}
    verdicts: tuple[Verdict, ...] = ()
    member: str = ""
    host: dict[str, tuple[str, ...]] = {}
    opens: tuple[OpenedLater, ...] = ()
    python: PythonUse | None = None
    oldest: dict[str, str] = {}


class Package(Record, frozen=True, kw_only=True):
    """One package or archive that was opened, and whether what it says of itself is true.

    ``path`` and ``member`` name it as those of a `CheckedFile` name a file. ``kind`` is ``wheel``, ``deb``, ``rpm``,
    ``apk``, ``npm``, ``tar``, ``zip`` or ``oci``; ``name``, ``version`` and ``arch`` are what it declares. ``tags`` are
    the platform tags that a wheel declares, ``true_tags`` those that would be true, the most general first; ``truth``
    is whether all that it declares is true (``None``: it declares nothing that can be judged), ``reasons`` why not.
    """

    path: str
    kind: str
    member: str = ""
    name: str = ""
    version: str = ""
    arch: str = ""
    tags: tuple[str, ...] = ()
    true_tags: tuple[str, ...] = ()
    truth: bool | None = None
    reasons: tuple[Reason, ...] = ()


class Skipped(Record, frozen=True, kw_only=True):
    """What was not judged, and why in one sentence; ``count`` files of the same kind share one record.

    ``incomplete``: it might have had to be judged, and could not be read; the answer is not the whole answer.
    """

    path: str
    why: str
    member: str = ""
    count: int = 1
    incomplete: bool = False


class CheckReport(Record, frozen=True, kw_only=True):
    """What `check` found: the files, the packages that they came in, and what was passed over."""

    schema: Literal["everylinux.check/1"] = "everylinux.check/1"
    files: tuple[CheckedFile, ...] = ()
    packages: tuple[Package, ...] = ()
    skipped: tuple[Skipped, ...] = ()


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


class SmokeResult(Record, frozen=True, kw_only=True):
    """Whether a run was as one ``[[smoke]]`` of the settings expects.

    ``number`` is its place among them, counted from 1, ``file`` its glob. ``exit``, ``stdout`` (a regular expression)
    and ``port`` are what was expected, ``None`` where nothing was. ``passed`` is ``None`` where nothing could be run.
    ``reasons`` say what came instead; they are empty where the file did not start: the run's own reasons say why.
    """

    number: int
    file: str
    exit: int | None = None
    stdout: str | None = None
    port: int | None = None
    passed: bool | None = None
    reasons: tuple[Reason, ...] = ()


class Run(Record, frozen=True, kw_only=True):
    """One file executed in one image: a verdict that was measured.

    ``exit`` is the program's own exit status (``None`` when it never ran), ``signal`` the name of the signal that
    ended it. ``stdout`` and ``stderr`` are UTF-8 with replacement, at most the first and last 32 KiB;
    ``truncated`` says whether something was left out. ``emulator`` is its name and version, ``None`` when the
    program ran natively. ``limits`` says which limits held (``{"memory": "cgroup 512 MiB"}``). ``smoke`` is the smoke
    test that the run was made for; it has no part in ``verdict``: what starts and does the wrong thing has started.
    ``image_digest`` (``sha256:…``) is that of the platform's manifest, or of the archive of a root file system; empty
    for a folder.
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
    smoke: SmokeResult | None = None
    image_digest: str = ""


class ProveReport(Record, frozen=True, kw_only=True):
    """What `prove` saw."""

    schema: Literal["everylinux.prove/1"] = "everylinux.prove/1"
    runs: tuple[Run, ...] = ()


class Cell(Record, frozen=True, kw_only=True):
    """One file on one image: what was predicted, what happened, and whether they agree.

    ``agree`` is ``None`` when either of the two is unknown or absent. Of several smoke tests ``prove`` is the run with
    the worst outcome, and ``other_runs`` are the rest.
    """

    path: str
    sha256: str
    target: str
    image: str
    platform: str
    check: Verdict
    prove: Run | None
    agree: bool | None
    other_runs: tuple[Run, ...] = ()


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
