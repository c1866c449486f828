"""Reports of many files: memory stays flat, in every format at once."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from everylinux.report import FORMATS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

FILES = 20_000
# KiB. The records of so many files take several times as much.
MOST_GROWTH = 8 << 10
PROGRAM = """
import resource, sys
from pathlib import Path
from everylinux.evidence import CheckedFile, Reason, Verdict
from everylinux.report import FORMATS, open_check
from everylinux.report.output import Output

def checked(number):
    reason = Reason(code="missing-library", subject=f"lib{number}.so.1", message=f"lib{number}.so.1: cannot open")
    verdicts = [Verdict(image="debian:12", platform="linux/amd64", verdict="ok")]
    verdicts += [
        Verdict(image=f"alpine:3.{release}", platform="linux/amd64", verdict="fails", reasons=(reason,))
        for release in range(20)
    ]
    return CheckedFile(
        path=f"lib/{number}.so", sha256=f"{number:064x}", kind="shared-object", arch="x86_64", libc="gnu",
        interpreter=None, verdicts=tuple(verdicts),
    )

with open_check([Output(name, Path(sys.argv[2]) / name) for name in FORMATS]) as sink:
    for number in range(int(sys.argv[1])):
        sink.add(checked(number))
    sink.end([], [])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def most_memory(files: int, folder: Path) -> int:
    """Return the most memory that a run took, in KiB."""
    folder.mkdir()
    command = [sys.executable, "-c", PROGRAM, str(files), str(folder)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def test_memory_is_flat_for_twenty_thousand_files(tmp_path: Path) -> None:
    few = most_memory(200, tmp_path / "few")
    many = most_memory(FILES, tmp_path / "many")
    assert many - few < MOST_GROWTH
    assert {path.name for path in (tmp_path / "many").iterdir()} == set(FORMATS)
    assert len(json.loads((tmp_path / "many" / "json").read_text())["files"]) == FILES
