"""Builds in a room of their own: what they see, what they may use, and what is left of them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from everylinux.cache import cache_directory
from everylinux.fixes import disk, room
from everylinux.fixes.room import Room
from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    for name in (".ssh", ".cargo/registry", "project"):
        (home / name).mkdir(parents=True)
    (home / ".ssh/id_ed25519").write_text("the key")
    (home / ".cargo/registry/index").write_text("as it was")
    (home / "project/Makefile").write_text("all:\n\techo built > out\n")
    # The sandbox's helper is in there, which takes seconds to build.
    monkeypatch.setenv("EVERYLINUX_CACHE", str(cache_directory()))
    monkeypatch.setenv("HOME", str(home))
    return home / "project"


def said(project: Path, *lines: str, timeout: float = 60) -> str:
    with Room(project, timeout=timeout) as one:
        one.run(lines)
        return one.log.read_text()


def test_a_build_runs_in_a_copy_at_the_projects_own_path(project: Path) -> None:
    with Room(project) as one:
        ran = one.run(["make -s && cat out && pwd"])
        assert ran.passed
        assert one.log.read_text() == f"built\n{project}\n"
    assert [path.name for path in project.iterdir()] == ["Makefile"]
    assert not one.log.exists()


def test_commands_before_the_build_count_in_its_shell_and_end_it_when_they_fail(project: Path) -> None:
    assert said(project, "export WORD=yes", "cd /tmp", "echo $WORD $PWD") == "yes /tmp\n"
    with Room(project) as one:
        assert one.run(["false", "echo not reached"]).exit == 1
        assert one.log.read_text() == ""


def test_a_make_that_calls_us_is_not_heard_by_the_makes_in_the_copy(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAKELEVEL", "1")
    monkeypatch.setenv("MAKEFLAGS", " -j2 --jobserver-auth=3,4 --print-directory")
    assert said(project, "make && cat out") == "echo built > out\nbuilt\n"


def test_files_of_a_fix_are_in_the_copy_only(project: Path) -> None:
    with Room(project) as one:
        one.put({project / "Makefile": b"all:\n\t@echo fixed\n", project / "new/file": b"x"})
        assert one.run(["make && cat new/file"]).passed
        assert one.log.read_text() == "fixed\nx"
    assert "fixed" not in (project / "Makefile").read_text()


def test_keys_and_passwords_are_not_there(project: Path) -> None:
    (project / "link").symlink_to("../.ssh/id_ed25519")
    log = said(project, "cat ~/.ssh/id_ed25519 link /etc/shadow; ls -A ~")
    assert "the key" not in log
    assert "root:" not in log
    assert log.splitlines()[-2:] == [".cargo", "project"]


def test_what_toolchains_keep_can_be_written_to_and_stays_what_it_was(project: Path) -> None:
    log = said(project, "cd ~/.cargo/registry; cat index; echo changed > index; echo new > file; cat index file")
    assert log == "as it waschanged\nnew\n"
    registry = project.parent / ".cargo/registry"
    assert [path.name for path in registry.iterdir()] == ["index"]
    assert (registry / "index").read_text() == "as it was"


def test_the_history_and_packages_of_a_project_can_be_written_to_and_stay_what_they_were(project: Path) -> None:
    for name in (".git", "web/node_modules"):
        (project / name).mkdir(parents=True)
        (project / name / "file").write_text("as it was")
    log = said(project, "echo changed > .git/file; echo new > web/node_modules/new; cat .git/file web/node_modules/*")
    assert log == "changed\nas it wasnew\n"
    assert (project / ".git/file").read_text() == "as it was"
    assert [path.name for path in (project / "web/node_modules").iterdir()] == ["file"]


def test_nothing_of_the_machine_can_be_written_to_and_other_folders_are_not_there(project: Path) -> None:
    log = said(project, "for file in /usr/x /etc/x /bin/x; do : > $file; done; ls /media /srv /boot; true")
    assert (log.count("Read-only file system"), log.count("No such file")) == (3, 3)


def test_there_is_no_network(project: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        program = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
        assert "refused" in said(project, f'python3 -c "{program}"')
        with Room(project, network=True) as one:
            assert one.run([f'python3 -c "{program}"']).passed


def test_there_are_no_new_privileges(project: Path) -> None:
    log = said(
        project, "grep -E 'CapEff|CapBnd|NoNewPrivs|Seccomp:' /proc/self/status; unshare -U true || echo refused"
    )
    facts = dict(line.split() for line in log.splitlines() if ":\t" in line)
    assert facts == {"CapEff:": "0" * 16, "CapBnd:": "0" * 16, "NoNewPrivs:": "1", "Seccomp:": "2"}
    assert log.endswith("refused\n")


def test_a_build_without_end_is_stopped(project: Path) -> None:
    with Room(project, timeout=1) as one:
        ran = one.run(["sleep 1000 & while :; do :; done"])
    assert (ran.exit, ran.stopped) == (None, "it ran for more than 1 s")
    assert ran.seconds < 10


def test_a_build_that_forks_without_end_stops_at_its_limit(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_PROCESSES", 64)
    with Room(project, timeout=20) as one:
        ran = one.run(["bomb() { bomb | bomb & }; bomb; sleep 2; exit 1"])
    assert not ran.passed


def test_a_build_that_fills_the_disk_is_stopped(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_ROOM", 64 << 20)
    monkeypatch.setattr(disk, "LOOK_SECONDS", 0.05)
    with Room(project, timeout=60) as one:
        ran = one.run(["while :; do head -c 10000000 /dev/urandom > $RANDOM$RANDOM; sleep 0.02; done"])
    assert (ran.exit, ran.stopped) == (None, "it wrote more than 64 MiB")


def test_a_log_without_end_is_stopped(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LARGEST_FILE", 1 << 20)
    with Room(project, timeout=60) as one:
        ran = one.run(["yes"])
        assert not ran.passed
        assert one.log.stat().st_size == 1 << 20


def test_a_killed_run_leaves_the_project_as_it_was_and_no_process(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    shutil.copytree(cache_directory("helper"), cache / "helper")
    makefile = "all:\n\techo half > Makefile; sleep 1001 # -m64\n"
    (project / "Makefile").write_text(makefile)
    log = tmp_path / "log"
    log.write_text(
        "aarch64-linux-gnu-gcc: error: unrecognized command-line option '-m64'\nmake: *** [Makefile:1: all] Error 1\n"
    )
    command = [
        sys.executable,
        "-m",
        "everylinux",
        "explain",
        str(log),
        "--project",
        str(project),
        "--verify",
        "--",
        "make",
    ]
    process = subprocess.Popen(command, env={**os.environ, "EVERYLINUX_CACHE": str(cache)}, stderr=subprocess.DEVNULL)
    try:
        assert _in_time(lambda: _running("sleep 1001"))
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert _in_time(lambda: not _running("sleep 1001"))
    assert [path.name for path in project.iterdir()] == ["Makefile"]
    assert (project / "Makefile").read_text() == makefile
    left = list((cache / "unpacked").iterdir())
    assert len(left) == 1
    monkeypatch.setenv("EVERYLINUX_CACHE", str(cache))
    with Room(project):
        assert left[0] not in (cache / "unpacked").iterdir()


def _in_time(holds: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _running(command: str) -> bool:
    done = subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True)
    return command in done.stdout.splitlines()
