"""How much one run may use, and which resource limits hold it to that.

Control groups hold where they are writable (`isolation.control_groups`), otherwise the limits of ``setrlimit(2)``.
RLIMIT_AS is never used: emulators and Go reserve address space by the gigabyte that they do not use. RLIMIT_DATA counts
what is writable and private, so it holds them too.
"""

from __future__ import annotations

import math
import os
import resource
from dataclasses import dataclass, replace

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a run may use; sizes in bytes.

    ``memory`` is for all its processes together where control groups hold, otherwise for each. ``emulated_memory``
    takes its place under an emulator, which keeps 24 bytes for every page of address space that the program reserves
    (a Haskell program reserves a terabyte, and qemu needs 6 GiB for that). ``processes`` counts threads too.
    ``scratch`` is the room below each of /tmp and /dev/shm. ``output`` is what it may write to standard output and
    error together before it is stopped; how much of it is kept is not a limit of the run.
    """

    memory: int = 2048 * MIB
    emulated_memory: int = 8192 * MIB
    processes: int = 512
    open_files: int = 4096
    file_size: int = 1024 * MIB
    scratch: int = 512 * MIB
    output: int = 64 * MIB

    def under_emulation(self) -> Limits:
        """Return the limits of an emulated run; never more memory than three quarters of this machine's."""
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return replace(self, memory=max(self.memory, min(self.emulated_memory, machine * 3 // 4)))


def resource_limits(limits: Limits, *, timeout: float, memory: bool, processes: bool) -> dict[int, int]:
    """Return the value of each ``RLIMIT_*``; ``memory`` and ``processes`` say whether those two are needed."""
    values = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_NOFILE: min(limits.open_files, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
        # A program of many threads uses more seconds than the clock shows; this one is for what outlives a killed run.
        resource.RLIMIT_CPU: math.ceil(timeout) * (os.cpu_count() or 1) + 1,
    }
    if memory:
        values[resource.RLIMIT_DATA] = limits.memory
    if processes:
        values[resource.RLIMIT_NPROC] = limits.processes
    return values


def limits_held(limits: Limits, *, timeout: float, controllers: frozenset[str]) -> dict[str, str]:
    """Say for each limit how it is enforced; ``controllers`` are those of the run's control groups."""
    memory = f"{limits.memory // MIB} MiB"
    processes = str(limits.processes)
    by_rlimit = f"rlimit {processes}" if counts_processes_of_namespace() else "none: no writable control group"
    return {
        "memory": f"cgroup {memory}" if "memory" in controllers else f"rlimit {memory} for each process",
        "processes": f"cgroup {processes}" if "pids" in controllers else by_rlimit,
        "time": f"{timeout:g} s",
        "output": f"{limits.output // MIB} MiB",
    }


def counts_processes_of_namespace() -> bool:
    """Return whether RLIMIT_NPROC counts the sandbox's processes alone: since Linux 5.14, and never for root.

    Before that it counts all processes of the user, so a small value would stop programs that do nothing wrong; root's
    processes are exempt (``copy_process`` in kernel/fork.c).
    """
    return os.geteuid() != 0 and kernel_release() >= (5, 14)


def kernel_release() -> tuple[int, int]:
    """Return the first two numbers of the running kernel's release."""
    major, minor = os.uname().release.split("-")[0].split(".")[:2]
    return int(major), int("".join(filter(str.isdigit, minor)) or 0)
