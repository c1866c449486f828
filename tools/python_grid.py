"""Build published Python packages from their sdists for several targets, use each wheel: ``docs/python-grid.md``.

``python_grid.py NAME...`` builds a part, ``--target T`` names targets. With ``--record FILE`` results are kept as they
come and not measured again, so that an interrupted run goes on where it was.
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

import msgspec

from everylinux import __version__
from everylinux.cache import write_atomically
from everylinux.spelling import parse_target_list
from everylinux.toolchains.find import require, tool_named, version_of
from full_grid import emulators
from musl_python import RELEASE
from sdists.inputs import inputs
from sdists.trial import Trial, try_package

TABLE = Path(__file__).resolve().parent.parent / "docs" / "python-grid.md"
TARGETS = ("x86_64-linux-neutral", "x86_64-linux-musl", "aarch64-linux-gnu.2.28", "s390x-linux-musl")
SHOWN_CHARACTERS = 600
# Where a build keeps the copy of a project: it is not there any more.
_SCRATCH = re.compile(r"/\S*?/scratch/[0-9a-f]+/[^/\s]+/(?:source/|work/tmp/[^/\s]+/)?")


def main() -> int:
    """Build and use what was asked for and write the table; return 1 when a wheel failed that is not known to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--target", default=",".join(TARGETS), help="targets, with commas between")
    parser.add_argument("--record", type=Path, help="where results are kept as they come")
    parser.add_argument("--write", action="store_true", help="write the table of a part, too")
    given = parser.parse_args()
    targets = parse_target_list(given.target.split(","))
    with tempfile.TemporaryDirectory() as folder:
        record = given.record or Path(folder) / "results"
        record.touch()
        for name in given.names or list(inputs()):
            there = {trial.target for trial in _read(record) if trial.package == name}
            missing = [target for target in targets if target.name not in there]
            for trial in try_package(name, missing, Path(folder) / "out") if missing else ():
                with record.open("ab") as file:
                    file.write(msgspec.json.encode(trial) + b"\n")
                print(f"{name} {trial.target}: {cell(trial)} {trial.cause[:SHOWN_CHARACTERS]}", flush=True)
        trials = _read(record)
    if given.write or not given.names:
        write_atomically(TABLE, page(trials).encode())
    return int(any(trial.outcome == "failed" and not inputs()[trial.package].known for trial in trials))


def _read(record: Path) -> list[Trial]:
    return [msgspec.json.decode(line, type=Trial) for line in record.read_bytes().splitlines()]


def cell(trial: Trial | None) -> str:
    """Return how one wheel did, in a few words."""
    if trial is None:
        return ""
    if trial.outcome != "passed":
        return trial.outcome
    if trial.wheel.endswith("-any.whl"):
        return "pure"
    did = f"{trial.tests} tests" if trial.tests else f"imports {trial.modules}" if trial.modules else "builds"
    return f"{did}, {trial.seconds:.0f} s"


def page(trials: list[Trial]) -> str:
    """Return the whole page: what was measured, on what, the table, and why what did not pass did not."""
    by_pair = {(trial.package, trial.target): trial for trial in trials}
    columns = list(dict.fromkeys(trial.target for trial in trials))
    names = sorted({trial.package for trial in trials})
    lines = [f"| package | {' | '.join(f'`{name}`' for name in columns)} |", f"|---|{'---|' * len(columns)}"]
    for name in names:
        cells = [cell(by_pair.get((name, target))) for target in columns]
        lines.append(f"| {name} {inputs()[name].version} | {' | '.join(cells)} |")
    counted = Counter(trial.outcome for trial in trials)
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counted.items()))
    meanings = "\n".join(f"- **{name}**: {inputs()[name].meaning}" for name in names)
    zig = version_of(tool_named("zig"), require("zig"))
    table = "\n".join(lines)
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
`builds`: what it imports is not there to try it with; the CPython built for musl has no `ssl`, `sqlite3` and `ctypes`.
An empty cell was not measured; a long measurement is made in several runs.

{table}

## What did not pass

{_notes(trials)}

## The packages

{meanings}
"""


def _notes(trials: list[Trial]) -> str:
    """Return a line for each cause: the same one of several targets is told once."""
    causes: dict[tuple[str, str, str], list[str]] = {}
    for trial in sorted(trials, key=lambda one: one.package):
        if trial.outcome != "passed":
            cause = _SCRATCH.sub("", " ".join(trial.cause.split()))[:SHOWN_CHARACTERS]
            causes.setdefault((trial.package, trial.outcome, cause), []).append(f"`{trial.target}`")
    lines = []
    for (name, outcome, cause), where in causes.items():
        known = inputs()[name].known
        lines.append(f"- **{name}**, {', '.join(where)}, {outcome}: {cause}" + (f". {known}" if known else ""))
    return "\n".join(lines) or "All passed."


if __name__ == "__main__":
    sys.exit(main())
