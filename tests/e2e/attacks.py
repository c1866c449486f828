"""The attacks of ``hostile/``: what each is after on this machine, and how it must end."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.images import open_images
from everylinux.sandbox import Limits, ProveRequest, prove_file
from everylinux.sandbox.limits import MIB
from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.evidence import Run

HOSTILE = Path(__file__).parent / "hostile"
ATTACKS = re.findall(r"X\((\w+)\)", (HOSTILE / "hostile.h").read_text())
SMALL = Limits(memory=256 * MIB, processes=64, scratch=64 * MIB, file_size=256 * MIB, output=4 * MIB)
# An engine's /dev is a scratch layer too, and what /proc says of the container's own first process can be written.
WITHIN_A_CONTAINER = {"ESCAPED /dev/left-by-hostile", "ESCAPED write /proc/1/oom_score_adj"}


@dataclass(frozen=True)
class Ending:
    """How an attack ends: what `prove` says of it."""

    verdict: str
    code: str = ""
    subject: str = ""
    exit: int | None = None


# One that is not named here has to find nothing and exit 0.
ENDINGS = {
    "forged_report": Ending("ok", exit=41),
    "fork_bomb": Ending("fails", "resource-limit", "processes"),
    "memory_bomb": Ending("fails", "resource-limit", "memory"),
    "big_file": Ending("fails", "resource-limit", "file-size"),
    "output_flood": Ending("fails", "resource-limit", "output"),
    "ignore_signals": Ending("fails", "timed-out", "2 s"),
}


@dataclass(frozen=True)
class Machine:
    """What the attacks are after: things of this machine that they must not reach."""

    secret: Path
    writable: Path
    victim: subprocess.Popen[bytes]
    listener: socket.socket
    abstract: socket.socket
    segment: str


@contextlib.contextmanager
def machine_to_attack(folder: Path) -> Iterator[Machine]:
    """Put up all of it, and take it down with the block."""
    secret, writable = folder / "secret", folder / "writable"
    secret.write_text("secret")
    writable.mkdir(mode=0o777)
    made = subprocess.run(["ipcmk", "--shmem", "4096"], check=True, capture_output=True, text=True).stdout
    segment = made.rsplit(maxsplit=1)[-1]
    with (
        subprocess.Popen(["sleep", "600"]) as victim,
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(f"\0everylinux-{os.getpid()}")
        abstract.listen()
        yield Machine(secret, writable, victim, listener, abstract, segment)
        victim.kill()
    subprocess.run(["ipcrm", "--shmem-id", segment], check=True)


def aims(attack: str, machine: Machine) -> list[str]:
    """Return what an attack is told about this machine: the best that an attacker could know."""
    files = [str(machine.secret), "/etc/passwd", "/etc/shadow", str(Path.home() / ".profile")]
    return {
        "write_host": [str(machine.writable), "/etc", "/root", "/home", str(machine.secret)],
        "read_outside": files,
        "links_to_host": files,
        "kill_everyone": [str(machine.victim.pid), str(os.getpid())],
        "network_loopback": [str(machine.listener.getsockname()[1])],
        "network_abstract_socket": [machine.abstract.getsockname()[1:].decode()],
        "shared_memory": [machine.segment],
    }.get(attack, [])


def run_attack(sandbox: str, program: Path, *arguments: str, image: str = "scratch") -> Run:
    """Run one attack, with what it is told, in a sandbox."""
    (opened,) = open_images([image])
    timeout = 2 if arguments[0] in ("fork_bomb", "ignore_signals") else 30
    request = ProveRequest(
        path=program, image=opened, arguments=arguments, limits=SMALL, timeout=timeout, sandbox=sandbox
    )
    return prove_file(request)


def escapes(seen: Run, *, engine: bool) -> list[str]:
    """Return the lines in which an attack says what it got."""
    lines = [line.strip() for line in seen.stdout.splitlines() if line.startswith("ESCAPED")]
    return [line for line in lines if not engine or line not in WITHIN_A_CONTAINER]


def kernel_settings() -> dict[str, str]:
    """Return the settings of this machine that attacks try to change."""
    files = [Path("/proc/sys/kernel", name) for name in ("core_pattern", "hostname", "modprobe")]
    return {file.name: file.read_text() for file in files if file.exists()}


def command_lines() -> list[str]:
    """Return the command line of each process of this machine."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return found


def compile_c(output: Path, target: str, *arguments: str | Path) -> Path:
    """Compile with the zig of the wheel; its own cache makes the second time quick."""
    command = [require("zig"), "cc", "-target", target, "-O2", "-D_GNU_SOURCE", "-o", output, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return output


def compile_attacks(folder: Path) -> Path:
    """Return the program with all attacks in it."""
    return compile_c(folder / "hostile", "x86_64-linux-musl", "-static", *sorted(HOSTILE.glob("*.c")))
