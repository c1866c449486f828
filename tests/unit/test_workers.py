"""Records out of many jobs: in order, in other processes, and with the errors as they are."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from everylinux.errors import InputOutputError, UsageError
from everylinux.workers import AHEAD, AHEAD_BY_WEIGHT, AT_ONCE, FIRST_HERE, MOST_HERE, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = MOST_HERE + 200


class Done(msgspec.Struct):
    job: int
    process: int
    text: str = ""


def work(job: int) -> Done:
    return Done(job, os.getpid())


def test_a_few_jobs_start_no_process() -> None:
    with Workers(work, Done, count=2) as workers:
        results = list(workers.run(range(MOST_HERE)))
    assert {one.process for one in results} == {os.getpid()}


def test_a_few_jobs_import_nothing_of_what_starts_processes() -> None:
    script = (
        "import sys\n"
        "from test_workers import Done, MOST_HERE, Workers, work\n"
        "forgotten = [name for name in sys.modules if name.startswith(('concurrent', 'multiprocessing'))]\n"
        "for name in forgotten:\n"
        "    del sys.modules[name]\n"
        "assert len(list(Workers(work, Done, count=2).run(range(MOST_HERE)))) == MOST_HERE\n"
        "assert 'concurrent.futures.process' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(__file__).parent)


def test_one_worker_is_this_process_however_many_jobs_there_are() -> None:
    with Workers(work, Done, count=1) as workers:
        assert {one.process for one in workers.run(range(MANY))} == {os.getpid()}


def test_many_jobs_go_to_other_processes_and_come_back_in_order() -> None:
    with Workers(work, Done, count=2) as workers:
        results = list(workers.run(range(MANY)))
    assert [one.job for one in results] == list(range(MANY))
    assert len({one.process for one in results} - {os.getpid()}) in {1, 2}


def test_the_other_processes_do_not_wait_for_many_jobs_of_this_one() -> None:
    with Workers(work, Done, count=2) as workers:
        results = list(workers.run(range(MOST_HERE + 1)))
    assert [one.job for one in results if one.process == os.getpid()] == list(range(FIRST_HERE))


def test_the_processes_stay_for_the_next_batch() -> None:
    with Workers(work, Done, count=2) as workers:
        first = {one.process for one in workers.run(range(MANY))} - {os.getpid()}
        again = {one.process for one in workers.run(range(50))}
        # One of the two may have been too slow to get a job of the first batch.
        assert os.getpid() not in again
        assert len(first | again) <= 2


def test_jobs_are_read_only_a_little_ahead() -> None:
    taken = itertools.count()

    def jobs() -> Iterator[int]:
        for _ in range(100_000):
            yield next(taken)

    with Workers(work, Done, count=2) as workers:
        results = workers.run(jobs())
        for _ in range(MOST_HERE + 1):
            next(results)
        assert next(taken) <= MOST_HERE + 2 * AHEAD * AT_ONCE + AT_ONCE


def fail_late(job: int) -> Done:
    if job == MANY - 5:
        raise UsageError("job failed", meaning="it does", hint="try less")
    return work(job)


def test_an_error_comes_as_it_is() -> None:
    with (
        Workers(fail_late, Done, count=2) as workers,
        pytest.raises(UsageError, match="job failed") as raised,
    ):
        list(workers.run(range(MANY)))
    assert (raised.value.meaning, raised.value.hint) == ("it does", "try less")


def die(job: int) -> Done:
    if job == MANY - 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return work(job)


def test_a_killed_worker_is_one_clear_error() -> None:
    with Workers(die, Done, count=2) as workers, pytest.raises(InputOutputError, match="killed") as raised:
        list(workers.run(range(MANY)))
    assert "-j 1" in raised.value.hint


def odd(job: int) -> Done:
    return Done(job, os.getpid(), "name-\udcff")


def test_a_name_that_is_not_utf_8_comes_back() -> None:
    with Workers(odd, Done, count=2) as workers:
        assert {one.text for one in workers.run(range(MANY))} == {"name-\udcff"}


def weigh(job: int) -> int:
    return job % 7


def slowly(job: int) -> Done:
    begun = str(time.monotonic_ns())
    time.sleep(0.01)
    return Done(job, os.getpid(), begun)


def test_of_jobs_with_a_weight_the_heaviest_begin_first_and_all_come_back_in_order() -> None:
    count = AHEAD_BY_WEIGHT * 2
    with Workers(slowly, Done, count=2, weight=weigh) as workers:
        results = list(workers.run(range(3 * count)))
    assert [one.job for one in results] == list(range(3 * count))
    assert os.getpid() not in {one.process for one in results}
    begun = sorted(results[:count], key=lambda one: (one.process, int(one.text)))
    for _, done in itertools.groupby(begun, key=lambda one: one.process):
        weights = [weigh(one.job) for one in done]
        assert weights == sorted(weights, reverse=True)


def test_jobs_with_a_weight_are_read_only_a_little_ahead() -> None:
    taken = itertools.count()
    with Workers(work, Done, count=2, weight=weigh) as workers:
        next(workers.run(next(taken) for _ in range(100_000)))
        assert next(taken) <= 2 * 2 * AHEAD_BY_WEIGHT
