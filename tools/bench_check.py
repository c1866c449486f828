"""Checking, side by side: reading many files against readelf, verdicts in bulk, wheels against auditwheel, growth.

Each measurement is of whole processes, start and end included. Ours run as an installed package does, with its byte
code at hand: ``PYTHONDONTWRITEBYTECODE`` is taken out of the environment, and the first round is never counted.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench_files import published_wheels, real_files, small_copies
from everylinux.images import catalogue_names
from sidebyside import Comparison, command, peak_memory, turn_about

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROUNDS = 3
ROUNDS_OF_ONE = 11
FILES = 1000
IMAGES = 20
FEW, MANY, MOST = 1000, 4000, 10_000
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
# Of `check`: all is well, something fails somewhere, or could not be told.
ANSWERS = (0, 1, 6)

PER_FILE_GOAL_SECONDS = 0.001
ONE_FILE_GOAL_SECONDS = 0.150
WHEEL_GOAL_RATIO = 1 / 50
MEMORY_GOAL_RATIO = 1.2
# Four times the files may cost four times as much, and what noise adds.
GROWTH_GOAL_RATIO = 4.4


def comparisons() -> Iterator[Comparison]:
    """Yield the comparisons of `check`."""
    files = real_files(FILES)
    images = catalogue_names()[:IMAGES]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield facts(files, folder)
        yield bulk(files, images, folder)
        yield one_file(files[0], folder)
        yield from wheels(folder)
        yield from growth(files, images[:3], folder)


def check(arguments: Sequence[str | Path], folder: Path) -> list[str | Path]:
    """Return the command that checks files and writes its JSON into a folder."""
    return [sys.executable, "-m", "everylinux", "check", "-o", f"json={folder / 'report.json'}", *arguments]


def checking(arguments: Sequence[str | Path], folder: Path) -> Callable[[], object]:
    """Return a function that checks files."""
    return command(check(arguments, folder), env=ENVIRONMENT, codes=ANSWERS)


def facts(files: Sequence[Path], folder: Path) -> Comparison:
    """Compare reading the facts of a thousand real files with one `readelf -d -V` over all of them."""
    readelf = command(["readelf", "--wide", "--dynamic", "--version-info", *files])
    ours, other = turn_about(checking(["--facts-only", *files], folder), readelf, rounds=ROUNDS)
    return Comparison(f"facts of {len(files)} files", ours, other, "readelf -d -V", "ratio <= 1", ours <= other)


def bulk(files: Sequence[Path], images: Sequence[str], folder: Path) -> Comparison:
    """Compare verdicts on twenty images with reading the same files."""
    judged: list[str | Path] = ["--fail-on", "none", "--image", ",".join(images), *files]
    ours, other = turn_about(checking(judged, folder), checking(["--facts-only", *files], folder), rounds=ROUNDS)
    met = ours < PER_FILE_GOAL_SECONDS * len(files)
    goal = f"< 1 ms a file (is {ours * 1000 / len(files):.2f})"
    return Comparison(f"{len(files)} files on {len(images)} images", ours, other, "facts only", goal, met)


def one_file(file: Path, folder: Path) -> Comparison:
    """Compare one file on the whole catalogue with a Python that does nothing."""
    bare = command([sys.executable, "-c", "pass"])
    ours, other = turn_about(checking(["--fail-on", "none", file], folder), bare, rounds=ROUNDS_OF_ONE)
    met = ours < ONE_FILE_GOAL_SECONDS
    return Comparison("one file on the whole catalogue", ours, other, "python -c pass", "< 150 ms", met)


def wheels(folder: Path) -> Iterator[Comparison]:
    """Compare auditing published wheels with ``auditwheel show``: all of them, as a user would have each tool do it.

    `auditwheel` takes one wheel a process, `check` all of them in one. Both inflate every extension and read it; the
    same is asked of both with ``--packages-only``: is the tag true, and which would be. ``--facts-only`` tells of each
    file too what it is, what it needs and from whom, and without a flag whether it starts on the whole catalogue.
    """
    if importlib.util.find_spec("auditwheel") is None:
        raise SystemExit("error: auditwheel is missing\n\nhint: pip install 'everylinux[bench]'")
    found = published_wheels()
    each = [command([sys.executable, "-m", "auditwheel", "show", wheel], env=ENVIRONMENT) for wheel in found]
    tags = checking(["--packages-only", *found], folder)
    ours, other = turn_about(tags, lambda: [show() for show in each], rounds=ROUNDS)
    met = ours <= other * WHEEL_GOAL_RATIO
    name = f"{len(found)} wheels"
    yield Comparison(f"{name}: their tags", ours, other, "auditwheel show", "ratio <= 0.02", met)
    for more, flags in (("every file's facts", ["--facts-only"]), ("all verdicts", ["--fail-on", "none"])):
        ours, _ = turn_about(checking([*flags, *found], folder), tags, rounds=ROUNDS)
        yield Comparison(f"{name}: {more}", ours, other, "auditwheel show", "none: it tells more", met=True)


def growth(files: Sequence[Path], images: Sequence[str], folder: Path) -> Iterator[Comparison]:
    """Compare what many files cost with what few do: time in proportion, memory the same."""
    folders = {}
    for count in (FEW, MANY, MOST):
        folders[count] = folder / str(count)
        folders[count].mkdir()
        small_copies(folders[count], files, count)
    judged = ["--fail-on", "none", "--image", ",".join(images)]
    many, few = (checking([*judged, folders[count]], folder) for count in (MANY, FEW))
    ours, other = turn_about(many, few, rounds=ROUNDS)
    met = ours <= other * GROWTH_GOAL_RATIO
    yield Comparison(f"verdicts on {MANY} files", ours, other, f"{FEW} files", "ratio <= 4.4", met)
    for name, flags in (("facts", ["--facts-only"]), ("verdicts", judged)):
        most, least = (peak_memory(check([*flags, folders[count]], folder), env=ENVIRONMENT) for count in (MOST, FEW))
        met = most <= least * MEMORY_GOAL_RATIO
        yield Comparison(f"memory: {name} of {MOST} files", most, least, f"{FEW} files", "ratio <= 1.2", met, "MiB")


if __name__ == "__main__":
    for comparison in comparisons():
        print(comparison, flush=True)
