"""The small native program that is process 1 of a sandbox (``native/helper.c``): built once, and its reports.

It is built with the zig compiler for this machine only, without a libc, in about two seconds, and kept in the cache.
"""

from __future__ import annotations

import functools
import hashlib
import os
import platform
import signal
import struct
import subprocess
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from everylinux.cache import cache_directory, locked, write_atomically
from everylinux.errors import ToolMissingError
from everylinux.toolchains.zig import find_zig

# Which kernel headers of zig's belong to this machine.
_HEADERS = {"x86_64": "x86-linux-any", "aarch64": "aarch64-linux-any"}
_BUILD_FLAGS = (
    *("-std=c11", "-Os", "-static", "-nostdlib"),
    *("-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-fno-sanitize=undefined"),
)
_RECORD = struct.Struct("=4q")
_READY, _REFUSED, _ENDED, _ANSWERED, _FINISHED = 1, 2, 3, 4, 5


@dataclass(frozen=True, kw_only=True)
class Report:
    """What the helper told.

    ``ready`` is whether it ran at all. ``registered`` and ``filtered`` are 0 or the errno of giving the sandbox its own
    binfmt_misc and of its seccomp filter (``registered`` is -1 when it was not asked). ``refused`` is the errno of
    ``execve``; ``exit`` or ``signal`` is how the program ended. ``answered`` is after how many seconds its port did.
    ``finished`` says that it has told everything, and waits for its reader to hang up.
    """

    ready: bool = False
    registered: int = -1
    filtered: int = 0
    refused: int | None = None
    exit: int | None = None
    signal: int | None = None
    seconds: float = 0.0
    answered: float | None = None
    finished: bool = False


def read_report(data: bytes) -> Report:
    """Return what the records in ``data`` say; a torn last record is left out."""
    facts: dict[str, object] = {}
    whole = len(data) - len(data) % _RECORD.size
    for kind, first, second, _ in _RECORD.iter_unpack(data[:whole]):
        if kind == _READY:
            facts |= {"ready": True, "registered": first, "filtered": second}
        elif kind == _REFUSED:
            facts["refused"] = first
        elif kind == _ANSWERED:
            facts["answered"] = second / 1e9
        elif kind == _FINISHED:
            facts["finished"] = True
        elif kind == _ENDED:
            facts["seconds"] = second / 1e9
            if "refused" in facts:
                continue
            ended = "signal" if os.WIFSIGNALED(first) else "exit"
            facts[ended] = os.WTERMSIG(first) if ended == "signal" else os.WEXITSTATUS(first)
    return Report(**facts)  # type: ignore[arg-type] # the keys above are the fields


def signal_name(number: int) -> str:
    """Return ``SIGSEGV`` for 11; real-time signals have no name of their own."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"SIG{number}"


def require_proc() -> None:
    """Raise `ToolMissingError` where /proc is not mounted, through which the helper is started and groups are found."""
    if not Path("/proc/self/mountinfo").exists():
        raise ToolMissingError(
            "/proc is not mounted, so nothing can be isolated here",
            meaning="a chroot, or a container that was started without it",
            hint="as root: mount -t proc proc /proc",
        )


@functools.cache
def helper_descriptor() -> int:
    """Return an open descriptor of the helper, kept for the life of this process.

    The helper is executed from memory: a cache folder on a file system without execute permission does not matter.
    """
    descriptor = os.memfd_create("everylinux-helper", os.MFD_CLOEXEC)
    os.write(descriptor, helper_file().read_bytes())
    # Executed while it is open for writing, a file is "busy": only a read-only descriptor may stay.
    readable = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    os.close(descriptor)
    return readable


def helper_file() -> Path:
    """Return the helper in the cache, built first when these sources were not yet."""
    sources = {
        entry.name: entry.read_bytes()
        for entry in sorted(resources.files("everylinux.sandbox").joinpath("native").iterdir(), key=lambda e: e.name)
        if entry.name.endswith((".c", ".h"))
    }
    machine = platform.machine()
    if machine not in _HEADERS:
        raise ToolMissingError(
            f"prove has no sandbox for {machine} machines",
            hint=f"run it on one of: {', '.join(sorted(_HEADERS))}",
        )
    key = hashlib.sha256(repr((machine, _BUILD_FLAGS, sorted(sources.items()))).encode()).hexdigest()[:24]
    built = cache_directory("helper") / f"helper-{key}"
    if not built.exists():
        with locked(built):
            if not built.exists():
                write_atomically(built, _compile(sources, machine), mode=0o755)
    return built


def _compile(sources: dict[str, bytes], machine: str) -> bytes:
    zig = find_zig()
    headers = zig.path.parent / "lib" / "libc" / "include"
    with tempfile.TemporaryDirectory(prefix="everylinux-helper-") as name:
        folder = Path(name)
        for source, content in sources.items():
            (folder / source).write_bytes(content)
        done = subprocess.run(
            [
                zig.path,
                "cc",
                *("-target", f"{machine}-linux-none"),
                *_BUILD_FLAGS,
                *("-isystem", headers / _HEADERS[machine]),
                *("-isystem", headers / "any-linux-any"),
                *("-o", folder / "helper"),
                *sorted(folder.glob("*.c")),
            ],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env=zig.environment(),
        )
        if done.returncode:
            raise ToolMissingError(
                "the sandbox's helper could not be built",
                meaning=done.stderr.decode(errors="replace").strip()[-2000:],
                hint="a full disk, or a zig that is not the one of the ziglang wheel; `everylinux doctor` shows it",
            )
        return (folder / "helper").read_bytes()
