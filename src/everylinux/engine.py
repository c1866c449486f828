"""Where jobs run: this machine's cores, or a Dask cluster.

Every verb maps a function over independent jobs. The jobs of `build` and `prove` wait for compilers and emulators, so
threads are enough to keep all cores busy here; `everylinux.cluster` is the other engine.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from everylinux.cluster.parcel import Parcel

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


class Engine(Protocol):
    """A place where jobs run."""

    def run(self, work: Work[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of every job in the order of the jobs; the first exception is raised as it is."""


@dataclass(frozen=True)
class LocalEngine:
    """The cores of this machine: ``workers`` jobs at once."""

    workers: int

    def run(self, work: Work[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the results; see `Engine`."""
        return run_jobs(work.here, jobs, workers=self.workers)


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
