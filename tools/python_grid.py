"""Build published Python packages from their sdists for several targets, use each wheel: ``docs/python-grid.md``.

``python_grid.py NAME...`` builds a part, ``--target T`` names targets, ``--page`` builds nothing. Results are kept in
``sdists/results.jsonl`` as they come, and the page is made of all of them; ``--again`` measures again what is there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import re
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux import __version__
from everylinux.cache import write_atomically
from everylinux.spelling import parse_target_list
from everylinux.toolchains.find import require, tool_named, version_of
from full_grid import emulators
from musl_python import RELEASE
from sdists.inputs import inputs
from sdists.trial import Trial, try_package

if TYPE_CHECKING:
    from collections.abc import Iterable

TABLE = Path(__file__).resolve().parent.parent / "docs" / "python-grid.md"
RESULTS = Path(__file__).resolve().parent / "sdists" / "results.jsonl"
LIBCS = ("neutral", "static", "gnu", "musl")
TARGETS = ("x86_64-linux-neutral", "x86_64-linux-musl", "aarch64-linux-gnu.2.28", "s390x-linux-musl")
SHOWN_CHARACTERS = 600
# Where a build keeps the copy of a project: it is not there any more.
_SCRATCH = re.compile(r"/\S*?/scratch/[0-9a-f]+/[^/\s]+/(?:source/|work/tmp/[^/\s]+/)?")


def main() -> int:
    """Build and use what was asked for and write the table; return 1 when a wheel failed that is not known to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--target", default=",".join(TARGETS), help="targets, with commas between")
    parser.add_argument("--again", action="store_true", help="measure again what was measured before")
    parser.add_argument("--page", action="store_true", help="only write the page")
    given = parser.parse_args()
    targets = parse_target_list(given.target.split(","))
    right = True
    with tempfile.TemporaryDirectory() as folder:
        for name in () if given.page else given.names or inputs():
            there = set() if given.again else {trial.target for trial in results() if trial.package == name}
            missing = [target for target in targets if target.name not in there]
            trials = try_package(name, missing, Path(folder) / "out") if missing else []
            keep(trials)
            for trial in trials:
                right = right and (trial.outcome != "failed" or bool(inputs()[name].known))
                print(f"{name} {trial.target}: {cell(trial)} {trial.cause[:SHOWN_CHARACTERS]}", flush=True)
    write_atomically(TABLE, page(results()).encode())
    return int(not right)


def results() -> list[Trial]:
    """Return all that was measured, by package and then as the table has its columns."""
    return [msgspec.json.decode(line, type=Trial) for line in RESULTS.read_bytes().splitlines()]


def keep(trials: Iterable[Trial]) -> None:
    """Add to what was measured; what a package did on a target before gives way."""
    new = [msgspec.structs.replace(trial, cause=_told(trial.cause)) for trial in trials]
    by_pair = {(trial.package, trial.target): trial for trial in (*results(), *new)}
    kept = sorted(by_pair.values(), key=lambda trial: (trial.package, column(trial.target)))
    write_atomically(RESULTS, b"".join(msgspec.json.encode(trial) + b"\n" for trial in kept))


def _told(cause: str) -> str:
    return _SCRATCH.sub("", " ".join(cause.split()))[:SHOWN_CHARACTERS]


def column(name: str) -> tuple[bool, str, int]:
    """Return where a target's column stands: this machine's CPU first, then one wheel for both libcs first."""
    (target,) = parse_target_list([name])
    return target.cpu.name != "x86_64", target.cpu.name, LIBCS.index(target.libc)


def cell(trial: Trial | None) -> str:
    """Return how one wheel did, in a few words."""
    if trial is None:
        return ""
    if trial.outcome != "passed":
        return trial.outcome
    if trial.wheel.endswith("-any.whl"):
        return "pure"
    did = f"{trial.tests} tests" if trial.tests else f"imports {trial.modules}" if trial.modules else "builds"
    # A wheel that was there already was not built in the run that used it.
    return f"{did}, {trial.seconds:.0f} s" if trial.seconds else did


def page(trials: list[Trial]) -> str:
    """Return the whole page: what was measured, on what, the table, and why what did not pass did not."""
    names = sorted({trial.package for trial in trials})
    counted = Counter(trial.outcome for trial in trials)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items()))
    meanings = "\n".join(f"- **{name}**: {inputs()[name].meaning}" for name in names)
    zig = version_of(tool_named("zig"), require("zig"))
    today = dt.datetime.now(dt.UTC).date().isoformat()
    return f"""# Published Python packages

Measured on {today} by `python tools/python_grid.py`, with everylinux {__version__} on {platform.machine()},
Python {RELEASE}, zig {zig} and {emulators()}: {len(names)} packages, {len(trials)} wheels: **{outcomes}**.

Each package is built from its sdist as published, by its own backend, with one command for all targets and nothing said
but the target. Then every compiled module is imported, and its own tests are run where the table has a number of them:
wheels for glibc in Debian's Python, those for musl in a CPython built for musl, a neutral wheel in both, foreign CPUs
under emulation. `auditwheel show` has to name one of the tags of a wheel for glibc. The seconds are those of the build,
on a machine with two cores that others shared. `refused`: the judge of neutral or static modules says why. `lacks`: it
needs a library of the target, and the error says what brings it. `pure`: the wheel has nothing in it that was compiled.
`builds`: what it imports is not there to try it with; the CPython built for musl has no `ssl`. NumPy's users
import it as its authors publish it, for each libc its own wheel.
An empty cell was not measured; a long measurement is made in several runs.

{table(trials)}

## What did not pass

{_notes(trials)}

## The packages

{meanings}
"""


def table(trials: list[Trial]) -> str:
    """Return the table: a row for each package, a column for each target."""
    by_pair = {(trial.package, trial.target): trial for trial in trials}
    columns = sorted({trial.target for trial in trials}, key=column)
    lines = [f"| package | {' | '.join(f'`{name}`' for name in columns)} |", f"|---|{'---|' * len(columns)}"]
    for name in sorted({trial.package for trial in trials}):
        cells = [cell(by_pair.get((name, target))) for target in columns]
        lines.append(f"| {name} {inputs()[name].version} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _notes(trials: list[Trial]) -> str:
    """Return a line for each cause: the same one of several targets is told once."""
    causes: dict[tuple[str, str, str], list[str]] = {}
    for trial in sorted(trials, key=lambda one: one.package):
        if trial.outcome != "passed":
            causes.setdefault((trial.package, trial.outcome, trial.cause), []).append(f"`{trial.target}`")
    lines = []
    for (name, outcome, cause), where in causes.items():
        known = inputs()[name].known
        lines.append(f"- **{name}**, {', '.join(where)}, {outcome}: {cause}" + (f". {known}" if known else ""))
    return "\n".join(lines) or "All passed."


if __name__ == "__main__":
    sys.exit(main())
