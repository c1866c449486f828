"""Measure a warm build of a Rust project side by side with cargo-zigbuild and with cargo alone.

A warm build is one after a change in the program's own source: its crate is compiled and linked, nothing else. The
table of which tool can build which project at all is made by ``tools/rust_tools.py``.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.spelling import parse_targets
from rust.inputs import project_folder
from rust.others import CARGO, ZIGBUILD, environment
from sidebyside import Comparison, command, turn_about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rust.others import Tool

GOAL_RATIO = 1.03
ROUNDS = 7
# A program of usual size, and a target for which all three can build it.
PROJECT, SOURCE, TARGET = "ripgrep", "crates/core/main.rs", "x86_64-linux-musl"


def comparisons() -> Iterator[Comparison]:
    """Yield the comparisons with each tool that is on this machine."""
    if not CARGO.present:
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = Path(shutil.copytree(project_folder(PROJECT), folder / PROJECT))
        for tool in (ZIGBUILD, CARGO):
            if tool.present:
                yield warm(project, folder, tool)


def warm(project: Path, folder: Path, tool: Tool) -> Comparison:
    """Compare a build after a change with the same one by another tool."""
    (target,) = parse_targets(TARGET)
    numbers = itertools.count()
    everylinux = Path(sys.executable).parent / "everylinux"
    ours = command(
        [everylinux, "build", project, "--quiet", "--target", target.name, "--out", folder / "dist", "--", "--locked"]
    )
    other = command(tool.arguments(target, folder / tool.name), cwd=project, env=environment())
    medians = turn_about(_changed(project, numbers, ours), _changed(project, numbers, other), rounds=ROUNDS)
    return Comparison(
        f"{PROJECT} after a change, {TARGET}",
        *medians,
        tool.name,
        f"< {GOAL_RATIO}",
        medians[0] / medians[1] < GOAL_RATIO,
    )


def _changed(project: Path, numbers: Iterator[int], build: Callable[[], object]) -> Callable[[], object]:
    original = (project / SOURCE).read_text()

    def once() -> None:
        (project / SOURCE).write_text(f"{original}// {next(numbers)}\n")
        build()

    return once


if __name__ == "__main__":
    for comparison in comparisons():
        print(comparison)
