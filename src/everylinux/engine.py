"""Where jobs run: this machine's cores, or a Dask cluster.

Every verb maps a function over independent jobs. The jobs of `build` and `prove` wait for compilers, emulators and the
kernel, so threads are enough to keep all cores busy here; `everylinux.cluster` is the other engine.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from everylinux.cluster.parcel import Parcel

# Measured on two idle cores with 1,000 runs of a moment each: two for each core keep 84 % of the cores at work, three
# 88 %, four 90 %.
QUICK_AT_ONCE = 3
QUICK_SECONDS = 1.0

Job = TypeVar("Job")
Given_contra = TypeVar("Given_contra", contravariant=True)
Result = TypeVar("Result")


class Work(Protocol[Given_contra, Result]):
    """A function over independent jobs, and how one of them is done on another machine."""

    def here(self, job: Given_contra) -> Result:
        """Do it on this machine."""

    def parcel(self, job: Given_contra) -> Parcel[Result] | None:
        """Return what travels for it; ``None`` where `here` answers at once, without running anything."""

    def lost(self, job: Given_contra, why: str) -> Result:
        """Return the result of a job that no machine could finish; ``why`` is one sentence."""

    def stop(self) -> None:
        """End the jobs that run on this machine; nobody waits for their results any more."""


class Engine(Protocol):
    """A place where jobs run."""

    def run(self, work: Work[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of every job in the order of the jobs; the first exception is raised as it is."""


@dataclass(frozen=True)
class LocalEngine:
    """The cores of this machine: ``workers`` jobs at once.

    ``elastic``: up to three times as many while they end within a second. What isolates a short program mostly waits
    for the kernel, so that one for each core leaves a third of the cores idle; long ones would only take each other's
    time.
    """

    workers: int
    elastic: bool = False

    def run(self, work: Work[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the results; see `Engine`."""
        if not self.elastic:
            return run_jobs(work.here, jobs, workers=self.workers, stop=work.stop)
        gate = _Gate(self.workers)

        def stop() -> None:
            gate.close()
            work.stop()

        return run_jobs(lambda job: gate.call(work.here, job), jobs, workers=QUICK_AT_ONCE * self.workers, stop=stop)


class _Gate:
    """Lets so many calls through at once, and up to `QUICK_AT_ONCE` times as many after quick ones."""

    def __init__(self, least: int) -> None:
        self._least = self._most = least
        self._inside = 0
        self._closed = False
        self._changed = threading.Condition()

    def call(self, function: Callable[[Job], Result], job: Job) -> Result:
        """Call a function when there is room; raises `CancelledError` once the gate is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._inside < self._most)
            if self._closed:
                raise CancelledError
            self._inside += 1
        begin = time.monotonic()
        try:
            return function(job)
        finally:
            quick = time.monotonic() - begin < QUICK_SECONDS
            with self._changed:
                self._inside -= 1
                self._most = min(self._most + 1, QUICK_AT_ONCE * self._least) if quick else self._least
                self._changed.notify_all()

    def close(self) -> None:
        """Let nothing through any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()


def run_jobs(
    function: Callable[[Job], Result],
    jobs: Iterable[Job],
    *,
    workers: int,
    stop: Callable[[], None] | None = None,
) -> Iterator[Result]:
    """Yield the result of every job in the order of the jobs, at most ``workers`` of them at once.

    The first exception is raised as it is; jobs that have not begun by then never do, and ``stop`` is called so that
    those that run come to an end.
    """
    pool = ThreadPoolExecutor(max_workers=workers)
    futures = [pool.submit(function, job) for job in jobs]
    try:
        for future in futures:
            yield future.result()
    except BaseException:
        if stop is not None:
            stop()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
