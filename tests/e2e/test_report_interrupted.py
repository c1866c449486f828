"""An interrupted `check` leaves every report as it was, in every format."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from everylinux.report import FORMATS

pytestmark = pytest.mark.e2e

PATIENCE = 60
# The whole of Python's library: minutes of work, of which there will be none.
FOLDER = Path(sys.executable).resolve().parents[1]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_files_stay_as_they_were(tmp_path: Path, number: int, code: int) -> None:
    for name in FORMATS:
        (tmp_path / name).write_text("old")
    outputs = [part for name in FORMATS for part in ("-o", f"{name}={tmp_path / name}")]
    command = [sys.executable, "-m", "everylinux", "check", str(FOLDER), *outputs]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + PATIENCE
    while not list(tmp_path.glob(".partial-*")) and time.monotonic() < until:
        time.sleep(0.01)
    assert list(tmp_path.glob(".partial-*"))
    process.send_signal(number)
    _, error = process.communicate(timeout=PATIENCE)
    assert process.returncode == code, error
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(FORMATS, "old")
    assert "Traceback" not in error


# What Python does when Ctrl-C comes while a module makes a data class.
INTERRUPTED_IN_A_TEXT = """
from everylinux import __main__, verbs

class Line:
    def main(self, *_, **__):
        exec("raise KeyboardInterrupt")

verbs.command_line = Line()
__main__.main()
"""


def test_the_exit_code_is_the_same_wherever_the_interrupt_comes(tmp_path: Path) -> None:
    (tmp_path / "interrupted.py").write_text(INTERRUPTED_IN_A_TEXT)
    done = subprocess.run(
        [sys.executable, "-m", "interrupted"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "interrupted; nothing half-written was left\n")
