"""Control groups: memory and processes of one run counted together.

A run's group is made below the group that this process is in, in both versions of the interface, so that whatever
limits this process also limits the run (Linux documentation, admin-guide/cgroup-v1 and cgroup-v2). Where no such group
can be made, nothing is said here and `limits` holds alone.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from everylinux.sandbox.limits import Limits

Process = TypeVar("Process")

CONTROLLERS = ("memory", "pids")
REMOVAL_SECONDS = 2.0
# The sandbox's own two processes are in the group as well.
OTHERS = 2
_PREFIX = "everylinux-"
_numbers = itertools.count()


@dataclass(frozen=True)
class Hierarchy:
    """A folder in which groups can be made, the interface's version, and the controllers that act there."""

    parent: Path
    version: int
    controllers: tuple[str, ...]


@dataclass(frozen=True)
class ControlGroup:
    """The group of one run: one folder in each hierarchy."""

    folders: tuple[tuple[Hierarchy, Path], ...] = ()

    @property
    def controllers(self) -> frozenset[str]:
        """What it limits: ``memory``, ``pids``."""
        return frozenset(name for hierarchy, _ in self.folders for name in hierarchy.controllers)

    @property
    def entrances(self) -> tuple[Path, ...]:
        """The files into which a process writes itself to enter."""
        return tuple(folder / "cgroup.procs" for _, folder in self.folders)

    def remove(self) -> None:
        """Remove it, once its last processes are gone."""
        for _, folder in self.folders:
            _remove(folder)

    def add(self, process: int) -> None:
        """Put a process into it; raises `OSError` where that is refused."""
        for entrance in self.entrances:
            entrance.write_text(str(process))

    def start(self, launch: Callable[[], Process]) -> Process:
        """Return what ``launch`` starts; it enters the group by itself."""
        return launch()

    def exceeded(self) -> frozenset[str]:
        """Return which limits were hit: ``memory``, ``processes``."""
        return frozenset(name for name, count in self.counts().items() if count)

    def counts(self) -> dict[str, int]:
        """Return how often each limit was hit."""
        found = {}
        for hierarchy, folder in self.folders:
            if "memory" in hierarchy.controllers:
                events = "memory.events" if hierarchy.version == 2 else "memory.oom_control"  # noqa: PLR2004
                found["memory"] = _counter(folder / events, "oom_kill")
            if "pids" in hierarchy.controllers:
                found["processes"] = _counter(folder / "pids.events", "max")
        return found


@contextlib.contextmanager
def control_group(limits: Limits) -> Iterator[ControlGroup]:
    """Yield a group with these limits; it has no folders where none can be made. It is removed at the end."""
    group = make_group(limits)
    try:
        yield group
    finally:
        group.remove()


def make_group(limits: Limits, *, others: int = OTHERS) -> ControlGroup:
    """Return a new group, which the caller removes; ``others`` are the processes in it that are not the program's."""
    made: list[tuple[Hierarchy, Path]] = []
    name = f"{_PREFIX}{os.getpid()}-{next(_numbers)}"
    for hierarchy in writable_hierarchies():
        folder = hierarchy.parent / name
        try:
            folder.mkdir()
            made.append((hierarchy, folder))
            _set_limits(hierarchy, folder, limits, others)
        except OSError:
            # The folder may be read-only for us, or its limit fixed from outside: then rlimits hold.
            made = [entry for entry in made if entry[1] != folder]
            _remove(folder)
    return ControlGroup(tuple(made))


@functools.cache
def writable_hierarchies() -> tuple[Hierarchy, ...]:
    """Return where this process may make groups; groups of dead processes are removed on the way."""
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    groups = Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="surrogateescape")
    found = tuple(entry for entry in find_hierarchies(mounts, groups) if os.access(entry.parent, os.W_OK))
    for hierarchy in found:
        _remove_abandoned(hierarchy.parent)
    return found


def control_group_of(process: int) -> ControlGroup:
    """Return the group that a process is in, with what limits it there; empty where that cannot be read."""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
        groups = Path(f"/proc/{process}/cgroup").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ControlGroup()
    found = find_hierarchies(mounts, groups, active="cgroup.controllers")
    return ControlGroup(tuple((hierarchy, hierarchy.parent) for hierarchy in found))


def find_hierarchies(mounts: str, groups: str, *, active: str = "cgroup.subtree_control") -> list[Hierarchy]:
    """Return the hierarchies that have our controllers, from the text of ``mountinfo`` and ``cgroup`` (proc(5)).

    ``active`` is the file of version 2 that lists what acts: on the groups below, or (``cgroup.controllers``) there.
    """
    own = {}
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        own[controllers] = path
    found = []
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        root, point = (_unescape(word) for word in before.split()[3:5])
        kind, _, options = [*after.split(), "", "", ""][:3]
        if kind == "cgroup2" and "" in own:
            parent = _below(point, root, own[""])
            listed = _read(parent / active).split()
            found.append(Hierarchy(parent, 2, tuple(name for name in CONTROLLERS if name in listed)))
        elif kind == "cgroup":
            for controllers, path in own.items():
                ours = tuple(name for name in CONTROLLERS if name in controllers.split(","))
                if ours and set(controllers.split(",")) <= set(options.split(",")):
                    found.append(Hierarchy(_below(point, root, path), 1, ours))
    return sorted((entry for entry in found if entry.controllers), key=lambda entry: entry.controllers)


def _below(point: str, root: str, path: str) -> Path:
    """Return the folder of group ``path`` when ``root`` of the hierarchy is mounted at ``point``."""
    inside = os.path.relpath(path, root)
    return Path(point) if inside.startswith("..") else Path(os.path.normpath(Path(point) / inside))


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)


def _set_limits(hierarchy: Hierarchy, folder: Path, limits: Limits, others: int) -> None:
    if "memory" in hierarchy.controllers:
        if hierarchy.version == 2:  # noqa: PLR2004 - the interface's version
            (folder / "memory.max").write_text(str(limits.memory))
            _try_write(folder / "memory.swap.max", "0")
        else:
            (folder / "memory.limit_in_bytes").write_text(str(limits.memory))
            _try_write(folder / "memory.memsw.limit_in_bytes", str(limits.memory))
    if "pids" in hierarchy.controllers:
        (folder / "pids.max").write_text(str(limits.processes + others))


def _try_write(file: Path, text: str) -> None:
    """Write to a file that kernels without swap accounting do not have."""
    with contextlib.suppress(OSError):
        file.write_text(text)


def _counter(file: Path, name: str) -> int:
    for line in _read(file).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdecimal():
            return int(value)
    return 0


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _remove(folder: Path) -> None:
    """Remove a group; its last processes may still be dying."""
    deadline = time.monotonic() + REMOVAL_SECONDS
    while True:
        try:
            folder.rmdir()
        except FileNotFoundError:
            return
        except OSError:
            if time.monotonic() > deadline:
                return
            time.sleep(0.002)
        else:
            return


def _remove_abandoned(parent: Path) -> None:
    """Remove groups whose maker was killed; a group that still has processes stays, the kernel refuses."""
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdecimal() and not Path("/proc", owner).exists():
            with contextlib.suppress(OSError):
                folder.rmdir()
