"""Building the wheel of a published package for one target, and whether the Pythons of that system can use it."""

from __future__ import annotations

import fnmatch
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.errors import EverylinuxError
from everylinux.evidence import BuildReport
from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.sandbox.interface import Mount
from everylinux.target import OF_MODULES
from musl_python import RELEASE, make_musl_python
from roots import make_root
from sdists.inputs import inputs, published_package, pure_packages, source_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import Build
    from everylinux.target import Target

# `refused`: the judge said why no such wheel is neutral; `lacks`: it needs a library of the target, and the error says
# what brings that; `skipped`: something that a trial needs is missing here.
Outcome = Literal["passed", "refused", "lacks", "failed", "skipped"]
USE = Path(__file__).with_name("use.py")
SECONDS_FOR_A_BUILD, SECONDS_FOR_A_RUN, SECONDS_FOR_AN_ANSWER = 3600, 1800, 120
NOT_FOR_BOTH = ("cannot be neutral: ", "does not stand alone: ")
CURE = "--sysroot"
DEBIAN, NEWER_DEBIAN = "bookworm", "trixie"
# What is asked of an index for the roots that wheels are used in (PEP 600, PEP 656).
PLATFORMS = {"gnu": ("manylinux_2_28_{}", "manylinux_2_17_{}"), "musl": ("musllinux_1_2_{}",)}
# How the line of `use.py` begins: what a module prints itself may come after it.
ANSWER = '{"imported"'
# Where a wheel keeps libraries that are no modules: what repaired it brought, and what goes beside Python (PEP 427).
_BESIDE = re.compile(r"\.libs/|\.data/data/")

# What the CPython built for musl has not: it is there with OpenSSL only.
_NOT_IN_OURS = re.compile(r"No module named '(?:_hashlib|_ssl)'")


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """One package for one target.

    ``modules`` were imported on each libc, ``tests`` of its own suite passed on each. Times are seconds.
    """

    package: str
    target: str
    outcome: Outcome
    wheel: str = ""
    seconds: float = 0.0
    modules: int = 0
    tests: int = 0
    cause: str = ""


class Used(msgspec.Struct, frozen=True):
    """What `use.py` prints."""

    imported: int
    passed: int
    failed: tuple[str, ...]


def try_package(name: str, targets: Sequence[Target], out: Path) -> list[Trial]:
    """Build the wheels of one package with one command, use each where it belongs, and return how each does.

    ``out`` gets a folder for each package; what others import of it is looked for there.
    """
    try:
        source = source_folder(name)
    except EverylinuxError as error:
        return [_trial(name, target, "skipped", cause=f"{error.message}; {error.hint}") for target in targets]
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        command = [sys.executable, "-m", "everylinux", "build", str(source), "--python", RELEASE, "--quiet"]
        command += ["--target", ",".join(target.name for target in targets), "--out", str(out / name)]
        command += ["--output", f"json={report.name}"]
        arguments = inputs()[name].arguments
        done = subprocess.run(
            [*command, *(["--", *arguments] if arguments else [])],
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS_FOR_A_BUILD * len(targets),
        )
        content = Path(report.name).read_bytes()
    if not content:
        cause = f"exit {done.returncode}: {done.stderr.strip()[-500:]}"
        return [_trial(name, target, "failed", cause=cause) for target in targets]
    found = {build.target: build for build in msgspec.json.decode(content, type=BuildReport).builds}
    trials = []
    for target in targets:
        build = found[target.name]
        if build.status == "failed":
            trials.append(_not_built(name, target, build))
            continue
        (wheel,) = (Path(file.path) for file in build.files)
        trials.append(use_wheel(name, target, wheel, out, seconds=build.seconds))
    return trials


def _not_built(name: str, target: Target, build: Build) -> Trial:
    problem, hint = build.problem or "", build.hint or ""
    if any(words in problem for words in NOT_FOR_BOTH):
        return _trial(name, target, "refused", cause=problem)
    if CURE in hint:
        return _trial(name, target, "lacks", cause=f"{problem}; {hint.partition('; the whole output')[0]}")
    return _trial(name, target, "failed", cause=problem)


def use_wheel(name: str, target: Target, wheel: Path, out: Path, *, seconds: float = 0.0) -> Trial:
    """Import every module of a wheel and run the package's own tests, on each libc that the wheel is for."""
    trial = _trial(name, target, "passed", wheel=wheel.name, seconds=seconds)
    try:
        used = [_used(name, target, libc, wheel, out) for libc in libcs(target)]
    except EverylinuxError as error:
        return msgspec.structs.replace(trial, outcome="skipped", cause=f"{error.message}; {error.hint}")
    except NotUsableError as error:
        return msgspec.structs.replace(trial, outcome="failed", cause=str(error))
    problem = _tag_problem(wheel, target)
    return msgspec.structs.replace(
        trial,
        outcome="failed" if problem else "passed",
        modules=min(each.imported for each in used),
        tests=min(each.passed for each in used),
        cause=problem,
    )


def libcs(target: Target) -> tuple[str, ...]:
    """Return the libcs of the Pythons that take wheels for a target."""
    return ("gnu", "musl") if target.libc in OF_MODULES else (target.libc,)


class NotUsableError(Exception):
    """A wheel that was built does not do in a Python what it should."""


def _used(name: str, target: Target, libc: str, wheel: Path, out: Path) -> Used:
    """Use one wheel in one Python; raises `NotUsableError` where a module cannot be imported or a test fails."""
    root, program = python_root(target, libc)
    pinned = inputs()[name]
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        mounts = [
            Mount(_unpacked(wheel, place / name), "/wheel"),
            Mount(pure_packages(), "/pure"),
            Mount(USE, "/use.py"),
        ]
        folders = ["/wheel", "/pure"]
        for other in pinned.beside:
            beside = _wheel_of(other, target, out)
            mounts.append(Mount(_unpacked(beside, place / other), f"/beside/{other}"))
            folders.append(f"/beside/{other}")
        if pinned.published and libc == "musl":
            mounts.append(_newer_musl(target))
        for other in pinned.published:
            platforms = [tag.format(target.cpu.name) for tag in PLATFORMS[libc]]
            published = published_package(other, platforms, RELEASE)
            mounts.append(Mount(published, f"/published/{other}"))
            folders.append(f"/published/{other}")
        tests = list(pinned.suite.arguments) if pinned.suite else []
        if pinned.suite and pinned.suite.folder:
            source = source_folder(name) / pinned.suite.folder
            mounts.append(Mount(source, f"/suite/{source.name}"))
            tests.append(f"/suite/{source.name}")
        left = [fnmatch.filter(modules_of(wheel), pattern) for pattern in pinned.leave]
        modules = ",".join(each for each in modules_of(wheel) if not any(each in names for names in left))
        (image,) = open_images([f"dir:{root}"])
        request = ProveRequest(
            path=root / program,
            image=image,
            arguments=("-B", "/use.py", ":".join(folders), modules, *tests),
            mounts=tuple(mounts),
            timeout=SECONDS_FOR_A_RUN,
        )
        run = prove_file(request)
    lines = run.stdout.strip().splitlines()
    answer = next((line for line in reversed(lines) if line.startswith(ANSWER)), None)
    if run.exit != 0 or answer is None:
        said = (run.stderr.strip().splitlines() or lines or ["it says nothing"])[-1]
        if cannot_tell(libc, said):
            return Used(0, 0, ())
        raise NotUsableError(f"on {libc}: {f'{run.signal}; ' if run.signal else ''}{said}")
    used = msgspec.json.decode(answer, type=Used)
    if used.failed and all(cannot_tell(libc, each) for each in used.failed):
        return Used(used.imported, 0, ())
    if used.failed:
        raise NotUsableError(f"on {libc}: {used.passed} tests pass, {len(used.failed)} fail: {used.failed[0]}")
    return used


def _newer_musl(target: Target) -> Mount:
    """Return Debian's newer musl in the place of a root's own.

    NumPy's and SciPy's wheels bring libraries with packed relocations, which musl before 1.2.4 does not understand: its
    loader leaves them out, and the first call in such a library ends the process. `check` says so of these wheels.
    """
    newer = make_root(f"alpine-like-{NEWER_DEBIAN}-{target.cpu.debian}")
    (library,) = newer.glob("usr/lib/*/libc.so")
    return Mount(library, f"/{library.relative_to(newer)}")


def cannot_tell(libc: str, said: str) -> bool:
    """Return whether a wheel was not tried on a libc since the Python there lacks a module of its own."""
    return libc == "musl" and bool(_NOT_IN_OURS.search(said))


def python_root(target: Target, libc: str) -> tuple[Path, str]:
    """Return the root with a Python for a target's CPU on one libc, and where its program lies."""
    if libc == "musl":
        return make_musl_python(target.cpu.name), f"usr/local/bin/python{RELEASE}"
    return make_root(f"python-{DEBIAN}-{target.cpu.debian}"), f"usr/bin/python{RELEASE}"


def modules_of(wheel: Path) -> list[str]:
    """Return the names of what was compiled in a wheel, as they are imported: a package is its own module."""
    with zipfile.ZipFile(wheel) as archive:
        names = [Path(name) for name in archive.namelist() if name.endswith(".so") and not _BESIDE.search(name)]
    dotted = (".".join([*path.parent.parts, path.name.partition(".")[0]]) for path in names)
    return sorted(name.removesuffix(".__init__") for name in dotted)


def _wheel_of(name: str, target: Target, out: Path) -> Path:
    """Return the wheel of another package for the same target, built now if it was not."""
    found = {trial.target: trial.wheel for trial in try_package(name, [target], out)}
    if not found[target.name]:
        raise NotUsableError(f"{name}, which it imports, has no wheel")
    return out / name / found[target.name]


def _tag_problem(wheel: Path, target: Target) -> str:
    """Return what auditwheel says against the tag of a wheel for glibc."""
    if target.libc != "gnu" or "-none-any" in wheel.name:
        return ""
    command = [sys.executable, "-m", "auditwheel", "show", str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_FOR_AN_ANSWER)
    said = " ".join(done.stdout.split())
    tags = wheel.stem.rpartition("-")[2].split(".")
    return "" if any(f'"{tag}"' in said for tag in tags) else f"auditwheel says: {said[:300] or done.stderr[-300:]}"


def _unpacked(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _trial(name: str, target: Target, outcome: Outcome, **values: object) -> Trial:
    return msgspec.convert({"package": name, "target": target.name, "outcome": outcome, **values}, Trial)
