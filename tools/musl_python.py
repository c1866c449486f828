"""Make a root file system with a CPython that runs on musl: no archive that answers everywhere has one.

The sources are Debian's upstream tarballs, pinned in ``musl_python.json`` (``update_musl_python.py`` pins them anew);
zig compiles them for the musl of Debian's own package, into a root as in Alpine. What CPython's modules need of other
projects (zlib, bzip2, liblzma, libffi, SQLite) is inside of them; OpenSSL, which takes longer to build than all of it,
is left out. Three minutes and a quarter of a CPU, one of them for the libraries, once: ``python tools/musl_python.py
x86_64`` prints where it lies.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

sys.path.insert(0, str(Path(__file__).parent))

from everylinux.cache import directory_made_whole, locked
from everylinux.errors import BuildFailedError
from everylinux.progress import Progress
from everylinux.spelling import parse_targets
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.python.interpreter import find_interpreters
from everylinux.toolchains.wiring import wire
from everylinux.toolchains.zig import find_zig
from programs.declaration import DebianSource  # noqa: TC001 - msgspec asks for it when it reads
from programs.fetch import source_client, unpack_tarball
from roots.store import development_cache, make_root

if TYPE_CHECKING:
    from everylinux.target import Target
    from everylinux.toolchains.wiring import Wiring

RECIPE = Path(__file__).with_suffix(".json")
RELEASE, MUSL = "3.11", "1.2.3"
# `date-time`: zig stops at __DATE__; position-independent, since the libraries end in shared objects.
FLAGS = "-Wno-error=date-time -O1 -fPIC"
# What configure would find out by running programs, and functions of musl's that are newer than the one it runs on.
ANSWERS = {
    **{f"ac_cv_func_{name}": "no" for name in ("preadv2", "pwritev2")},
    "ac_cv_file__dev_ptmx": "yes",
    "ac_cv_file__dev_ptc": "no",
    "ac_cv_buggy_getaddrinfo": "no",
}
CHOICES = ("--prefix=/usr/local", "--without-ensurepip", "--disable-test-modules")
LEFT_OUT = ("test", "idlelib", "lib2to3", "ensurepip", "tkinter", "turtledemo", "config-*")


class Library(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A library that modules of CPython need.

    ``steps`` build and install it in its source folder; in their words ``{prefix}``, ``{host}``, ``{cc}``, ``{ar}``,
    ``{ranlib}``, ``{flags}`` and ``{jobs}`` stand for what the build knows.
    """

    source: DebianSource
    steps: tuple[tuple[str, ...], ...]


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``musl_python.json``; ``suite`` is the Debian suite whose index lists the tarballs."""

    date: str
    source: str
    suite: str
    python: DebianSource
    libraries: tuple[Library, ...]


@functools.cache
def recipe() -> Recipe:
    """Return what the Python is made of."""
    return msgspec.json.decode(RECIPE.read_bytes(), type=Recipe)


def make_musl_python(cpu: str) -> Path:
    """Return the root with a Python for a CPU, made if it is not there yet.

    Raises `ToolMissingError` without a Python of the same release on this machine, which the build needs,
    `BuildFailedError` with the log's place when the build fails.
    """
    target = _target(cpu)
    base = make_root(f"alpine-like-{recipe().suite}-{target.debian}")
    path = _place(cpu)
    with locked(path):
        if not path.exists():
            with directory_made_whole(path) as root:
                shutil.copytree(base, root, symlinks=True, dirs_exist_ok=True)
                _install(cpu, root)
    return path


def _target(cpu: str) -> Target:
    return parse_targets(f"{cpu}-linux-musl.{MUSL}")[0]


def _place(cpu: str) -> Path:
    """Return where the root lies: another recipe's lies elsewhere."""
    parts = (recipe().suite, recipe().python, recipe().libraries, FLAGS, ANSWERS, CHOICES, LEFT_OUT)
    made_of = hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:12]
    return development_cache() / "roots" / f"python{RELEASE}-musl-{cpu}-{made_of}"


def path_of_log(cpu: str) -> Path:
    """Return where the output of a build is kept."""
    return _place(cpu).parent / f"{_place(cpu).name}.log"


def _install(cpu: str, root: Path) -> None:
    """Build the libraries, then configure, build and install Python, in a folder that is gone afterwards."""
    (python,) = find_interpreters((RELEASE,))
    with (
        tempfile.TemporaryDirectory(dir=development_cache(), prefix="musl-python-") as name,
        path_of_log(cpu).open("wb") as log,
    ):
        folder = Path(name)
        zig = find_zig()
        target = _target(cpu)
        wiring = wire(folder / "toolchain", target, zig, native_program(zig, Progress(quiet=True)), None)
        environment = wiring.environment({"CFLAGS": FLAGS, "READELF": shutil.which("readelf") or "readelf", **ANSWERS})
        prefix = folder / "libraries"
        for library in recipe().libraries:
            source = _unpacked(library.source, folder)
            known = _known(wiring, prefix)
            for step in library.steps:
                _run([word.format_map(known) for word in step], source, environment, log)
        environment |= {"CPPFLAGS": f"-I{prefix}/include", "LDFLAGS": f"-L{prefix}/lib"}
        build = folder / "build"
        build.mkdir()
        configure = str(_unpacked(recipe().python, folder) / "configure")
        # configure takes the libc from the name of the building machine (CPython issue 95855).
        names = [f"--host={target.autoconf}", "--build=x86_64-pc-linux-musl", f"--with-build-python={python.path}"]
        _run([configure, *names, *CHOICES], build, environment, log)
        _run(["make", f"-j{os.cpu_count()}"], build, environment, log)
        _run(["make", "install", f"DESTDIR={root}"], build, environment, log)
    for pattern in LEFT_OUT:
        for unused in (root / f"usr/local/lib/python{RELEASE}").glob(pattern):
            shutil.rmtree(unused)


def _known(wiring: Wiring, prefix: Path) -> dict[str, str]:
    """Return what stands for the names in a library's steps."""
    return {
        "prefix": str(prefix),
        "host": wiring.target.autoconf,
        **{name: str(wiring.command(name)) for name in ("cc", "ar", "ranlib")},
        "flags": FLAGS,
        "jobs": f"-j{os.cpu_count()}",
    }


def _unpacked(source: DebianSource, folder: Path) -> Path:
    """Return the folder of a tarball's content, below ``folder``."""
    path = folder / "sources" / source.package
    unpack_tarball(source_client(recipe().suite).download_tarball(source), path)
    return path


def _run(command: list[str], folder: Path, environment: dict[str, str], log: BinaryIO) -> None:
    """Run one step; raises `BuildFailedError` when it fails."""
    done = subprocess.run(command, check=False, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise BuildFailedError(f"CPython for musl was not built: {command[0]}", hint=f"the output is in {log.name}")


if __name__ == "__main__":
    for named in sys.argv[1:] or ["x86_64"]:
        print(make_musl_python(named))
