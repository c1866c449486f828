"""Jobs on the cores of this machine: how many at once, in which order, and how they end."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest

from everylinux import engine
from everylinux.engine import LocalEngine, run_jobs


@dataclass
class Sleeping:
    """Sleeps, and notes how many jobs do so at once."""

    inside: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: threading.Event = field(default_factory=threading.Event)

    def here(self, seconds: float) -> float:
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(seconds)
        with self.lock:
            self.inside -= 1
        return seconds

    def parcel(self, job: float) -> None:
        raise NotImplementedError

    def lost(self, job: float, why: str) -> float:
        raise NotImplementedError

    def stop(self) -> None:
        self.stopped.set()


def test_results_come_in_the_order_of_the_jobs() -> None:
    jobs = [0.05, 0.0, 0.03, 0.01, 0.0]
    assert list(LocalEngine(3).run(Sleeping(), jobs)) == jobs


def test_no_more_jobs_run_at_once_than_were_asked_for() -> None:
    work = Sleeping()
    list(LocalEngine(2).run(work, [0.01] * 30))
    assert work.most == 2


def test_quick_jobs_run_up_to_three_times_as_many_at_once() -> None:
    work = Sleeping()
    list(LocalEngine(2, elastic=True).run(work, [0.02] * 30))
    assert work.most == 6


def test_long_jobs_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "QUICK_SECONDS", 0.005)
    work = Sleeping()
    list(LocalEngine(2, elastic=True).run(work, [0.02] * 20))
    assert work.most == 2


def test_after_a_failure_no_job_begins_and_those_that_run_are_stopped() -> None:
    begun, stopped = [], threading.Event()

    def job(number: int) -> int:
        begun.append(number)
        if number == 0:
            raise ZeroDivisionError
        assert stopped.wait(10)
        return number

    with pytest.raises(ZeroDivisionError):
        list(run_jobs(job, range(100), workers=2, stop=stopped.set))
    assert len(begun) <= 4


def test_a_job_that_waits_for_its_turn_does_not_begin_after_a_failure() -> None:
    @dataclass
    class Failing(Sleeping):
        begun: int = 0

        def here(self, seconds: float) -> float:
            self.begun += 1
            if self.begun == 2:
                raise ZeroDivisionError
            return super().here(seconds)

    work = Failing()
    with pytest.raises(ZeroDivisionError):
        list(LocalEngine(1, elastic=True).run(work, [0.0, 0.0, *[0.3] * 50]))
    assert work.begun <= 12
    assert work.stopped.is_set()
