"""Small jobs on all cores: records out of many files, in worker processes once there are enough of them.

Judging a file is work for the processor, so threads would not help. The processes are forked when the first jobs have
been done here: they inherit what these have read (images, libraries). These are few, for until then the other cores
wait; and a handful of files costs no process at all.
"""

from __future__ import annotations

import collections
import contextlib
import gc
import itertools
import signal
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from everylinux.decoding import decoded
from everylinux.errors import InputOutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor

Job = TypeVar("Job")
Result = TypeVar("Result", bound=msgspec.Struct)

MOST_HERE = 24  # jobs that are all done in this process: so few are not worth another one
FIRST_HERE = 4  # of more jobs these, before other processes are started
AT_ONCE = 8  # jobs that a worker takes in one go
OBJECTS_BETWEEN_SEARCHES = 50_000  # of Python's search for cycles in a worker, where 700 are usual
AHEAD = 4  # such portions for each worker that are begun before their turn

# For jobs that differ much: the heaviest of so many for each worker are begun first.
AHEAD_BY_WEIGHT = 8

# What a worker runs.
_function: Callable[[object], msgspec.Struct] | None = None


class Workers(Generic[Job, Result]):
    """Maps one function over jobs, in their order; ``kind`` is the type of its results.

    Use it as a context manager: the processes end with the block. At most a few jobs for each worker are read ahead,
    so memory does not grow with their number. ``weight``: the jobs are large and of different size; they are given out
    one by one, none of them is done here, and of those that are read ahead the heaviest are begun first.
    """

    def __init__(
        self,
        function: Callable[[Job], Result],
        kind: type[Result],
        *,
        count: int,
        weight: Callable[[Job], int] | None = None,
    ) -> None:
        self._function = function
        self._kind = kind
        self._count = count
        self._weight = weight
        self._most_here = MOST_HERE if weight is None else 0
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
        if self._count == 1:
            yield from map(self._function, left)
            return
        room = self._most_here - self._done
        first = list(itertools.islice(left, room + 1)) if room > 0 else []
        few = len(first) <= room and room > 0
        here = len(first) if few else max(0, FIRST_HERE - self._done)
        for job in first[:here]:
            yield self._function(job)
        self._done += len(first)
        # Where no process is needed, nothing of what starts them is imported.
        if not few:
            yield from self._in_processes(itertools.chain(first[here:], left))

    def _in_processes(self, jobs: Iterator[Job]) -> Iterator[Result]:
        from concurrent.futures.process import BrokenProcessPool

        waiting: collections.deque[Future[list[bytes]]] = collections.deque()
        try:
            while True:
                waiting += self._begun(jobs, len(waiting))
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

    def _begun(self, jobs: Iterator[Job], waiting: int) -> list[Future[list[bytes]]]:
        """Begin more jobs where there is room for them; return them in their order."""
        if self._weight is None:
            room = self._count * AHEAD - waiting
            portions = itertools.takewhile(bool, (list(itertools.islice(jobs, AT_ONCE)) for _ in range(room)))
            return [self._submitted(portion) for portion in portions]
        most = self._count * AHEAD_BY_WEIGHT
        # Only of many jobs the heaviest can be chosen.
        taken = list(itertools.islice(jobs, most - waiting)) if waiting <= most // 2 else []
        weights = [self._weight(job) for job in taken]
        order = sorted(range(len(taken)), key=lambda number: -weights[number])
        begun = {number: self._submitted([taken[number]]) for number in order}
        return [begun[number] for number in range(len(taken))]

    def _submitted(self, portion: Sequence[Job]) -> Future[list[bytes]]:
        return self._started().submit(_work, portion)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            import multiprocessing
            from concurrent.futures import ProcessPoolExecutor

            context = multiprocessing.get_context("fork")
            # A forked process inherits the arguments, so the function may hold what cannot be sent.
            self._pool = ProcessPoolExecutor(self._count, context, partial(_begin, self._function))
        return self._pool

    def _received(self, content: bytes) -> Result:
        if content[:1] == b"P":
            import pickle

            result: Result = pickle.loads(content[1:])  # noqa: S301 - from our own worker
            return result
        return decoded(content, self._kind)


def _begin(function: Callable[[Job], msgspec.Struct]) -> None:
    """Leave Ctrl-C to the process that waits, and end when that is gone, however it went (prctl(2))."""
    import ctypes

    global _function  # noqa: PLW0603 - what this process is for
    _function = function  # type: ignore[assignment]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Records and what is remembered of images hold no cycles: to search them for some costs a tenth of the time.
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_SEARCHES)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def _work(jobs: Sequence[object]) -> list[bytes]:
    if _function is None:  # pragma: no cover - a worker sets it first
        raise RuntimeError
    return [_sent(_function(job)) for job in jobs]


def _sent(result: msgspec.Struct) -> bytes:
    try:
        return msgspec.json.encode(result)  # read back twice as fast as MessagePack
    except UnicodeEncodeError:  # a file's name that is not UTF-8
        import pickle

        return b"P" + pickle.dumps(result)
