"""Small jobs on all cores: records out of many files, in worker processes once there are enough of them.

Judging a file is work for the processor, so threads would not help. The processes are forked when the first jobs have
been done here: they inherit what these have read (images, libraries), and a handful of files costs no process at all.
"""

from __future__ import annotations

import collections
import contextlib
import itertools
import signal
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from everylinux.errors import InputOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor

Job = TypeVar("Job")
Result = TypeVar("Result", bound=msgspec.Struct)

FIRST_HERE = 24  # jobs that are done in this process before any other is started
AT_ONCE = 8  # jobs that a worker takes in one go
AHEAD = 4  # such portions for each worker that are begun before their turn

# What a worker runs; inherited when it is forked, so that it may hold what cannot be sent.
_function: Callable[[object], msgspec.Struct] | None = None


class Workers(Generic[Job, Result]):
    """Maps one function over jobs, in their order; ``kind`` is the type of its results.

    Use it as a context manager: the processes end with the block. At most a few jobs for each worker are read ahead,
    so memory does not grow with their number.
    """

    def __init__(self, function: Callable[[Job], Result], kind: type[Result], *, count: int) -> None:
        self._function = function
        self._kind = kind
        self._count = count
        self._done = 0
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Workers[Job, Result]:
        """Start nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End all processes; what they were doing is dropped."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def run(self, jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the result of each job; the first exception is raised as it is."""
        left = iter(jobs)
        for job in left if self._count == 1 else itertools.islice(left, max(0, FIRST_HERE - self._done)):
            self._done += 1
            yield self._function(job)
        yield from self._in_processes(left)

    def _in_processes(self, jobs: Iterator[Job]) -> Iterator[Result]:
        from concurrent.futures.process import BrokenProcessPool

        waiting: collections.deque[Future[list[bytes]]] = collections.deque()
        try:
            while True:
                while len(waiting) < self._count * AHEAD and (portion := list(itertools.islice(jobs, AT_ONCE))):
                    waiting.append(self._started().submit(_work, portion))
                if not waiting:
                    return
                for content in waiting.popleft().result():
                    yield self._received(content)
        except BrokenProcessPool as error:
            raise InputOutputError(
                "a worker process was killed",
                meaning="most likely this machine ran out of memory",
                hint="run it again with fewer processes: -j 1",
            ) from error
        finally:
            for future in waiting:
                future.cancel()

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            global _function  # noqa: PLW0603 - the way into a forked process for what cannot be sent
            _function = self._function  # type: ignore[assignment]
            context = multiprocessing.get_context("fork")
            self._pool = ProcessPoolExecutor(self._count, mp_context=context, initializer=_begin)
        return self._pool

    def _received(self, content: bytes) -> Result:
        if content[:1] == b"P":
            import pickle

            result: Result = pickle.loads(content[1:])  # noqa: S301 - from our own worker
            return result
        return msgspec.json.decode(content, type=self._kind)


def _begin() -> None:
    """Leave Ctrl-C to the process that waits, and end when that is gone, however it went (prctl(2))."""
    import ctypes

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _work(jobs: Sequence[object]) -> list[bytes]:
    if _function is None:  # pragma: no cover - a worker is forked only after it was set
        raise RuntimeError
    return [_sent(_function(job)) for job in jobs]


def _sent(result: msgspec.Struct) -> bytes:
    try:
        return msgspec.json.encode(result)  # read back twice as fast as MessagePack
    except UnicodeEncodeError:  # a file's name that is not UTF-8
        import pickle

        return b"P" + pickle.dumps(result)
