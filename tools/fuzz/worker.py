"""One process that makes inputs, runs them and watches.

``python -m fuzz.worker ROOM RESULTS TARGETS SEED FIRST LAST STEP``: ``TARGETS`` are names with commas, or ``all``. With
``--only`` at the end the numbers after the seed are those of the inputs themselves.

The inputs of a seed are numbered: a number always gives the same input, whichever process makes it. ``RESULTS`` is a
folder: ``progress`` there holds the number at work, ``findings.jsonl`` what went wrong, ``digests`` some answers.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import signal
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import msgspec

from fuzz.findings import Finding, Kind, place_of, smallest
from fuzz.mutations import mutate
from fuzz.room import Room
from fuzz.targets import TARGETS, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

# Of the processor, so that a busy machine finds nothing that is not there.
SECONDS = 2.0
MOST_TIMES_AS_LONG = 50
SHORTEST_BASELINE = 0.010
ADDRESS_SPACE = 3 << 30
MEMORY = 256 << 20
# How often an input is run twice, and its answer kept for another process to compare.
TWICE = 8
KEPT = 64
LONGEST_MESSAGE = 300


class TookTooLongError(BaseException):
    """The alarm rang; no ``except Exception`` stops it."""


class Input(NamedTuple):
    """One input: what it is for, what it was made of."""

    number: int
    target: Target
    seed: str
    content: bytes


@dataclass
class Worker:
    """The state of one process; ``baselines`` is what each unchanged seed costs, in seconds of the processor."""

    room: Room
    results: Path
    wanted: str
    seed: int
    targets: list[Target] = field(init=False)
    seeds: dict[str, dict[str, bytes]] = field(init=False)
    baselines: dict[tuple[str, str], float] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        wanted = [one for one in TARGETS if self.wanted == "all" or one.name in self.wanted.split(",")]
        self.targets = [one for one in wanted if not one.root or self.room.has(one.root)]
        self.seeds = {one.name: one.seeds(self.room) for one in self.targets}

    def input(self, number: int) -> Input:
        """Make an input from its number."""
        random = Random(f"{self.seed}/{number}")
        target = random.choices(self.targets, [one.share for one in self.targets])[0]
        seeds = self.seeds[target.name]
        name, other = random.choice(sorted(seeds)), random.choice(sorted(seeds))
        return Input(number, target, name, mutate(random, seeds[name], seeds[other], target.mutations))

    def run(self, number: int) -> None:
        """Run one input, and write down what went wrong with it."""
        one = self.input(number)
        baseline = self.baseline(one.target, one.seed)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answer, seconds, problem = self.attempt(one, one.content)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        most = max(MOST_TIMES_AS_LONG * baseline, one.target.spared + len(one.content) / one.target.rate)
        if problem is None and seconds > most:
            seconds = min(seconds, *(self.attempt(one, one.content)[1] for _ in range(2)))
            if seconds > most:
                message = f"{seconds:.3f} s, unchanged {baseline:.4f} s"
                problem = Finding(number, one.target.name, one.seed, "slow", message=message)
        if problem is None and grown > MEMORY:
            problem = Finding(number, one.target.name, one.seed, "memory", message=f"{grown >> 20} MiB more")
        if problem is None and number % TWICE == 0 and self.attempt(one, one.content)[0] != answer:
            problem = Finding(number, one.target.name, one.seed, "differently")
        if problem is not None:
            self.keep(one, problem)
        elif number % KEPT == 0:
            with (self.results / "digests").open("a") as file:
                file.write(f"{number} {hashlib.sha256(answer).hexdigest()}\n")

    def baseline(self, target: Target, seed: str) -> float:
        """Return what the unchanged seed costs in seconds, at least so much that noise is none."""
        key = target.name, seed
        if key not in self.baselines:
            one = Input(-1, target, seed, self.seeds[target.name][seed])
            times = [self.attempt(one, one.content)[1] for _ in range(3)]
            self.baselines[key] = max(statistics.median(times), SHORTEST_BASELINE)
        return self.baselines[key]

    def attempt(self, one: Input, content: bytes) -> tuple[bytes, float, Finding | None]:
        """Run a content; returns the answer, the seconds, and what was raised that nobody is meant to see."""

        def finding(kind: Kind, error: BaseException) -> Finding:
            return Finding(one.number, one.target.name, one.seed, kind, place_of(error), str(error)[:LONGEST_MESSAGE])

        start = time.process_time()
        problem: Finding | None = None
        answer = b""
        try:
            with alarm():
                answer = one.target.run(self.room, content)
        except one.target.errors as error:
            answer = f"{type(error).__name__}: {error}".replace(str(self.room.folder), "").encode(errors="replace")
        except TookTooLongError as error:
            problem = finding("hung", error)
        except MemoryError as error:
            problem = finding("memory", error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            problem = finding("raised", error)
        return answer, time.process_time() - start, problem

    def keep(self, one: Input, problem: Finding) -> None:
        """Write a finding down; the first of each bug with its input, made as small as it can be."""
        with (self.results / "findings.jsonl").open("ab") as file:
            file.write(msgspec.json.encode(problem) + b"\n")
        if problem.key in self.seen:
            return
        self.seen.add(problem.key)
        content = one.content
        if problem.kind == "raised":

            def still_fails(candidate: bytes) -> bool:
                again = self.attempt(one, candidate)[2]
                return again is not None and again.key == problem.key

            content = smallest(content, still_fails)
        (self.results / f"{problem.key}-{problem.number}.{problem.target}").write_bytes(content)


@contextlib.contextmanager
def alarm() -> Iterator[None]:
    """Raise `TookTooLongError` when the block takes too long."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def ring(_signal: int, _frame: object) -> NoReturn:
    """Stop what takes too long."""
    raise TookTooLongError


def main() -> int:
    """Run the numbers asked for; returns the exit code."""
    folder, results = Path(sys.argv[1]), Path(sys.argv[2])
    only = sys.argv[-1] == "--only"
    seed, *numbers = map(int, sys.argv[4 : -1 if only else None])
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    signal.signal(signal.SIGPROF, ring)
    os.chdir(folder)
    os.environ["EVERYLINUX_CACHE"] = str(folder / "cache")
    worker = Worker(Room(folder), results, sys.argv[3], seed)
    progress = os.open(results / "progress", os.O_WRONLY | os.O_CREAT)
    wanted = numbers if only else range(*numbers)
    for number in wanted:
        os.pwrite(progress, f"{number:020}".encode(), 0)
        worker.run(number)
    if not only:
        os.pwrite(progress, f"{numbers[1]:020}".encode(), 0)
    (results / "peak").write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
    return 0


if __name__ == "__main__":
    sys.exit(main())
