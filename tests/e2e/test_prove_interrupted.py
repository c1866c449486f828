"""What becomes of runs when the command is told to end by a signal that reaches it alone, as CI systems send it."""

from __future__ import annotations

import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from everylinux.toolchains.find import find, require

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the program of these tests is built for x86_64"),
]
SLEEPER = "#include <unistd.h>\nint main(void) { sleep(100); return 0; }\n"


def running(name: str) -> int:
    """Return how many processes have a name."""
    count = 0
    for entry in Path("/proc").glob("[0-9]*/comm"):
        try:
            count += entry.read_text(errors="replace").strip() == name
        except OSError:
            continue
    return count


def wait_until(name: str, count: int, client: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + 60
    while running(name) != count:
        assert client is None or client.poll() is None, client.communicate()
        assert time.monotonic() < deadline, f"{running(name)} are running, not {count}"
        time.sleep(0.02)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["TERM", "INT"])
def test_a_signal_to_the_command_alone_ends_what_it_runs(tmp_path: Path, number: signal.Signals, code: int) -> None:
    program = tmp_path / f"sleeper-{number}"
    (tmp_path / "sleeper.c").write_text(SLEEPER)
    command: list[str | Path] = [
        require("zig"),
        "cc",
        "-target",
        "x86_64-linux-musl",
        "-static",
        "-o",
        program,
        tmp_path / "sleeper.c",
    ]
    subprocess.run(command, check=True, capture_output=True)
    proving: list[str | Path] = [
        sys.executable,
        "-m",
        "everylinux",
        "prove",
        *[program] * 9,
        "-i",
        "scratch",
        "-j",
        "2",
    ]
    with subprocess.Popen(proving, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        wait_until(program.name, 2, client)
        begin = time.monotonic()
        client.send_signal(number)
        _, stderr = client.communicate(timeout=60)
    assert time.monotonic() - begin < 10
    assert client.returncode == code
    assert stderr.strip() == b"interrupted; nothing half-written was left"
    wait_until(program.name, 0)
