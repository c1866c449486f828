"""Measure what zig's first link for each target takes, and write the slowest CPU's seconds into ``cold-costs.json``.

Every target starts with an empty cache, so this takes about ten minutes on two cores that do nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.progress import Progress
from everylinux.spelling import all_targets
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.wiring import wire
from everylinux.toolchains.zig import find_zig

if TYPE_CHECKING:
    from everylinux.target import Target

FILE = Path(__file__).resolve().parent.parent / "src/everylinux/data/toolchains/cold-costs.json"
PROGRAMS = {
    "libc": ("cc", "first.c", "int main(void) { return 0; }\n"),
    "libcxx": ("c++", "first.cc", "#include <iostream>\nint main() { std::cout << 1; }\n"),
}


def main() -> int:
    """Measure all targets and write the file."""
    document = json.loads(FILE.read_text())
    slowest: dict[str, dict[str, int]] = {"libc": {}, "libcxx": {}}
    for target in all_targets():
        for part, seconds in measure(target).items():
            slowest[part][target.libc] = max(slowest[part].get(target.libc, 0), math.ceil(seconds))
        print(f"{target.name}: {slowest}", flush=True)
    document |= slowest
    document["date"] = dt.datetime.now(tz=dt.UTC).date().isoformat()
    document["zig"] = find_zig().version
    FILE.write_text(json.dumps(document, indent=1) + "\n")
    return 0


def measure(target: Target) -> dict[str, float]:
    """Return the seconds of the first C and then the first C++ program of one target, on all cores."""
    program = native_program(find_zig(), Progress(quiet=True))
    found = {}
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        wiring = wire(folder / "toolchain", target, find_zig(folder / "cache"), program, None)
        for part, (compiler, file, text) in PROGRAMS.items():
            (folder / file).write_text(text)
            start = time.monotonic()
            command: list[str | Path] = [wiring.command(compiler), "-O2", file, "-o", "first"]
            subprocess.run(command, check=True, cwd=folder, env=wiring.environment())
            found[part] = time.monotonic() - start
    return found


if __name__ == "__main__":
    sys.exit(main())
