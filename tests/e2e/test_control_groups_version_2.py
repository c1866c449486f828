"""Version 2 of control groups, by a kernel of its own: User Mode Linux, which runs as a process and sees our files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from attacks import compile_attacks

from everylinux.sandbox.isolation.helper import helper_file
from everylinux.toolchains.find import find

pytestmark = [
    pytest.mark.full,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(not shutil.which("linux.uml"), reason="linux.uml is missing: apt-get install user-mode-linux"),
]
ATTACKS = ("memory_bomb", "fork_bomb", "priorities")
SECONDS = 300
# The first process of that kernel. Where there is no init to hand things on, the root group may.
FIRST = """#!/bin/sh
export PATH={path} HOME={home} PYTHONPATH={modules}
mount -t proc proc /proc && mount -t sysfs sys /sys && mount -t cgroup2 none /sys/fs/cgroup
echo "+memory +pids" > /sys/fs/cgroup/cgroup.subtree_control
{python} {script} root {attacks} > {out}/root.json
mkdir /sys/fs/cgroup/shell && echo $$ > /sys/fs/cgroup/shell/cgroup.procs
{python} {script} shell priorities > {out}/shell.json
ls /sys/fs/cgroup /sys/fs/cgroup/shell > {out}/left
{python} -c 'import ctypes, os; os.sync(); ctypes.CDLL(None).reboot(0x4321FEDC)'
"""
SCRIPT = """
import sys
from pathlib import Path
import msgspec
from attacks import run_attack
runs = [run_attack("bubblewrap", Path({hostile!r}), attack) for attack in sys.argv[2:]]
print(msgspec.json.encode(runs).decode())
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the runs under that kernel gave."""
    folder = tmp_path_factory.mktemp("version-2")
    helper_file()
    script, first = folder / "script.py", folder / "first"
    script.write_text(SCRIPT.format(hostile=str(compile_attacks(folder))))
    tests = Path(__file__).parent
    first.write_text(
        FIRST.format(
            path=os.environ["PATH"],
            home=Path.home(),
            modules=os.pathsep.join([str(tests), *filter(None, sys.path)]),
            python=sys.executable,
            script=script,
            attacks=" ".join(ATTACKS),
            out=folder,
        )
    )
    first.chmod(0o755)
    kernel = ["linux.uml", "mem=1024M", "rootfstype=hostfs", "rootflags=/", "rw", f"init={first}", "con0=null,fd:1"]
    with (folder / "log").open("w") as log:
        subprocess.run(
            [*kernel, "con=null"], check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=SECONDS
        )
    assert (folder / "left").exists(), (folder / "log").read_text(errors="replace")
    return folder


def runs(out: Path, name: str) -> list[dict[str, Any]]:
    found = json.loads((out / f"{name}.json").read_text())
    assert isinstance(found, list)
    return found


def test_a_group_holds_memory_and_processes(out: Path) -> None:
    memory, processes, innocent = runs(out, "root")
    assert memory["limits"]["memory"] == "cgroup 256 MiB"
    assert memory["limits"]["processes"] == "cgroup 64"
    assert [reason["subject"] for reason in memory["reasons"]] == ["memory"]
    assert [reason["subject"] for reason in processes["reasons"]] == ["processes"]
    assert (innocent["verdict"], innocent["reasons"]) == ("ok", [])


def test_where_nothing_is_handed_on_resource_limits_hold(out: Path) -> None:
    (innocent,) = runs(out, "shell")
    assert innocent["limits"]["memory"] == "rlimit 256 MiB for each process"
    assert innocent["verdict"] == "ok"


def test_no_group_is_left(out: Path) -> None:
    assert "everylinux-" not in (out / "left").read_text()
