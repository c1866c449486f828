"""A run in a container of an engine: what podman and docker do alike.

The engine isolates; the helper is the container's first process and does in it what it does under bubblewrap, so that
refusals, signals and exits are told in the same way. Its report comes over a socket (`reception`). What an engine adds
to every container is covered where that can be done: /sys and /run are empty, the program's environment is the
sandbox's. /dev is a scratch layer of the engine's.
"""

from __future__ import annotations

import csv
import io
import os
import resource
import secrets
import stat
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from everylinux.errors import describe_os_error
from everylinux.sandbox.interface import WORKING_DIRECTORY, Confinement, Mount, Observation
from everylinux.sandbox.isolation.capture import capture
from everylinux.sandbox.isolation.control_groups import ControlGroup, control_group
from everylinux.sandbox.isolation.helper import helper_file, read_report, require_proc
from everylinux.sandbox.isolation.observed import observed, standard_input
from everylinux.sandbox.isolation.reception import Reception

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.errors import EverylinuxError

HELPER = "/everylinux-helper"
STATUS = "/everylinux-status"
EMULATOR = "/everylinux-emulator"
# Places of an image that a container has of its own.
OWN_PLACES = ("proc", "dev", "sys", "run", "tmp")
BOTH = frozenset(("memory", "pids"))
NOTHING = frozenset[str]()
REMOVAL_SECONDS = 60
# An engine without root runs as the same user, in the same namespace: its own threads count, too.
ENGINE_PROCESSES = 128
_HIGHEST_PRIVILEGED_PORT = 1023
_EMPTY = "ro,nosuid,nodev,noexec,size=4k,mode=755"


class Engine(Protocol):
    """What differs from engine to engine; see `Podman` and `Docker`."""

    def controllers(self) -> frozenset[str]:
        """Return the controllers by which the engine itself limits containers: ``memory``, ``pids``."""

    def begin(self, name: str, options: list[str], inside: list[str], root: Path | None) -> list[str]:
        """Return the command that runs a container under this name and hands on what it writes.

        Raises `ToolMissingError` or `InputOutputError` where the engine refuses to make one.
        """

    def removal(self, name: str) -> list[str]:
        """Return the command that kills and removes a container, if it is there."""

    def refusal(self, said: str) -> EverylinuxError:
        """Return the error that the engine's own words mean."""


def run_in_container(engine: Engine, confinement: Confinement, *, own_group: bool) -> Observation:
    """Run one program; see `everylinux.sandbox.interface.Sandbox`.

    ``own_group`` is whether control groups that are made here may hold the run, where there are any.
    """
    require_proc()
    name = f"everylinux-{os.getpid()}-{secrets.token_hex(6)}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="everylinux-")))
        group = stack.enter_context(control_group(confinement.limits)) if own_group else ControlGroup()
        if group.controllers != BOTH:
            group = ControlGroup()
        by_engine = NOTHING if group.folders else engine.controllers()
        controllers = group.controllers or by_engine
        reception = stack.enter_context(Reception(folder / "status", group, engine_limits=bool(by_engine)))
        stdin = standard_input(stack, confinement.stdin)
        options = [*_options(confinement, reception), *_limit_options(confinement, by_engine)]
        inside = list(_inside(confinement, confinement.resource_limits(controllers)))
        command = engine.begin(name, options, inside, confinement.root)
        stack.callback(_remove, engine, name)
        captured = capture(
            command,
            status=reception,
            environment=None,
            stdin=stdin,
            timeout=confinement.timeout,
            output_limit=confinement.limits.output,
        )
        report = read_report(captured.status)
        if not report.ready:
            raise engine.refusal(captured.stderr.content().decode(errors="replace").strip())
        return observed(
            captured,
            report,
            confinement.emulator,
            exceeded=reception.exceeded(),
            held=confinement.limits_held(controllers),
        )


def ask(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a command of an engine that writes little."""
    return subprocess.run(
        command, check=False, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL
    )


def mount_option(mount: Mount) -> list[str]:
    """Return the flags that show a file or a folder, read-only; a line of CSV, so that any path can be told."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        ["type=bind", f"source={mount.source}", f"target={mount.target}", "readonly"]
    )
    return ["--mount", line.getvalue()]


def _inside(confinement: Confinement, limits: dict[int, int]) -> Iterator[str]:
    """Yield the helper's arguments."""
    yield from ("run", f"status-socket={STATUS}")
    if confinement.emulator:
        yield from (f"emulator-file={EMULATOR}", f"name={confinement.emulator.name}")
        if confinement.emulator.model:
            yield f"cpu={confinement.emulator.model}"
    if confinement.port:
        yield f"port={confinement.port}"
    yield from (f"limit-{number}={value}" for number, value in sorted(limits.items()))
    yield from (f"set={name}={value}" for name, value in sorted(confinement.environment.items()))
    yield from ("--", confinement.program, confinement.program, *confinement.arguments)


def _options(confinement: Confinement, reception: Reception) -> Iterator[str]:
    """Yield the flags that both engines know."""
    scratch = confinement.limits.scratch
    yield from ("--rm", "--read-only", "--pull", "never", "--log-driver", "none")
    yield from ("--network", "none", "--ipc", "private", "--hostname", "sandbox", "--user", "0:0")
    yield from ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    yield from ("--workdir", WORKING_DIRECTORY, "--entrypoint", HELPER)
    yield from ("--tmpfs", f"{WORKING_DIRECTORY}:rw,exec,nosuid,nodev,size={scratch},mode=1777")
    yield from ("--shm-size", str(scratch))
    for place in ("/run", "/sys"):
        yield from ("--tmpfs", f"{place}:{_EMPTY}")
    if confinement.stdin is not None:
        yield "--interactive"
    if confinement.port and confinement.port <= _HIGHEST_PRIVILEGED_PORT:
        yield from ("--sysctl", "net.ipv4.ip_unprivileged_port_start=0")
    brought = [Mount(helper_file(), HELPER), Mount(reception.path, STATUS)]
    if confinement.emulator:
        brought.append(Mount(confinement.emulator.path.resolve(), EMULATOR))
    if confinement.root is not None:
        brought += _temporary_files(confinement.root)
    for mount in (*brought, *confinement.mounts):
        yield from mount_option(mount)


def _limit_options(confinement: Confinement, controllers: frozenset[str]) -> Iterator[str]:
    limits = confinement.limits
    # Engines would raise these two, further than a container around us may let them; the helper lowers them.
    files = min(limits.open_files, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    for name, value in (("nofile", files), ("nproc", limits.processes + ENGINE_PROCESSES)):
        yield from ("--ulimit", f"{name}={value}:{value}")
    if "memory" in controllers:
        yield from ("--memory", str(limits.memory), "--memory-swap", str(limits.memory))
    if "pids" in controllers:
        # The helper is in the group as well.
        yield from ("--pids-limit", str(limits.processes + 1))


def _temporary_files(root: Path) -> Iterator[Mount]:
    """Yield what the image has below /tmp, which its scratch layer would hide."""
    folder = root / WORKING_DIRECTORY.lstrip("/")
    if folder.is_symlink() or not folder.is_dir():
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise describe_os_error(error) from error
    for entry in entries:
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode) or stat.S_ISREG(mode):
            yield Mount(Path(entry.path), f"{WORKING_DIRECTORY}/{entry.name}")


def _remove(engine: Engine, name: str) -> None:
    """Remove a container; one that ended by itself is gone already."""
    subprocess.run(
        engine.removal(name),
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=REMOVAL_SECONDS,
    )
