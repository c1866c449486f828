"""Checking, side by side: reading many files against readelf, and many files on many images."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from sidebyside import Comparison, command, turn_about

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 3
# Where the files come from: this machine's own libraries and programs.
FOLDERS = (Path("/usr/bin"), Path("/usr/lib"))
FILES = 1000


def comparisons() -> Iterator[Comparison]:
    """Compare reading the facts of a thousand real files with one `readelf -d -V` over all of them."""
    files = real_files()
    with tempfile.TemporaryDirectory() as name:
        report = Path(name) / "report.json"
        ours = command([sys.executable, "-m", "everylinux", "check", "--facts-only", "-o", f"json={report}", *files])
        other = command(["readelf", "--wide", "--dynamic", "--version-info", *files])
        seconds, others = turn_about(ours, other, rounds=ROUNDS)
    name = f"facts of {len(files)} files"
    yield Comparison(name, seconds, others, "readelf -d -V", "ratio <= 1", seconds <= others)


def real_files() -> list[str]:
    """Return the paths of real ELF files with a dynamic section, the same in every run on one machine."""
    found: list[str] = []
    for folder in FOLDERS:
        for path in sorted(folder.rglob("*")):
            if len(found) == FILES:
                return found
            if path.is_file() and not path.is_symlink() and is_dynamic(path):
                found.append(str(path))
    return found


def is_dynamic(path: Path) -> bool:
    """Return whether a file is ELF of type ET_EXEC or ET_DYN."""
    with path.open("rb") as file:
        head = file.read(18)
    return head[:4] == b"\x7fELF" and head[16:17] in {b"\x02", b"\x03"}
