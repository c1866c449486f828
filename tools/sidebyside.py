"""Measuring two ways of doing the same thing in one run, turn about, so that noise hits both alike."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path


LONGEST_ERROR = 2000
SCALES = {"ms": 1000, "MiB": 1 / (1 << 20), "KiB": 1 / (1 << 10), "instructions": 1}
PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@dataclass(frozen=True)
class Comparison:
    """The medians of two measurements, in seconds, and the goal for their ratio or for the first alone.

    ``unit`` is what they are shown in: ``ms``, ``MiB`` or ``KiB`` for two measurements in bytes, or ``instructions``.
    """

    name: str
    ours: float
    other: float
    other_name: str
    goal: str
    met: bool
    unit: Literal["ms", "MiB", "KiB", "instructions"] = "ms"

    @property
    def ratio(self) -> float:
        """How many times as long ours takes."""
        return self.ours / self.other

    def __str__(self) -> str:
        """Return one line of the benchmark's table."""
        verdict = "met" if self.met else "MISSED"
        scale = SCALES[self.unit]
        return (
            f"{self.name:<44} {self.ours * scale:9.1f} {self.unit:<3} vs {self.other_name:<28}"
            f" {self.other * scale:9.1f} {self.unit:<3} ratio {self.ratio:6.3f}  goal {self.goal}: {verdict}"
        )


def turn_about(ours: Callable[[], object], other: Callable[[], object], *, rounds: int) -> tuple[float, float]:
    """Return the median seconds of both, run alternately after one unmeasured round of each."""
    ours()
    other()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for function, seconds in zip((ours, other), times, strict=True):
            start = time.perf_counter()
            function()
            seconds.append(time.perf_counter() - start)
    return statistics.median(times[0]), statistics.median(times[1])


def least(ours: Callable[[], float], other: Callable[[], float], *, rounds: int) -> tuple[float, float]:
    """Return the least that each says of itself, called alternately: what it takes where nothing else disturbs."""
    said = [(ours(), other()) for _ in range(rounds)]
    return min(one for one, _ in said), min(one for _, one in said)


def command(
    arguments: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    codes: Collection[int] = (0,),
) -> Callable[[], object]:
    """Return a function that runs a command, quietly; it raises when the command ends with none of these exit codes."""

    def run() -> None:
        done = subprocess.run(arguments, check=False, capture_output=True, cwd=cwd, env=env)
        if done.returncode not in codes:
            said = done.stderr.decode(errors="replace")[-LONGEST_ERROR:]
            raise RuntimeError(f"{' '.join(map(str, arguments[:4]))} … ended with {done.returncode}: {said}")

    return run


def peak_memory(arguments: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> int:
    """Run a command, quietly; returns the most memory that it, or a process of it, held at a time, in bytes.

    A process's ``ru_maxrss`` begins with what its parent held when it was forked: a small one in between starts it.
    """
    command = [sys.executable, "-S", "-c", PEAK, *map(str, arguments)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
    return int(done.stdout) * 1024
