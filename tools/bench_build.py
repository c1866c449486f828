"""Measure `build` side by side: the compiler wrapper against zig by hand, and a build with nothing to do."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.progress import Progress
from everylinux.spelling import native_targets
from everylinux.toolchains.native_program import argument_facts, native_program
from everylinux.toolchains.wiring import wire
from everylinux.toolchains.zig import find_zig
from sidebyside import Comparison, command, turn_about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WRAPPER_GOAL_RATIO = 1.03
UNCHANGED_GOAL_SECONDS = 0.5
ROUNDS = 31
# As much as in an ordinary source file: about a tenth of a second.
FUNCTIONS = 12


def comparisons() -> Iterator[Comparison]:
    """Yield the comparisons of `build`."""
    with tempfile.TemporaryDirectory() as name:
        yield wrapper(Path(name))
    with tempfile.TemporaryDirectory() as name:
        yield unchanged(Path(name))


def wrapper(folder: Path) -> Comparison:
    """Compare one compiler call through the wrapper with the same call of zig, on sources it has not seen."""
    target, zig = native_targets()[0], find_zig()
    wiring = wire(folder / "toolchain", target, zig, native_program(zig, Progress(quiet=True)), None)
    numbers = itertools.count()
    environment = wiring.environment()
    flags = ["-O2", "-Wall", "-DNAME=1", "-I."]

    def compiling(compiler: list[str | Path]) -> Callable[[], object]:
        def once() -> None:
            source = folder / f"source{next(numbers)}.c"
            source.write_text(_source(source.name))
            subprocess.run([*compiler, *flags, "-c", source, "-o", "o.o"], check=True, cwd=folder, env=environment)

        return once

    by_hand: list[str | Path] = [zig.path, "cc", "-target", target.zig, *argument_facts().compiler.first, "-g0"]
    ours, other = turn_about(compiling([wiring.command("cc")]), compiling(by_hand), rounds=ROUNDS)
    return Comparison(
        "compiling one file through the wrapper",
        ours,
        other,
        "zig cc by hand",
        "< 1.03",
        ours / other < WRAPPER_GOAL_RATIO,
    )


def unchanged(folder: Path) -> Comparison:
    """Compare a build with nothing to do with one whose source changed."""
    numbers = itertools.count()
    source = folder / "program.c"
    everylinux = Path(sys.executable).parent / "everylinux"
    build = command([everylinux, "build", folder, "--target", native_targets()[0].name, "-q", "--out", folder / "dist"])

    def changed() -> None:
        source.write_text(_source(str(next(numbers))) + "int main(void) { return 0; }\n")
        build()

    changed()
    # Each unchanged build follows another of the same state.
    ours, _ = turn_about(build, lambda: None, rounds=ROUNDS // 3)
    other, _ = turn_about(changed, lambda: None, rounds=ROUNDS // 3)
    return Comparison(
        "build with nothing changed", ours, other, "with a changed source", "< 500 ms", ours < UNCHANGED_GOAL_SECONDS
    )


def _source(name: str) -> str:
    functions = "\n".join(
        f"int f{number}(int a, int b) {{ int s = {number}; for (int i = a; i < b; i++) s += i * s; return s; }}"
        for number in range(FUNCTIONS)
    )
    return f"// {name}\n{functions}\n"


if __name__ == "__main__":
    for comparison in comparisons():
        print(comparison)
