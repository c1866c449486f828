"""The unwinder in modules: right where libraries come and go and threads throw, on each libc; quick where it can be.

glibc is asked for the one object that a frame lies in since 2.35; an older one, and musl, hand out all of them.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux import data
from everylinux.builders.commands import Commands, Running
from everylinux.images import open_images
from everylinux.neutral.constants import headers
from everylinux.neutral.detach import detach
from everylinux.progress import Progress
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.sandbox.interface import Mount
from everylinux.spelling import parse_targets
from everylinux.toolchains.find import find
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.runtime import make_runtime, module_runtime, place_of_runtime
from everylinux.toolchains.wiring import Wiring, wire
from everylinux.toolchains.zig import find_zig
from roots import make_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.target import Target

SOURCES = Path(__file__).parent / "unwinding"
SECONDS = 300
THROWS, ROUNDS = 500, 200
# Where the libraries take turns at one address.
LEAST_AGAIN = ROUNDS // 4
DEBIAN = {
    "x86_64": "amd64",
    "x86": "i386",
    "aarch64": "arm64",
    "arm": "armhf",
    "riscv64": "riscv64",
    "s390x": "s390x",
    "powerpc64le": "ppc64el",
}
# Where C++'s library asks glibc for what takes other numbers on musl, so that no neutral module has it.
SMALL = {"x86", "arm"}
FULL = pytest.mark.full
# The libc that a program is built for, and the root that it runs in.
NEWER, OLDER, MUSL = ("gnu", "minimal-bookworm"), ("gnu", "minimal-bullseye"), ("musl", "alpine-like-bookworm")
PLACES = [
    *(pytest.param("x86_64", *place, marks=pytest.mark.e2e) for place in (NEWER, OLDER, MUSL)),
    *(pytest.param(cpu, *place, marks=FULL) for cpu in ("aarch64", "x86", "arm") for place in (NEWER, OLDER, MUSL)),
    *(pytest.param(cpu, *place, marks=FULL) for cpu in ("s390x", "powerpc64le") for place in (NEWER, MUSL)),
    pytest.param("riscv64", "gnu", "minimal-trixie", marks=FULL),
    pytest.param("riscv64", "musl", "alpine-like-trixie", marks=FULL),
]
pytestmark = [
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the roots are run on x86-64, by emulators for others"),
]


def wiring(folder: Path, name: str, objects: Sequence[Path] = (), first: Path | None = None) -> Wiring:
    zig = find_zig()
    (target,) = parse_targets(name)
    program = native_program(zig, Progress(quiet=True))
    return wire(folder, target, zig, program, None, module_objects=objects, first_header=first)


def compiled(wiring: Wiring, name: str, *words: str | Path) -> None:
    done = subprocess.run(
        [wiring.command(name), "-O2", "-fexceptions", *words],
        check=False,
        capture_output=True,
        text=True,
        env=wiring.environment(),
    )
    assert done.returncode == 0, done.stderr


def module(name: str, folder: Path, *, neutral: bool, own: bool = True, source: str = "module.cpp") -> Path:
    """Build a module for a target, with our unwinder or zig's; detached from glibc where it is a neutral one."""
    plain = wiring(folder / f"plain-{own}", name)
    commands = Commands(Running(), folder / "log", (), lambda: None)
    objects = module_runtime(plain, plain.target, commands) if own else ()
    assert bool(objects) == own, (folder / "log").read_text()
    made = folder / f"module-{own}.so"
    aimed = wiring(folder / f"neutral-{own}", name, objects, headers_in(folder, plain.target) if neutral else None)
    compiled(aimed, "c++", "-fPIC", "-shared", SOURCES / source, "-o", made)
    if neutral:
        detach(made)
    return made


def headers_in(folder: Path, target: Target) -> Path:
    """Write the headers of neutral modules; return the one that comes first."""
    place = folder / "headers"
    place.mkdir(exist_ok=True)
    for name, text in headers(target.cpu.name).items():
        (place / name).write_text(text)
    (place / "first.h").write_bytes(data.read("neutral/first.h"))
    return place / "first.h"


def libraries(cpu: str, folder: Path) -> None:
    plain = wiring(folder / "libraries", f"{cpu}-linux-gnu")
    for name, size, functions in (("one.so", 64, 3), ("two.so", 4096, 9)):
        given = (f"-DSIZE={size}", f"-DFUNCTIONS={functions}")
        compiled(plain, "cc", "-fPIC", "-shared", "-nostdlib", *given, SOURCES / "library.c", "-o", folder / name)


@pytest.mark.parametrize(("cpu", "libc", "root"), PLACES)
def test_exceptions_pass_what_comes_and_goes(cpu: str, libc: str, root: str, tmp_path: Path) -> None:
    # Musl's floor makes a dynamic program.
    own = f"{cpu}-linux-{libc}{'.1.2.3' if libc == 'musl' else ''}"
    neutral = cpu not in SMALL
    made = module(f"{cpu}-linux-gnu" if neutral else own, tmp_path, neutral=neutral)
    libraries(cpu, tmp_path)
    host = wiring(tmp_path / "host-wiring", own)
    compiled(host, "cc", SOURCES / "host.c", "-Wl,--export-dynamic", "-ldl", "-o", tmp_path / "host")
    (image,) = open_images([f"dir:{make_root(f'{root}-{DEBIAN[cpu]}')}"])
    request = ProveRequest(
        path=tmp_path / "host",
        image=image,
        arguments=(f"/unwinding/{made.name}", "/unwinding/one.so", "/unwinding/two.so"),
        mounts=(Mount(tmp_path, "/unwinding"),),
        timeout=SECONDS,
    )
    run = prove_file(request)
    assert run.exit == 0, f"{run.signal} {run.stdout} {run.stderr}"
    said = json.loads(run.stdout)
    passed = (said["right"], said["many"], said["through"], bool(said["caught"]))
    assert passed == (THROWS, ROUNDS, ROUNDS, True)
    # musl keeps what was opened once (ldso/dynlink.c, dlclose), and an emulator may choose another place each time.
    assert libc == "musl" or cpu != "x86_64" or said["again"] >= LEAST_AGAIN
    # Each time one object is visited, which is enough to see that nothing has changed; the first time all are.
    assert said["visited"] <= said["asked"] * 1.01
    asks = libc == "musl" or root == OLDER[1] or cpu == "arm"
    assert bool(said["asked"]) == asks


def _ending_places() -> Iterator[object]:
    """Yield where a thread is ended within a module, neutral or for one libc.

    No neutral module has C++'s library on the small CPUs, and 32-bit ARM has another protocol. musl's own macro leaves
    what was pushed behind when an exception passes.
    """
    for place in PLACES:
        cpu, libc, _ = place.values
        if cpu not in SMALL:
            yield pytest.param(*place.values, "neutral", marks=place.marks)
        if cpu != "arm" and libc == "gnu":
            yield pytest.param(*place.values, "for one libc", marks=place.marks)


@pytest.mark.parametrize(("cpu", "libc", "root", "kind"), [*_ending_places()])
def test_a_thread_ends_within_frames_of_a_module(cpu: str, libc: str, root: str, kind: str, tmp_path: Path) -> None:
    """What was pushed last is called first (POSIX, pthread_cleanup_push); what only glibc unwinds does not crash."""
    neutral = kind == "neutral"
    own = f"{cpu}-linux-{libc}{'.1.2.3' if libc == 'musl' else ''}"
    made = module(f"{cpu}-linux-gnu" if neutral else own, tmp_path, neutral=neutral, source="ending.cpp")
    (tmp_path / "shows.c").write_text(SHOWING)
    compiled(wiring(tmp_path / "host-wiring", own), "cc", tmp_path / "shows.c", "-ldl", "-o", tmp_path / "shows")
    (image,) = open_images([f"dir:{make_root(f'{root}-{DEBIAN[cpu]}')}"])
    request = ProveRequest(
        path=tmp_path / "shows",
        image=image,
        arguments=(f"/unwinding/{made.name}",),
        mounts=(Mount(tmp_path, "/unwinding"),),
        timeout=SECONDS,
    )
    run = prove_file(request)
    assert run.exit == 0, f"{run.signal} {run.stdout} {run.stderr}"
    said = {name: (int(noted), int(result)) for name, noted, result in map(str.split, run.stdout.splitlines())}
    cancelled = -1  # PTHREAD_CANCELED
    # glibc's own macro of C++ counts on destructors, which are not run.
    pushed = 21 if neutral else 0
    assert said == {
        "stays": (1, 3),
        "leaves": (pushed, 7),
        "leaves_quietly": (pushed, 7),
        "is_cancelled": (pushed, cancelled),
        "catches": (21, 5),
    }


@pytest.mark.parametrize(
    ("cpu", "root"),
    [
        pytest.param(place.values[0], place.values[2], marks=place.marks)
        for place in PLACES
        if place.values[1] == "gnu" and place.values[0] != "arm"
    ],
)
def test_a_thread_of_a_program_ends_as_by_gcc(cpu: str, root: str, tmp_path: Path) -> None:
    """What was begun is undone, innermost first (glibc's pthread.h for C++, GCC manual, `cleanup`)."""
    name = f"{cpu}-linux-gnu"
    zig = find_zig()
    (target,) = parse_targets(name)
    program = native_program(zig, Progress(quiet=True))
    aimed = wire(tmp_path / "wiring", target, zig, program, None, runtime=place_of_runtime(zig, target))
    make_runtime(aimed, Commands(Running(), tmp_path / "log", (), lambda: None))
    library = tmp_path / "libshared.so"
    compiled(aimed, "c++", "-fPIC", "-shared", "-Wl,-soname,libshared.so", SOURCES / "shared.cpp", "-o", library)
    compiled(aimed, "cc", "-c", SOURCES / "program.c", "-o", tmp_path / "c.o")
    inputs = (SOURCES / "program.cpp", tmp_path / "c.o", library)
    compiled(aimed, "c++", "-pthread", "-rdynamic", *inputs, "-Wl,-rpath,/unwinding", "-o", tmp_path / "program")
    (image,) = open_images([f"dir:{make_root(f'{root}-{DEBIAN[cpu]}')}"])
    mounts = (Mount(tmp_path, "/unwinding"),)
    run = prove_file(ProveRequest(path=tmp_path / "program", image=image, arguments=(), mounts=mounts, timeout=SECONDS))
    assert run.exit == 0, f"{run.signal} {run.stdout} {run.stderr}"
    lines = (line.split(" ") for line in run.stdout.splitlines())
    said = {name: (noted, int(result)) for name, noted, result in lines}
    cancelled = -1  # PTHREAD_CANCELED
    undone = {
        "leaves": ("3421", 7),
        "is_cancelled_by_itself": ("3421", cancelled),
        "is_cancelled": ("3421", cancelled),
        "through_library": ("l", 7),
        "through_c": ("c", 7),
        "catches": ("3421lc", 5),
        "of_library": ("3421", 0),
    }
    if cpu == "powerpc64le":  # GCC's unwinder does not know the way back from a signal that qemu lays
        undone["is_cancelled"] = ("", cancelled)
    assert said == undone


@pytest.mark.e2e
@pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is missing: apt-get install valgrind")
def test_a_throw_takes_fewer_instructions_than_by_the_compilers_own_unwinder(tmp_path: Path) -> None:
    modules = [module("x86_64-linux-gnu", tmp_path, neutral=True, own=own) for own in (True, False)]
    mine, theirs = (instructions(made, tmp_path) for made in modules)
    assert mine < 0.45 * theirs


def instructions(made: Path, folder: Path) -> int:
    """Return how many instructions Cachegrind counts for many throws (Valgrind manual)."""
    program = folder / f"{made.stem}-throws"
    if not program.exists():
        source = folder / "throws.c"
        source.write_text(THROWING)
        compiled(
            wiring(folder / f"wiring-{made.stem}", "x86_64-linux-gnu"), "cc", source, "-ldl", "-lpthread", "-o", program
        )
    counts = []
    for throws in (THROWS, 2 * THROWS):
        command = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        done = subprocess.run([*command, program, made, str(throws)], check=True, capture_output=True, text=True)
        found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
        assert found, done.stderr
        counts.append(int(found[1].replace(",", "")))
    return counts[1] - counts[0]


SHOWING = """
#include <dlfcn.h>
int main(int count, char **words) {
    dlopen("libpthread.so.0", RTLD_NOW | RTLD_GLOBAL);
    void *module = dlopen(words[1], RTLD_NOW);
    int (*shown)(void) = module ? (int (*)(void))dlsym(module, "shown") : 0;
    return shown ? shown() : 2 + (count != 2);
}
"""
THROWING = """
#include <dlfcn.h>
#include <stdlib.h>
int main(int count, char **words) {
    void *module = dlopen(words[1], RTLD_NOW);
    int (*passes)(int) = (int (*)(int))dlsym(module, "passes");
    for (int left = atoi(words[2]); left > 0; left--) if (!passes(10)) return 1;
    return count != 3;
}
"""
