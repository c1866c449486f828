"""Build every Rust project for every target, run each, and keep the result as a dated table: ``docs/rust-grid.md``.

``rust_grid.py NAME...`` builds a part, ``--target T`` names targets. With ``--record FILE`` results are kept as they
come and not measured again, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import datetime as dt
import platform
import sys
import tempfile
from pathlib import Path

from everylinux import __version__
from everylinux.cache import write_atomically
from everylinux.spelling import all_targets, parse_target_list
from everylinux.toolchains.find import require, tool_named, version_of
from full_grid import emulators
from programs.grid import Result, add_result, as_table, read_results
from rust.inputs import inputs
from rust.trial import try_input

REPOSITORY = Path(__file__).resolve().parent.parent
TABLE = REPOSITORY / "docs" / "rust-grid.md"


def main() -> int:
    """Build and run what was asked for and write the table; return 1 when a pair failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--target", default="", help="targets or groups, with commas between")
    parser.add_argument("--record", type=Path, help="where results are kept as they come")
    parser.add_argument("--write", action="store_true", help="write the table of a part, too")
    given = parser.parse_args()
    targets = parse_target_list(given.target.split(",")) if given.target else all_targets()
    names = given.names or list(inputs())
    with tempfile.TemporaryDirectory() as folder:
        record = given.record or Path(folder) / "results"
        record.touch()
        for name in names:
            for target in targets:
                if (name, target.name) not in {(each.program, each.target) for each in read_results(record)}:
                    result = try_input(name, target, Path(folder) / "out" / name)
                    add_result(record, result)
                    print(
                        f"{name} {target.name}: {result.outcome} {result.build_seconds:.0f} s {result.cause}",
                        flush=True,
                    )
        results = read_results(record)
    if given.write or not (given.names or given.target):
        write_atomically(TABLE, page(results).encode())
    else:
        print(as_table(results))
    return int(any(result.outcome == "failed" for result in results))


def page(results: list[Result]) -> str:
    """Return the whole page: what was measured, on what, and the table."""
    passed = sum(result.outcome == "passed" for result in results)
    meanings = "\n".join(
        f"- **{name}**{f' {each.version}' if each.version else ''}: {each.meaning}"
        for name, each in sorted(inputs().items())
    )
    today = dt.datetime.now(dt.UTC).date().isoformat()
    zig = version_of(tool_named("zig"), require("zig"))
    rust = version_of(tool_named("cargo"), require("cargo"))
    return f"""# Rust projects for every target

Measured by `python tools/rust_grid.py`, the last pair on {today}, with everylinux {__version__} on
{platform.machine()}, Rust {rust}, zig {zig} and {emulators()}: **{passed} of {len(results)} pairs passed**.

A cell has the seconds the build took and the seconds of its runs; builds for targets of one project share what is
built for this machine, and a build that had to make Rust's standard library first took a minute or two longer. A pair
passes when the first `everylinux build` came out as asked for, `check` says `ok`, and each program did its work in an
image where nothing else helps it: static musl programs in an empty root, glibc programs in a minimal Debian of their
CPU, foreign CPUs under emulation. An empty cell was not measured. The machine may have been shared: seconds are of the
clock, and say how long was waited, not how much was computed.

{as_table(results)}
## The projects

{meanings}
"""


if __name__ == "__main__":
    sys.exit(main())
