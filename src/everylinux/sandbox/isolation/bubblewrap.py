"""The sandbox made by bubblewrap: namespaces and mounts are bubblewrap's work, the rest is the helper's.

The root is an empty tmpfs into which the image's top-level entries are bound read-only, one by one: so mount points
that the image lacks can be made without touching it. /tmp and /dev/shm are the scratch layer. /proc and /dev are fresh
ones, /sys and /run are empty: they hold what belongs to this machine, sockets of its services above all.
"""

from __future__ import annotations

import contextlib
import functools
import os
import re
import stat
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import InputOutputError, ToolMissingError, describe_os_error
from everylinux.sandbox.interface import WORKING_DIRECTORY, Confinement, Observation
from everylinux.sandbox.isolation.capture import capture
from everylinux.sandbox.isolation.helper import helper_descriptor, read_report, require_proc
from everylinux.sandbox.isolation.kept_groups import group_of_a_run
from everylinux.sandbox.isolation.observed import observed, standard_input
from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_OWN_PLACES = ("proc", "dev", "sys", "run", "tmp")
HELPER_WITHOUT_ARGUMENTS = 125  # EXIT_MISUSED in native/helper.c
_SIZED_TMPFS = (0, 7)  # the first bubblewrap that knows --size
NAMESPACES = (
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net", "--unshare-cgroup-try"),
    *("--uid", "0", "--gid", "0", "--hostname", "sandbox"),
    *("--die-with-parent", "--new-session", "--as-pid-1"),
    # The helper registers the emulator with the one and empties the bounding set with the other; it drops both.
    *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--cap-add", "CAP_SETPCAP"),
)


class Bubblewrap:
    """Runs programs with the ``bwrap`` of this machine."""

    @property
    def label(self) -> str:
        """Its name and version."""
        return " ".join(["bubblewrap", ".".join(map(str, _version(require("bubblewrap"))))]).strip()

    def run(self, confinement: Confinement) -> Observation:
        """Run one program; see `everylinux.sandbox.interface.Sandbox`."""
        return isolated(confinement, [*NAMESPACES, *_mount_options(confinement, require("bubblewrap"))])


def isolated(
    confinement: Confinement,
    options: Sequence[str],
    *,
    before: Sequence[str] = (),
    started: Callable[[subprocess.Popen[bytes]], None] | None = None,
    own_formats: bool = True,
) -> Observation:
    """Run a program under ``bwrap`` with these options, which have to make what the helper needs: see `NAMESPACES`.

    ``before`` are the words of a command that becomes bwrap; ``started`` is told the process. Without ``own_formats``
    files of foreign CPUs start as this machine lets them.
    """
    bwrap = require("bubblewrap")
    require_proc()
    with ExitStack() as stack:
        group = stack.enter_context(group_of_a_run(confinement.limits))
        emulator = _open_emulator(stack, confinement)
        stdin = standard_input(stack, confinement.stdin)
        helper = helper_descriptor()
        status_read, status_write = os.pipe2(os.O_CLOEXEC)
        limits = confinement.resource_limits(group.controllers)
        inside = [
            f"/proc/self/fd/{helper}",
            "run",
            f"status={status_write}",
            *(_emulator_options(confinement, emulator) if own_formats else ()),
            *([f"port={confinement.port}"] if confinement.port else []),
            *(f"limit-{number}={value}" for number, value in sorted(limits.items())),
            # bubblewrap adds PWD.
            *(f"set={name}={value}" for name, value in sorted(confinement.environment.items())),
            "--",
            *(confinement.program, confinement.program, *confinement.arguments),
        ]
        entering = ["helper", "join", *map(str, group.entrances), "--"] if group.entrances else []
        outside = [*entering, *before, str(bwrap), *options, "--"]

        def start(launch: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
            process = group.start(launch)
            if started:
                started(process)
            return process

        captured = capture(
            [*outside, *inside],
            executable=f"/proc/self/fd/{helper}" if entering else None,
            descriptors=(helper,) if emulator is None else (helper, emulator),
            status=(status_read, status_write),
            start=start,
            environment=confinement.environment,
            stdin=stdin,
            timeout=confinement.timeout,
            output_limit=confinement.limits.output,
        )
        report = read_report(captured.status)
        if not report.ready and not captured.timed_out:
            raise _not_isolated(captured.stderr.content().decode(errors="replace"))
        held = confinement.limits_held(group.controllers)
        return observed(captured, report, confinement.emulator, exceeded=group.exceeded(), held=held)


def _open_emulator(stack: ExitStack, confinement: Confinement) -> int | None:
    if confinement.emulator is None:
        return None
    descriptor = os.open(confinement.emulator.path, os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    return descriptor


def _emulator_options(confinement: Confinement, descriptor: int | None) -> Iterator[str]:
    if descriptor is None or confinement.emulator is None:
        # An empty binfmt_misc of its own: what this machine registered does not decide what starts in here.
        yield "register="
        return
    yield f"emulator={descriptor}"
    yield f"name={confinement.emulator.name}"
    yield f"register={confinement.emulator.registration(descriptor)}"
    if confinement.emulator.model:
        yield f"cpu={confinement.emulator.model}"


def _mount_options(confinement: Confinement, bwrap: Path) -> list[str]:
    scratch = ["--size", str(confinement.limits.scratch)] if _version(bwrap) >= _SIZED_TMPFS else []
    options: list[str] = []
    if confinement.root is not None:
        options += _root_options(confinement.root)
    # For root's processes the files of /proc/sys are their own: only a read-only mount keeps them unwritten.
    options += ["--proc", "/proc", "--remount-ro", "/proc"] if has_own_proc(bwrap) else ["--ro-bind", "/proc", "/proc"]
    options += ["--dev", "/dev", *scratch, "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]  # noqa: S108 - the sandbox's own
    options += [*scratch, "--tmpfs", WORKING_DIRECTORY]
    if confinement.root is not None and not (confinement.root / "tmp").is_symlink():
        options += _bound_entries(confinement.root / "tmp", "/tmp")  # noqa: S108 - the image's own /tmp
    for mount in confinement.mounts:
        options += ["--ro-bind", str(mount.source), mount.target]
    return [*options, "--remount-ro", "/", "--chdir", WORKING_DIRECTORY]


def _root_options(root: Path) -> list[str]:
    options: list[str] = []
    for name in ("sys", "run"):
        if (root / name).is_dir() and not (root / name).is_symlink():
            options += ["--dir", f"/{name}"]
    return options + _bound_entries(root, "", without=_OWN_PLACES)


def _bound_entries(folder: Path, target: str, *, without: tuple[str, ...] = ()) -> list[str]:
    """Return what shows the entries of a folder below ``target``; devices, pipes and sockets stay out."""
    options: list[str] = []
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise describe_os_error(error) from error
    for entry in entries:
        if entry.name in without:
            continue
        mode = entry.stat(follow_symlinks=False).st_mode
        if stat.S_ISLNK(mode):
            options += ["--symlink", str(Path(entry.path).readlink()), f"{target}/{entry.name}"]
        elif stat.S_ISDIR(mode) or stat.S_ISREG(mode):
            options += ["--ro-bind", entry.path, f"{target}/{entry.name}"]
    return options


@functools.cache
def has_own_proc(bwrap: Path) -> bool:
    """Return whether the sandbox can have a /proc of its own.

    The kernel refuses one inside a container that hides parts of its /proc (``mount_too_revealing`` in fs/namespace.c).
    The container's own is then shown, read-only: its processes can be seen there, but neither signalled nor read.
    """
    require_proc()
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    if " /proc/" not in mounts:
        return True
    probe = [str(bwrap), "--unshare-user", "--unshare-pid", "--ro-bind", "/", "/", "--proc", "/proc"]
    helper = helper_descriptor()
    command = [*probe, "--as-pid-1", "--", f"/proc/self/fd/{helper}"]
    done = subprocess.run(command, check=False, capture_output=True, pass_fds=(helper,))
    return done.returncode == HELPER_WITHOUT_ARGUMENTS


@functools.cache
def _version(bwrap: Path) -> tuple[int, ...]:
    done = subprocess.run([bwrap, "--version"], check=False, capture_output=True, stdin=subprocess.DEVNULL)
    match = re.search(rb"(\d+(?:\.\d+)+)", done.stdout)
    return tuple(int(part) for part in match[1].split(b".")) if match else ()


def _not_isolated(said: str) -> InputOutputError | ToolMissingError:
    """Return the error for a sandbox that could not be made, from bubblewrap's own words."""
    what = said.strip().removeprefix("bwrap: ") or "it ended without a word"
    if re.search(r"namespace|uid map|gid map|setuid|clone", what):
        return ToolMissingError(
            f"this machine lets this user make no sandbox: {what}",
            meaning="user namespaces are switched off for this user, or the container around us forbids them",
            hint=_namespace_hint(),
        )
    return InputOutputError(
        f"bubblewrap could not set up the sandbox: {what}",
        hint="check that the image's folder and the file can be read by this user",
    )


def _namespace_hint() -> str:
    """Return what would allow user namespaces here: the first switch that is found off."""
    switches = {
        "kernel/unprivileged_userns_clone": ("0", "sysctl -w kernel.unprivileged_userns_clone=1"),
        "kernel/apparmor_restrict_unprivileged_userns": (
            "1",
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        "user/max_user_namespaces": ("0", "sysctl -w user.max_user_namespaces=10000"),
    }
    for name, (off, command) in switches.items():
        with contextlib.suppress(OSError):
            if Path("/proc/sys", name).read_text(encoding="ascii").strip() == off:
                return f"as root: {command}"
    return "in a container: start it with --security-opt seccomp=unconfined, or --privileged"
