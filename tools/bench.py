"""Measure side by side, in one run, what the goals are about, and print the ratios.

Absolute times mean little on a shared machine; each line compares two ways of doing the same thing, run turn about.
Returns 1 when a goal is missed.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parent))

from sidebyside import Comparison, command, turn_about

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION_GOAL_SECONDS = 0.080
ROUNDS = 21
# Each has `comparisons()`; in the order in which they are shown.
BENCHMARKS = ("bench_build", "bench_rust", "bench_check", "bench_explain", "bench_prove", "bench_python")


def start_up() -> Iterator[Comparison]:
    """Compare `everylinux --version` with a Python that does nothing."""
    script = Path(sys.executable).parent / "everylinux"
    ours, bare = turn_about(command([script, "--version"]), command([sys.executable, "-c", "pass"]), rounds=ROUNDS)
    met = ours < VERSION_GOAL_SECONDS
    yield Comparison("everylinux --version", ours, bare, "python -c pass", "< 80 ms", met)


def main() -> int:
    """Run all benchmarks; returns the exit code."""
    missed = 0
    for comparisons in (start_up, *(importlib.import_module(name).comparisons for name in BENCHMARKS)):
        for comparison in comparisons():
            print(comparison, flush=True)
            missed += not comparison.met
    print(f"{missed} goals missed" if missed else "all goals met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
