"""Build wheels by the command, and use what is in them in the Pythons of other systems, on glibc and on musl."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import msgspec
import pytest

from everylinux.elf.neutral import libc_family
from everylinux.evidence import Build, BuildReport
from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.sandbox.interface import Mount
from everylinux.toolchains.find import find
from musl_python import RELEASE, make_musl_python
from roots import make_root

SAMPLES = Path(__file__).parent / "extensions"
SECONDS = 900
# An image's Python, and where its program lies.
GLIBC_ROOTS = {"x86_64": "python-bookworm-amd64", "aarch64": "python-bookworm-arm64", "s390x": "python-bookworm-s390x"}
# Debian's next release: its Python, and the libc that Python programs of the release before run on, too.
NEWER_ROOTS = {cpu: name.replace("bookworm", "trixie") for cpu, name in GLIBC_ROOTS.items()}
NEWER_RELEASE = "3.13"
NEEDS_ROOTS = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the roots with Pythons are for x86-64 first"),
    pytest.mark.usefixtures("the_release_of_the_roots"),
]


def build(project: Path, out: Path, *arguments: str) -> tuple[int, list[Build]]:
    command = [sys.executable, "-m", "everylinux", "build", str(project), "--out", str(out), "--python", RELEASE]
    done = subprocess.run(
        [*command, "-o", "json", *arguments], check=False, capture_output=True, text=True, timeout=SECONDS
    )
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    return done.returncode, list(msgspec.json.decode(done.stdout, type=BuildReport).builds)


def wheels(project: Path, out: Path, targets: str, *arguments: str) -> list[Path]:
    """Build a project; one wheel for each target, in their order."""
    code, builds = build(project, out, "--target", targets, *arguments)
    assert code == 0, [one.problem for one in builds]
    return [Path(file.path) for one in builds for file in one.files]


def unpacked(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def on_glibc(cpu: str, folder: Path, exercise: str, *arguments: str) -> None:
    """Have Debian's Python run one of the samples' exercises: all has to be right."""
    _used(make_root(GLIBC_ROOTS[cpu]), f"usr/bin/python{RELEASE}", folder, exercise, arguments)


def on_newer_glibc(cpu: str, folder: Path, exercise: str, *arguments: str) -> None:
    """Have the same Python do it on the next Debian's glibc: its libraries lie in the place of the older ones."""
    older, newer = make_root(GLIBC_ROOTS[cpu]), make_root(NEWER_ROOTS[cpu])
    (place,) = {path.parent.relative_to(newer) for path in newer.glob("usr/lib/*/libc.so.6")}
    names = [name for name in sorted(libc_family().libraries) if (older / place / name).exists()]
    libraries = tuple(Mount(newer / place / name, f"/{place}/{name}") for name in names)
    _used(older, f"usr/bin/python{RELEASE}", folder, exercise, arguments, *libraries)


def on_newer_python(cpu: str, folder: Path, exercise: str, *arguments: str) -> None:
    """Have the next Debian's own Python do it."""
    _used(make_root(NEWER_ROOTS[cpu]), f"usr/bin/python{NEWER_RELEASE}", folder, exercise, arguments)


def on_musl(cpu: str, folder: Path, exercise: str, *arguments: str) -> None:
    """Have a Python built for musl do the same."""
    _used(make_musl_python(cpu), f"usr/local/bin/python{RELEASE}", folder, exercise, arguments)


def _used(root: Path, program: str, folder: Path, exercise: str, more: tuple[str, ...], *libraries: Mount) -> None:
    for name in (exercise, "answers.py"):
        shutil.copyfile(SAMPLES / name, folder / name)
    (image,) = open_images([f"dir:{root}"])
    arguments = ("-B", f"/sample/{exercise}", "/sample", *more)
    request = ProveRequest(
        path=root / program,
        image=image,
        arguments=arguments,
        mounts=(Mount(folder, "/sample"), *libraries),
        timeout=SECONDS,
    )
    run = prove_file(request)
    assert (run.exit, run.stdout.split()[:2]) == (0, ["all", "right"]), f"{run.signal} {run.stdout} {run.stderr}"
