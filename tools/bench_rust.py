"""Measure a warm build of a Rust project side by side with cargo-zigbuild and with cargo alone.

A warm build is one after a change in the program's own source: its crate is compiled and linked, nothing else. The
tools take turns; each line is of wall time or of the processor time of all processes, which a shared machine changes
less. The table of which tool can build which project at all is made by ``tools/rust_tools.py``.
"""

from __future__ import annotations

import itertools
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from everylinux.spelling import parse_targets
from rust.inputs import project_folder
from rust.others import CARGO, ZIGBUILD, environment
from sidebyside import Comparison, command

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from everylinux.target import Target

GOAL_RATIO = 1.03
# What a build costs before and after cargo's own work. It is felt only where that takes no time itself.
GOAL_SECONDS = 0.35
ROUNDS = 5
# A target for which all three can build.
TARGET = "x86_64-linux-musl"
# A program of usual size, as published.
PROJECT, SOURCE = "ripgrep", "crates/core/main.rs"
OURS = "everylinux"
# As where it is installed: without it, modules are compiled each time that they are imported.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Times(NamedTuple):
    """Seconds by the clock, and of all processors together."""

    wall: float
    processor: float


def comparisons() -> Iterator[Comparison]:
    """Yield the comparisons with each tool that is on this machine."""
    if not CARGO.present:
        return
    (target,) = parse_targets(TARGET)
    with tempfile.TemporaryDirectory() as name:
        hello = _hello(Path(name, "hello"))
        yield from smallest(measured(hello, hello / "src/main.rs", target))
    with tempfile.TemporaryDirectory() as name:
        project = Path(shutil.copytree(project_folder(PROJECT), Path(name, PROJECT)))
        yield from usual(measured(project, project / SOURCE, target))


def usual(medians: Mapping[str, Times]) -> Iterator[Comparison]:
    """Compare the times of a program of usual size: as long as the others take, by the clock."""
    ours = medians[OURS]
    for name, other in medians.items():
        if name != OURS:
            what = f"{PROJECT} after a change"
            met = ours.wall / other.wall < GOAL_RATIO
            yield Comparison(f"{what}, by the clock", ours.wall, other.wall, name, f"< {GOAL_RATIO}", met)
            yield Comparison(f"{what}, processor", ours.processor, other.processor, name, "none: it explains", met=True)


def smallest(medians: Mapping[str, Times]) -> Iterator[Comparison]:
    """Compare the times of the smallest program: what everylinux adds, whatever is built."""
    ours, other = medians[OURS], medians[CARGO.name]
    goal = f"{GOAL_SECONDS * 1000:.0f} ms more"
    met = ours.processor - other.processor < GOAL_SECONDS
    yield Comparison("hello after a change, processor", ours.processor, other.processor, CARGO.name, goal, met)


def measured(project: Path, source: Path, target: Target) -> dict[str, Times]:
    """Return the median times of each tool for a build after a change, all turn about after an unmeasured one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        everylinux: list[str | Path] = [Path(sys.executable).parent / OURS, "build", project, "--quiet"]
        builds = {OURS: command([*everylinux, "--target", target.name, "--out", folder / "dist"], env=ENVIRONMENT)}
        for tool in (ZIGBUILD, CARGO):
            if tool.present:
                builds[tool.name] = command(tool.arguments(target, folder / tool.name), cwd=project, env=environment())
        original, numbers = source.read_text(), itertools.count()
        times: dict[str, list[Times]] = {each: [] for each in builds}
        for round_number in range(ROUNDS + 1):
            for each, build in builds.items():
                source.write_text(f"{original}// {next(numbers)}\n")
                taken = _timed(build)
                if round_number:
                    times[each].append(taken)
    return {each: Times(*map(statistics.median, zip(*taken, strict=True))) for each, taken in times.items()}


def _timed(function: Callable[[], object]) -> Times:
    start, before = time.perf_counter(), _processor()
    function()
    return Times(time.perf_counter() - start, _processor() - before)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _hello(folder: Path) -> Path:
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[package]\nname = "hello"\nversion = "1.0.0"\nedition = "2021"\n')
    (folder / "src/main.rs").write_text('fn main() { println!("hello"); }\n')
    # The other tools are called with --locked.
    (folder / "Cargo.lock").write_text('version = 4\n\n[[package]]\nname = "hello"\nversion = "1.0.0"\n')
    return folder


if __name__ == "__main__":
    for comparison in comparisons():
        print(comparison)
