"""How a run can end: by a signal, by a bug; each with one line and its exit code."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# A process that was started in the background may have been told to ignore Ctrl-C, and hands that on to its children:
# the tests that interrupt a run need it as a terminal would start it.
signal.signal(signal.SIGINT, signal.default_int_handler)

# A verb that waits or breaks stands in for a real one: what is tested is how the command line ends.
SCRIPT = """
import sys, time, click
import everylinux.verbs as verbs
@click.command()
def verb(): {body}
verbs.command_line.get_command = lambda context, name: verb
sys.argv = ["everylinux", "target"]
from everylinux.__main__ import main
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_with_one_line(number: signal.Signals, code: int) -> None:
    body = "print('ready', flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT.format(body=body)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05)
        process.send_signal(number)
        _, errors = process.communicate(timeout=20)
    assert process.returncode == code
    assert errors.strip() == "interrupted; nothing half-written was left"


def test_a_bug_is_exit_70_with_a_report_file() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(body="1 / 0")], check=False, capture_output=True, text=True
    )
    assert done.returncode == 70
    first, hint = done.stderr.splitlines()
    assert first == "a bug in everylinux: ZeroDivisionError: division by zero"
    report = hint.rpartition(" ")[2]
    assert "ZeroDivisionError" in Path(report).read_text()
