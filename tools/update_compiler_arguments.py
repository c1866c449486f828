"""Try every linker argument of ``compiler-arguments.json`` with the installed zig and write down what it takes.

What cannot be measured stays as it is in the file: which arguments are harmless to leave out, and why.
Needs a C library for this machine's CPU in zig's cache; the first run builds it (about ten seconds).
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from everylinux.spelling import native_targets
from everylinux.toolchains.find import require

FILE = Path(__file__).resolve().parent.parent / "src/everylinux/data/toolchains/compiler-arguments.json"
FILES = {
    "s.c": "int foo(void) { return 1; }\n",
    "v.map": "V1 { global: foo; local: *; };\n",
    "dl.txt": "{ foo; };\n",
    "x.ld": "SECTIONS { }\n",
}


def main() -> int:
    """Write the file; returns 1 when something changed, so that CI can ask."""
    document = json.loads(FILE.read_text())
    zig = require("zig")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in FILES.items():
            (folder / file).write_text(content)
        _compile(zig, folder, ["-c", "s.c", "-o", "s.o"])
        for entry in document["linker"]:
            entry["zig"] = next(
                (text for text in _spellings(entry) if _takes(zig, folder, _written(entry, text))), None
            )
        for entry in document["keywords"]:
            entry["zig"] = _takes(zig, folder, f"-z,{_joined(entry)}")
    document["zig"] = subprocess.run([zig, "version"], check=True, capture_output=True, text=True).stdout.strip()
    return _write(document)


def _takes(zig: Path, folder: Path, argument: str) -> bool:
    """Return whether zig lets the argument through; what lld then says about it does not matter."""
    done = _compile(zig, folder, ["-shared", "s.o", "-o", "s.so", f"-Wl,{argument}"])
    return "unsupported linker" not in done.stderr


def _compile(zig: Path, folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command: list[str | Path] = [zig, "cc", "-target", native_targets()[0].zig, "-O2", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)


def _spellings(entry: dict[str, Any]) -> list[str]:
    """Return how GNU ld lets an argument be written: long ones with two dashes or one."""
    return [f"-{entry['name']}"] if len(entry["name"]) == 1 else [f"--{entry['name']}", f"-{entry['name']}"]


def _written(entry: dict[str, Any], spelling: str) -> str:
    if "example" not in entry:
        return spelling
    return f"{spelling}={entry['example']}" if entry["value"] == "optional" else f"{spelling},{entry['example']}"


def _joined(entry: dict[str, Any]) -> str:
    return f"{entry['name']}={entry['example']}" if "example" in entry else str(entry["name"])


def _write(document: dict[str, Any]) -> int:
    old = json.loads(FILE.read_text())
    if document == old:
        return 0
    document["date"] = dt.datetime.now(tz=dt.UTC).date().isoformat()
    FILE.write_text(json.dumps(document, indent=1) + "\n")
    print(f"wrote {FILE.name}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
