"""`doctor`: what is here, what is missing, and the command that brings it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from everylinux.evidence import DoctorReport
from everylinux.toolchains.find import facts

if TYPE_CHECKING:
    from pathlib import Path


def doctor(path: str) -> tuple[int, DoctorReport]:
    done = subprocess.run(
        [sys.executable, "-m", "everylinux", "doctor", "-o", "json"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
    )
    return done.returncode, msgspec.json.decode(done.stdout, type=DoctorReport)


def command(folder: Path, name: str, output: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{output}'\n")
    path.chmod(0o755)


def test_a_bare_machine_is_told_how_to_get_every_tool(tmp_path: Path) -> None:
    code, report = doctor(str(tmp_path))
    assert code == 4
    missing = {tool.name: tool for tool in report.tools if tool.path is None}
    assert {"bubblewrap", "qemu-user", "go", "make"} <= set(missing)
    assert all(tool.install for tool in report.tools)
    assert "aarch64" in report.machine["not runnable"]


@pytest.mark.parametrize(
    ("manager", "install"),
    [
        ("apt-get", "apt-get install -y bubblewrap"),
        ("dnf", "dnf install -y bubblewrap"),
        ("apk", "apk add bubblewrap"),
    ],
)
def test_the_command_is_that_of_this_machines_package_manager(tmp_path: Path, manager: str, install: str) -> None:
    command(tmp_path, manager, "")
    _, report = doctor(str(tmp_path))
    (bubblewrap,) = [tool for tool in report.tools if tool.name == "bubblewrap"]
    assert bubblewrap.install.removeprefix("sudo ") == install


def test_what_is_there_is_named_with_its_version(tmp_path: Path) -> None:
    command(tmp_path, "bwrap", "bubblewrap 0.11.0")
    command(tmp_path, "qemu-s390x", "qemu-s390x version 9.2.1 (Debian)")
    command(tmp_path, "qemu-aarch64-static", "qemu-aarch64 version 9.2.1 (Debian)")
    code, report = doctor(str(tmp_path))
    tools = {tool.name: tool for tool in report.tools}
    assert (tools["bubblewrap"].path, tools["bubblewrap"].version) == (str(tmp_path / "bwrap"), "0.11.0")
    assert tools["qemu-user"].version == "9.2.1"
    assert code == 0
    assert "s390x" in report.machine["emulated"]
    assert "powerpc64le" in report.machine["not runnable"]


def test_every_tool_has_a_verb_and_a_source() -> None:
    for tool in facts().tools:
        assert tool.verbs
        assert tool.wheel or tool.packages
        assert json.loads(msgspec.json.encode(tool))["homepage"].startswith("http")
