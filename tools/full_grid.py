"""Build every real program for every target, run each, and keep the result as a dated table: ``docs/grid.md``.

``full_grid.py`` runs all pairs; arguments are handed to pytest (``-k zstd`` for a part, which is printed, not kept).
"""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from everylinux import __version__
from everylinux.cache import write_atomically
from everylinux.sandbox.emulator import find_emulator
from everylinux.spelling import all_targets
from everylinux.toolchains.find import require, tool_named, version_of
from programs.declaration import TESTS, programs
from programs.grid import Result, as_table, read_results

REPOSITORY = Path(__file__).resolve().parent.parent
TABLE = REPOSITORY / "docs" / "grid.md"
# pytest's exit codes of a run that came to its end: all passed, some failed.
FINISHED = (0, 1)


def main(arguments: list[str]) -> int:
    """Run the tests and write the table; return pytest's exit code."""
    with tempfile.TemporaryDirectory() as folder:
        record = Path(folder) / "results"
        record.touch()
        command = [sys.executable, "-m", "pytest", str(TESTS), "-m", "e2e or full", *arguments]
        done = subprocess.run(command, cwd=REPOSITORY, env={**os.environ, "EVERYLINUX_GRID": str(record)}, check=False)
        document = page(read_results(record))
    if arguments or done.returncode not in FINISHED:
        print(document)
    else:
        write_atomically(TABLE, document.encode())
        print(TABLE.relative_to(REPOSITORY))
    return done.returncode


def page(results: list[Result]) -> str:
    """Return the whole page: what was measured, on what, and the table."""
    passed = sum(result.outcome == "passed" for result in results)
    meanings = "\n".join(f"- **{name}**: {program.meaning}" for name, program in sorted(programs().items()))
    today = dt.datetime.now(dt.UTC).date().isoformat()
    zig = version_of(tool_named("zig"), require("zig"))
    return f"""# Every program for every target

Measured on {today} by `python tools/full_grid.py`, with everylinux {__version__} on {platform.machine()},
zig {zig} and {emulators()}: **{passed} of {len(results)} pairs passed**.

A cell has the seconds the build took and the seconds of its runs (several builds at once share the machine; a build of
0 s was taken over unchanged from an earlier run). A pair passes when the build came out as asked for, `check` says
`ok`, and the program did its work in an image where nothing else helps it: static musl programs in an empty root,
glibc programs in a minimal Debian of their CPU, foreign CPUs under emulation.

{as_table(results)}
## The programs

{meanings}
"""


def emulators() -> str:
    """Return the emulators' common version, or say that there is none."""
    found = (find_emulator(target.cpu) for target in all_targets())
    versions = sorted({emulator.version for emulator in found if emulator})
    return f"qemu-user {', '.join(versions)}" if versions else "no emulator"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
