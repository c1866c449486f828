"""Proving, side by side: what isolation costs over the bare process and against podman, and how busy a matrix is.

Each overhead is over the same program started by itself. A matrix's measure is what the whole machine did while it
ran, the kernel's own work for namespaces and mounts included: it says something on a machine that does nothing else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.toolchains.find import install_command, require, tool_named
from roots import make_root
from sidebyside import Comparison, command, turn_about

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 51
ROUNDS_OF_PODMAN = 15
OVERHEAD_GOAL_SECONDS = 0.010
TIMES_LESS_GOAL = 10
BUSY_GOAL = 0.85
FILES = 100
ROOT = "minimal-bookworm-amd64"
# Ten real ones, of three releases and two libcs.
ROOTS = (
    *("debian-bookworm-amd64", "debian-trixie-amd64", ROOT, "minimal-trixie-amd64", "alpine-like-bookworm-amd64"),
    *("distroless-cc-bullseye-amd64", "distroless-cc-bookworm-amd64", "distroless-cc-trixie-amd64"),
    *("distroless-base-ssl-bookworm-amd64", "distroless-base-ssl-trixie-amd64"),
)
TINY = 'void _start(void){__asm__ volatile("mov $60,%eax; xor %edi,%edi; syscall");}\n'
# Some 5 ms of work.
BUSY = "int main(void){ volatile unsigned n = 0; while (++n < 4000000u) ; return 0; }\n"
# Debian 12's container runtime refuses machines that have both versions of control groups.
OWN_NAMESPACE = ("unshare", "--mount", "sh", "-c")
VERSION_2_ALONE = 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec "$@"'
PODMAN_RUN = (
    *("podman", "run", "--rm", "--network", "none", "--cgroups=disabled"),
    *("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"),
)


def comparisons() -> Iterator[Comparison]:
    """Compare runs in the sandbox with the bare process and with podman, and what a matrix uses with what there is."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tiny = compiled(folder / "tiny", TINY, "-nostdlib")
        yield from overheads(folder, tiny)
        yield utilisation("100 tiny files on 10 images", copies(folder / "of-tiny", [tiny]))
        yield utilisation(
            "100 files of 5 ms on 10 images", copies(folder / "of-busy", [compiled(folder / "busy", BUSY)])
        )
        yield utilisation("100 programs of Debian on 10 images", copies(folder / "of-debian", programs_of_debian()))


def overheads(folder: Path, tiny: Path) -> Iterator[Comparison]:
    """Compare on an empty root, and on a real one with a dynamic program of its own."""
    empty = folder / "root"
    empty.mkdir()
    shutil.copy(tiny, empty / "program")
    real = make_root(ROOT)
    podman = shutil.which("podman")
    if podman is None:
        print(f"podman is missing, so nothing is compared with it: {install_command(tool_named('podman'))}", flush=True)
    for what, root, program in (("an empty root", empty, "program"), ("a Debian root", real, "usr/bin/true")):
        (image,) = open_images([f"dir:{root}"])
        request = ProveRequest(path=root / program, image=image, arguments=())
        # The same file by itself: on this machine's libraries, where it needs some.
        bare = command([root / program])
        isolated, by_itself = turn_about(lambda: prove_file(request), bare, rounds=ROUNDS)  # noqa: B023 - called here
        ours = isolated - by_itself
        name = f"a run in {what}"
        yield Comparison(
            name, isolated, by_itself, "the bare process", "overhead <= 10 ms", ours <= OVERHEAD_GOAL_SECONDS
        )
        if podman:
            run, without = turn_about(
                command(apart([*PODMAN_RUN, "--rootfs", str(root), f"/{program}"])),
                command(apart([str(root / program)])),
                rounds=ROUNDS_OF_PODMAN,
            )
            met = run - without >= TIMES_LESS_GOAL * ours
            yield Comparison(f"overhead in {what}", ours, run - without, "podman run", "ratio <= 0.1", met)


def apart(arguments: list[str]) -> list[str]:
    """Return a command that runs where podman can, be it podman or what its time is measured against."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    if " - cgroup " in mounts and " - cgroup2 " in mounts:
        return [*OWN_NAMESPACE, VERSION_2_ALONE, "sh", *arguments]
    return arguments


def utilisation(name: str, files: list[Path]) -> Comparison:
    """Compare the time that all cores worked during a matrix with the time that they had."""
    images = ",".join(f"dir:{make_root(root)}" for root in ROOTS)
    output = files[0].parent.with_suffix(".json")
    matrix = [sys.executable, "-m", "everylinux", "matrix", *files, "-i", images, "-q", "-o", f"json={output}"]
    run = command([*map(str, matrix), "--fail-on", "none"], codes=(0, 1, 6))
    run()
    worked, begin = seconds_worked(), time.perf_counter()
    run()
    there_was = (time.perf_counter() - begin) * len(os.sched_getaffinity(0))
    worked = seconds_worked() - worked
    return Comparison(name, worked, there_was, "all the cores had", "ratio >= 0.85", worked / there_was >= BUSY_GOAL)


def seconds_worked() -> float:
    """Return the seconds that this machine's cores have worked since it was started (proc(5), ``/proc/stat``)."""
    user, nice, system, _idle, _wait, interrupts, soft, *_ = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


def copies(folder: Path, programs: list[Path]) -> list[Path]:
    """Return a hundred files, of these programs in turn."""
    folder.mkdir()
    files = [folder / f"{number:03}-{programs[number % len(programs)].name}" for number in range(FILES)]
    for number, file in enumerate(files):
        shutil.copy(programs[number % len(programs)], file)
    return files


def programs_of_debian() -> list[Path]:
    """Return what real programs there are in a root: they tell their versions in a few milliseconds."""
    found = sorted((make_root(ROOT) / "usr/bin").iterdir())
    return [file for file in found if not file.is_symlink() and file.read_bytes()[:4] == b"\x7fELF"]


def compiled(path: Path, text: str, *options: str) -> Path:
    """Compile a static program."""
    source = path.with_suffix(".c")
    source.write_text(text)
    line = ["cc", "-target", "x86_64-linux-musl", "-O1", "-static", *options, "-o", str(path), str(source)]
    subprocess.run([str(require("zig")), *line], check=True, capture_output=True)
    return path
