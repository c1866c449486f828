"""Where jobs run: this machine's cores.

Every verb maps a function over independent jobs. The jobs of `build` and `prove` wait for compilers and emulators, so
threads are enough to keep all cores busy.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Job = TypeVar("Job")
Result = TypeVar("Result")


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
