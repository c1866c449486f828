"""What a sandbox is asked to do and what it saw.

A family: this interface, and one module an implementation (`isolation.bubblewrap`, `.podman`, `.docker`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from everylinux.sandbox.limits import counts_processes_of_namespace, limits_held, resource_limits

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.sandbox.emulator import Emulator
    from everylinux.sandbox.limits import Limits

# The search path of an image's shells when nothing else is said (Docker's default).
SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
WORKING_DIRECTORY = "/tmp"  # noqa: S108 - a path inside the sandbox: the only place where a program may write
ENVIRONMENT = {"PATH": SEARCH_PATH, "HOME": WORKING_DIRECTORY, "LC_ALL": "C"}


@dataclass(frozen=True)
class Mount:
    """A file or folder of this machine that is seen, read-only, at ``target`` (an absolute path) in the sandbox."""

    source: Path
    target: str


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """One program to start, and all that it may see.

    ``root`` is the image's folder, ``None`` for an empty root. ``program`` is an absolute path in the sandbox,
    ``arguments`` follow argument 0 (the same path). ``stdin`` is a file, or what one would hold; ``None`` for an empty
    one. ``timeout`` is in seconds. ``port`` is a TCP port of the sandbox's loopback: the program is ended as soon as it
    answers there.
    """

    root: Path | None
    program: str
    arguments: tuple[str, ...]
    timeout: float
    limits: Limits
    mounts: tuple[Mount, ...] = ()
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)
    stdin: Path | bytes | None = None
    emulator: Emulator | None = None
    port: int | None = None

    def resource_limits(self, controllers: frozenset[str]) -> dict[int, int]:
        """Return the value of each ``RLIMIT_*`` that is needed where control groups have these controllers."""
        return resource_limits(
            self.limits,
            timeout=self.timeout,
            memory="memory" not in controllers,
            processes="pids" not in controllers and counts_processes_of_namespace(),
        )

    def limits_held(self, controllers: frozenset[str]) -> dict[str, str]:
        """Say for each limit how it is enforced where control groups have these controllers."""
        return limits_held(self.limits, timeout=self.timeout, controllers=controllers)


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What was seen of one run; nothing in here is a conclusion.

    ``refused`` is the errno of ``execve`` when the kernel would not start the program. ``exit`` and ``signal`` (a
    number) are how it ended; both are ``None`` when it was stopped from outside or never began. ``stdout`` and
    ``stderr`` hold the first and last bytes; ``truncated`` says whether some were left out. ``exceeded`` names the
    limits that were hit: ``memory``, ``processes``, ``output``. ``held`` says for each limit how it was enforced.
    ``emulated_directly`` means that the emulator was started on the file itself, so what the file starts is not
    emulated. ``answered`` is after how many seconds the port answered; the program was then ended from outside.
    """

    refused: int | None = None
    exit: int | None = None
    signal: int | None = None
    timed_out: bool = False
    stdout: bytes = b""
    stderr: bytes = b""
    truncated: bool = False
    seconds: float = 0.0
    exceeded: frozenset[str] = frozenset()
    held: Mapping[str, str] = field(default_factory=dict)
    emulated_directly: bool = False
    answered: float | None = None


class Sandbox(Protocol):
    """A way to run one program apart from this machine."""

    @property
    def label(self) -> str:
        """What the record says: its name and version; raises `ToolMissingError` where it is missing."""

    def run(self, confinement: Confinement) -> Observation:
        """Run the program to its end, its timeout or its limits, and leave no process behind.

        Raises `ToolMissingError` when this machine cannot isolate, `InputOutputError` when something that the
        sandbox needs cannot be read.
        """
