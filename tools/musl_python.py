"""Make a root file system with a CPython that runs on musl: no archive that answers everywhere has one.

The source is Debian's upstream tarball, pinned; zig compiles it for the musl of Debian's own package, into a root as in
Alpine. About five minutes of a CPU, once: ``python tools/musl_python.py x86_64`` prints where it lies.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from everylinux.cache import directory_made_whole, locked
from everylinux.errors import BuildFailedError
from everylinux.progress import Progress
from everylinux.spelling import parse_targets
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.python.interpreter import find_interpreters
from everylinux.toolchains.wiring import wire
from everylinux.toolchains.zig import find_zig
from programs.clients import SourceClient
from programs.declaration import DebianSource
from programs.fetch import unpack_tarball
from roots.store import development_cache, make_root

SUITE, RELEASE, MUSL = "bookworm", "3.11", "1.2.3"
SOURCE = DebianSource(
    package="python3.11",
    file="python3.11_3.11.2.orig.tar.gz",
    sha256="2411c74bda5bbcfcddaf4531f66d1adc73f247f529aee981b029513aefdbf849",
)
# What configure would find out by running programs, and functions of musl's that are newer than the one it runs on.
ANSWERS = {
    **{f"ac_cv_func_{name}": "no" for name in ("preadv2", "pwritev2")},
    "ac_cv_file__dev_ptmx": "yes",
    "ac_cv_file__dev_ptc": "no",
    "ac_cv_buggy_getaddrinfo": "no",
}
LEFT_OUT = ("test", "idlelib", "lib2to3", "ensurepip", "tkinter", "turtledemo", "config-*")


def make_musl_python(cpu: str) -> Path:
    """Return the root with a Python for a CPU, made if it is not there yet.

    Raises `ToolMissingError` without a Python of the same release on this machine, which the build needs,
    `BuildFailedError` with the log's place when the build fails.
    """
    target = parse_targets(f"{cpu}-linux-musl.{MUSL}")[0]
    base = make_root(f"alpine-like-{SUITE}-{target.debian}")
    path = development_cache() / "roots" / f"python{RELEASE}-musl-{cpu}"
    with locked(path):
        if not path.exists():
            with directory_made_whole(path) as root:
                shutil.copytree(base, root, symlinks=True, dirs_exist_ok=True)
                _install(cpu, root)
    return path


def _install(cpu: str, root: Path) -> None:
    """Configure, build and install, in a folder that is gone afterwards."""
    (python,) = find_interpreters((RELEASE,))
    client = SourceClient(SUITE, "amd64", development_cache() / "packages" / f"{SUITE}-source")
    with tempfile.TemporaryDirectory(dir=development_cache(), prefix="musl-python-") as name:
        folder = Path(name)
        source, build = folder / "source", folder / "build"
        unpack_tarball(client.download_tarball(SOURCE), source)
        build.mkdir()
        zig = find_zig()
        target = parse_targets(f"{cpu}-linux-musl.{MUSL}")[0]
        wiring = wire(folder / "toolchain", target, zig, native_program(zig, Progress(quiet=True)), None)
        environment = wiring.environment(
            {"CFLAGS": "-Wno-error=date-time -O1", "READELF": shutil.which("readelf") or "readelf", **ANSWERS}
        )
        # configure takes the libc from the name of the building machine (CPython issue 95855).
        names = [f"--host={target.autoconf}", "--build=x86_64-pc-linux-musl", f"--with-build-python={python.path}"]
        choices = ["--prefix=/usr/local", "--without-ensurepip", "--disable-test-modules"]
        steps: list[list[str]] = [
            [str(source / "configure"), *names, *choices],
            ["make", f"-j{os.cpu_count()}"],
            ["make", "install", f"DESTDIR={root}"],
        ]
        log = path_of_log(cpu)
        with log.open("wb") as output:
            for step in steps:
                done = subprocess.run(
                    step, check=False, cwd=build, env=environment, stdout=output, stderr=subprocess.STDOUT
                )
                if done.returncode != 0:
                    raise BuildFailedError(f"CPython for musl on {cpu} was not built", hint=f"the output is in {log}")
    for pattern in LEFT_OUT:
        for unused in (root / f"usr/local/lib/python{RELEASE}").glob(pattern):
            shutil.rmtree(unused)


def path_of_log(cpu: str) -> Path:
    """Return where the output of a build is kept."""
    return development_cache() / "roots" / f"python{RELEASE}-musl-{cpu}.log"


if __name__ == "__main__":
    for named in sys.argv[1:] or ["x86_64"]:
        print(make_musl_python(named))
