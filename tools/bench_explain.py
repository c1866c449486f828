"""Explaining logs, side by side: gigabytes against `grep -F` for the same texts and against Drain3, memory, start-up.

Processor time is compared, that of whole processes: on a shared machine the clock tells little. Drain3, which groups
the lines of a log by their form, reads a part of the log, as it would take hours for all of it.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory
from everylinux.diagnosis.knowledge import index
from long_logs import write_log
from sidebyside import Comparison, command, peak_memory, turn_about

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MEGABYTE = 1_000_000
LONG, LESS, DENSE, SHORT = 2000 * MEGABYTE, 100 * MEGABYTE, 500 * MEGABYTE, MEGABYTE
FAILING = 0.1
DRAIN_LINES = 50_000
ROUNDS = 11
RATE_GOAL = 100 * MEGABYTE
SHORT_GOAL_SECONDS = 0.120
# What may be kept of a log in all; twenty times the log may need so much more, and not twenty times as much.
MEMORY_GOAL_MORE = 32 << 20
# Changes with the form of the logs.
FORMAT = 1
ANSWERS = (0, 1, 6)
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
DRAIN = """
import sys, logging
from drain3 import TemplateMiner
miner = TemplateMiner()
with open(sys.argv[1], errors="replace") as log:
    for number, line in zip(range(int(sys.argv[2])), log):
        miner.add_log_message(line.rstrip())
"""


def comparisons() -> Iterator[Comparison]:
    """Yield the comparisons of `explain`."""
    if importlib.util.find_spec("drain3") is None:
        raise SystemExit("error: drain3 is missing\n\nhint: pip install 'everylinux[bench]'")
    log, less, dense = long_log("long", LONG), long_log("less", LESS), long_log("dense", DENSE, FAILING)
    ours = processor_seconds(explain(log))
    with tempfile.TemporaryDirectory() as name:
        literals = Path(name) / "literals"
        texts = {text.strip("\n") for pattern in index().patterns for text in pattern.literals}
        literals.write_text("".join(f"{text}\n" for text in sorted(texts)), encoding="utf-8")
        grep = processor_seconds(["env", "LC_ALL=C", "grep", "--count", "-F", "-f", literals, less], codes=(0, 1))
    yield rate("a long log", log, ours, grep * log.stat().st_size / less.stat().st_size, "grep -F -f, scaled")
    yield rate("a long log", log, ours, drain(less) * log.stat().st_size, "Drain3, scaled")
    yield rate("a log with 10 % failures", dense, processor_seconds(explain(dense)), ours, "the long log")
    most, least = (peak_memory(explain(path), env=ENVIRONMENT) for path in (log, less))
    met = most <= least + MEMORY_GOAL_MORE
    yield Comparison("memory: a log of 2 GB", most, least, "one of 100 MB", "32 MiB more at most", met, "MiB")
    for kind, failing in (("good", 0.0), ("failing", FAILING)):
        yield short(kind, long_log(f"short-{kind}", SHORT, failing))


def rate(name: str, log: Path, ours: float, other: float, other_name: str) -> Comparison:
    """Compare the seconds that a log took; the goal is for our rate."""
    size = log.stat().st_size
    goal = f">= 100 MB/s of processor time (is {size / ours / MEGABYTE:.0f})"
    return Comparison(f"{name}, {size // MEGABYTE} MB", ours, other, other_name, goal, size / ours >= RATE_GOAL)


def drain(log: Path) -> float:
    """Return the seconds that Drain3 takes for a byte."""
    with log.open("rb") as stream:
        size = sum(len(line) for _, line in zip(range(DRAIN_LINES), stream, strict=False))
    return processor_seconds([sys.executable, "-c", DRAIN, log, str(DRAIN_LINES)]) / size


def short(kind: str, log: Path) -> Comparison:
    """Compare one process for a log of a megabyte with a Python that does nothing, by the clock."""
    bare = command([sys.executable, "-c", "pass"])
    ours, other = turn_about(command(explain(log), env=ENVIRONMENT, codes=ANSWERS), bare, rounds=ROUNDS)
    processor = statistics.median(processor_seconds(explain(log)) for _ in range(ROUNDS))
    goal = f"< 120 ms (processor time: {processor * 1000:.0f} ms)"
    return Comparison(f"a {kind} log of 1 MB", ours, other, "python -c pass", goal, ours < SHORT_GOAL_SECONDS)


def explain(log: Path) -> list[str | Path]:
    """Return the command that explains a log."""
    return [Path(sys.executable).parent / "everylinux", "explain", log]


def processor_seconds(arguments: Sequence[str | Path], codes: Sequence[int] = ANSWERS) -> float:
    """Return the processor time of a command, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(arguments, check=False, capture_output=True, env=ENVIRONMENT)
    if done.returncode not in codes:
        raise RuntimeError(
            f"{arguments[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}"
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def long_log(name: str, size: int, failing: float = 0.0) -> Path:
    """Return a log, made once."""
    path = cache_directory("long-logs") / f"{name}-{FORMAT}.log"
    if not path.exists():
        partial = path.with_suffix(".partial")
        with partial.open("wb") as stream:
            write_log(stream, size, failing=failing)
        partial.rename(path)
    return path


if __name__ == "__main__":
    for comparison in comparisons():
        print(comparison, flush=True)
