"""Measuring two ways of doing the same thing in one run, turn about, so that noise hits both alike."""

from __future__ import annotations

import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Comparison:
    """The medians of two measurements, in seconds, and the goal for their ratio or for the first alone."""

    name: str
    ours: float
    other: float
    other_name: str
    goal: str
    met: bool

    @property
    def ratio(self) -> float:
        """How many times as long ours takes."""
        return self.ours / self.other

    def __str__(self) -> str:
        """Return one line of the benchmark's table."""
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.name:<44} {self.ours * 1000:9.1f} ms  vs {self.other_name:<28} {self.other * 1000:9.1f} ms"
            f"  ratio {self.ratio:6.3f}  goal {self.goal}: {verdict}"
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


def command(
    arguments: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Callable[[], object]:
    """Return a function that runs a command, quietly; it raises when the command fails."""
    return lambda: subprocess.run(arguments, check=True, capture_output=True, cwd=cwd, env=env)
