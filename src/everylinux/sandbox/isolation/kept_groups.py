"""Control groups that are kept from run to run, where the kernel has version 1 of the interface.

To move a process into a group, the kernel waits until every CPU has noticed (``percpu_down_write`` in
kernel/cgroup/cgroup.c, an RCU grace period): 5 to 20 ms in which nothing is done. In version 1 a single thread may be
in a group (admin-guide/cgroup-v1, ``tasks``), and what it starts begins there. So each group has a thread of this
process, which starts the runs and does nothing else. It holds no memory of its own: that of a thread counts where the
process is. What a run hit is the difference of the group's counters.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from everylinux.sandbox.isolation.control_groups import OTHERS, ControlGroup, control_group, make_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from everylinux.sandbox.isolation.control_groups import Process
    from everylinux.sandbox.limits import Limits

MOST_KEPT = 64
# A group in which the last run left more (file contents that the kernel caches for it) makes room for a new one.
_MOST_USED = 1 / 8


@dataclass
class KeptGroup:
    """A group with a thread in it; ``controllers``, ``entrances``, ``start`` and ``exceeded`` as a `ControlGroup`'s."""

    limits: Limits
    group: ControlGroup
    starter: ThreadPoolExecutor
    task: int
    before: dict[str, int] = field(default_factory=dict)
    # There is no door: what is started is inside.
    entrances: tuple[Path, ...] = ()

    @property
    def controllers(self) -> frozenset[str]:
        """What it limits: ``memory``, ``pids``."""
        return self.group.controllers

    def start(self, launch: Callable[[], Process]) -> Process:
        """Return what ``launch`` starts, called by the group's own thread."""
        return self.starter.submit(launch).result()

    def exceeded(self) -> frozenset[str]:
        """Return which limits were hit since it was taken: ``memory``, ``processes``."""
        return frozenset(name for name, count in self.group.counts().items() if count > self.before.get(name, 0))

    def is_quiet(self) -> bool:
        """Return whether nothing of an earlier run is left in it."""
        try:
            for hierarchy, folder in self.group.folders:
                if (folder / "tasks").read_text().split() != [str(self.task)]:
                    return False
                if "memory" in hierarchy.controllers:
                    used = int((folder / "memory.usage_in_bytes").read_text())
                    if used > self.limits.memory * _MOST_USED:
                        return False
        except (OSError, ValueError):
            return False
        return True

    def close(self) -> None:
        """End its thread and remove it."""
        self.starter.shutdown()
        self.group.remove()


_kept: list[KeptGroup] = []
_lock = threading.Lock()


@contextlib.contextmanager
def group_of_a_run(limits: Limits) -> Iterator[ControlGroup | KeptGroup]:
    """Yield a group with these limits: one that was kept where that can be, otherwise one for this run alone."""
    kept = _take(limits)
    if kept is None:
        with control_group(limits) as group:
            yield group
        return
    try:
        yield kept
    finally:
        _give_back(kept)


def _take(limits: Limits) -> KeptGroup | None:
    with _lock:
        for index, kept in enumerate(_kept):
            if kept.limits == limits and kept.is_quiet():
                del _kept[index]
                kept.before = kept.group.counts()
                return kept
    return _make(limits)


def _give_back(kept: KeptGroup) -> None:
    with _lock:
        _kept.append(kept)
        surplus = _kept.pop(0) if len(_kept) > MOST_KEPT else None
    if surplus:
        surplus.close()


def _make(limits: Limits) -> KeptGroup | None:
    group = make_group(limits, others=OTHERS + 1)
    if group.folders and all(hierarchy.version == 1 for hierarchy, _ in group.folders):
        starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="everylinux-starter")
        try:
            return KeptGroup(limits, group, starter, starter.submit(_enter, group).result())
        except OSError:
            starter.shutdown()
    group.remove()
    return None


def _enter(group: ControlGroup) -> int:
    """Put the calling thread into a group, and return its number."""
    for _, folder in group.folders:
        (folder / "tasks").write_text("0")
    return threading.get_native_id()


def _close_all() -> None:
    with _lock:
        groups, _kept[:] = list(_kept), []
    for kept in groups:
        kept.close()


def _forget_all() -> None:
    """Forget the groups of the process that this one was forked from: their threads are not here."""
    global _lock  # noqa: PLW0603 - it may be held by a thread that is not here either
    _lock = threading.Lock()
    _kept.clear()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_forget_all)
