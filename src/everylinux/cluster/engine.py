"""Jobs into a cluster, results out of it in the order of the jobs."""

from __future__ import annotations

import collections
import contextlib
import itertools
import queue
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, TypeVar

from everylinux import __version__
from everylinux.cluster import store
from everylinux.cluster.connection import other_version
from everylinux.cluster.delivery import Deliveries
from everylinux.errors import EverylinuxError, InputOutputError, describe_os_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from distributed import Future

    from everylinux.cluster.connection import Connection
    from everylinux.cluster.delivery import Delivered
    from everylinux.cluster.parcel import Parcel
    from everylinux.engine import Work

Job = TypeVar("Job")
Result = TypeVar("Result")

LEAST_AT_ONCE = 16  # handed out also while no worker is there: clusters that grow when they are needed wait for that
JOBS_PER_THREAD = 4
MOST_AHEAD = 1024  # results that are kept until those before them are there
MOST_TRIES = 100
SECONDS_BETWEEN_LOOKS = 1.0


@dataclass(frozen=True)
class Errand:
    """What Dask carries to a worker: a function of a module, its arguments, and the trees that it needs."""

    call: Callable[..., object]
    arguments: tuple[object, ...]
    trees: tuple[str, ...]
    version: str = __version__


class Answer(NamedTuple):
    """What comes back, and from which worker."""

    worker: str
    kind: Literal["done", "lacking", "failed", "version"]
    value: object = None


def perform(errand: Errand) -> Answer:
    """Do one job in a worker; what goes wrong there is an answer, too."""
    from distributed import get_worker

    worker: str = get_worker().address
    if errand.version != __version__:
        return Answer(worker, "version", __version__)
    try:
        if store.lacks(errand.trees):
            return Answer(worker, "lacking")
        return Answer(worker, "done", errand.call(*errand.arguments))
    except EverylinuxError as error:
        return Answer(worker, "failed", error)
    except OSError as error:
        return Answer(worker, "failed", describe_os_error(error))


@dataclass(eq=False)
class _Slot(Generic[Job, Result]):
    """One job on its way; ``results`` has one when it has come back."""

    job: Job
    parcel: Parcel[Result] | None
    results: list[Result] = field(default_factory=list)
    tries: int = 0


@dataclass(frozen=True)
class _Finished:
    """Dask is done with one job."""

    future: Future


@dataclass(frozen=True)
class ClusterEngine:
    """The workers of a cluster; ``at_once`` jobs are handed out at most (``None``: by the number of their threads)."""

    connection: Connection
    at_once: int | None = None

    def run(self, work: Work[Job, Result], jobs: Iterable[Job]) -> Iterator[Result]:
        """Yield the results; see `everylinux.engine.Engine`.

        A job whose worker is lost is done again by another. One that took several down is given up (`Work.lost`).
        Raises `InputOutputError` when the scheduler or all workers are lost.
        """
        flow = _Flow(self.connection, work, self.at_once)
        try:
            yield from flow.run(iter(jobs))
        finally:
            flow.end()


class _Flow(Generic[Job, Result]):
    """One run over many jobs. All but the deliveries happens in the thread that takes the results."""

    def __init__(self, connection: Connection, work: Work[Job, Result], at_once: int | None) -> None:
        self._connection = connection
        self._work = work
        self._asked = at_once
        self._most = at_once or LEAST_AT_ONCE
        self._looked = 0.0
        self._slots: collections.deque[_Slot[Job, Result]] = collections.deque()
        self._out: dict[Future, _Slot[Job, Result]] = {}
        self._events: queue.SimpleQueue[_Finished | Delivered[_Slot[Job, Result]]] = queue.SimpleQueue()
        self._deliveries: Deliveries[_Slot[Job, Result]] = Deliveries(connection.ask, self._events.put, connection.say)

    def run(self, jobs: Iterator[Job]) -> Iterator[Result]:
        """Hand out jobs, a bounded number at once, and yield their results in order."""
        while True:
            self._look()
            busy = len(self._out) + self._deliveries.waiting
            for job in itertools.islice(jobs, max(0, min(self._most - busy, MOST_AHEAD - len(self._slots)))):
                self._begin(job)
            while self._slots and self._slots[0].results:
                yield self._slots.popleft().results[0]
            if not self._slots and not self._has_more(jobs):
                return
            self._take(self._next_events())

    def end(self) -> None:
        """Cancel what is not finished."""
        self._deliveries.end()
        self._connection.cancel(list(self._out))

    def _has_more(self, jobs: Iterator[Job]) -> bool:
        for job in itertools.islice(jobs, 1):
            self._begin(job)
        return bool(self._slots)

    def _begin(self, job: Job) -> None:
        slot = _Slot(job, self._work.parcel(job))
        self._slots.append(slot)
        if slot.parcel is None:
            slot.results.append(self._work.here(job))
        else:
            self._hand_out(slot)

    def _hand_out(self, slot: _Slot[Job, Result], worker: str | None = None) -> None:
        parcel = slot.parcel
        if parcel is None:
            return
        slot.tries += 1
        if slot.tries > MOST_TRIES:
            raise InputOutputError(
                "a job never finds its files on a worker",
                meaning="they are sent, and gone when it is its turn",
                hint="look at the disks of the workers",
            )
        errand = Errand(parcel.call, parcel.arguments, tuple(tree.name for tree in parcel.trees))
        future = self._connection.submit(perform, errand, worker=worker)
        self._out[future] = slot
        self._expect(future)

    def _expect(self, future: Future) -> None:
        """Have it told when a call is finished."""
        future.add_done_callback(lambda done: self._events.put(_Finished(done)))

    def _next_events(self) -> list[_Finished | Delivered[_Slot[Job, Result]]]:
        """Wait for something to happen, a second at most, and return all that has."""
        events = []
        with contextlib.suppress(queue.Empty):
            events.append(self._events.get(timeout=SECONDS_BETWEEN_LOOKS))
            while True:
                events.append(self._events.get_nowait())
        return events

    def _take(self, events: Iterable[_Finished | Delivered[_Slot[Job, Result]]]) -> None:
        finished = []
        for event in events:
            if isinstance(event, _Finished):
                finished.append(event.future)
            else:
                for slot in self._deliveries.end_of(event):
                    self._hand_out(slot, event.worker)
        for future, answer in self._connection.results(finished):
            if answer is None:
                self._expect(future)
                continue
            slot = self._out.pop(future)
            if isinstance(answer, Answer):
                self._take_answer(slot, answer)
            else:
                slot.results.append(self._work.lost(slot.job, str(answer)))

    def _take_answer(self, slot: _Slot[Job, Result], answer: Answer) -> None:
        match answer.kind:
            case "done":
                slot.results.append(answer.value)  # type: ignore[arg-type] # what its call returned
            case "lacking" if slot.parcel is not None:
                self._deliveries.ask_for(answer.worker, slot, slot.parcel.trees)
            case "version":
                raise other_version(answer.worker, str(answer.value))
            case _:
                raise answer.value  # type: ignore[misc] # as it was raised there

    def _look(self) -> None:
        """See now and then how many workers there are."""
        if time.monotonic() - self._looked >= SECONDS_BETWEEN_LOOKS:
            threads = self._connection.threads()
            self._looked = time.monotonic()
            self._most = self._asked or max(LEAST_AT_ONCE, JOBS_PER_THREAD * threads)
