"""The parts of container sandboxes that need no engine."""

from __future__ import annotations

import csv
import io
import os
import socket
import tarfile
import threading
from pathlib import Path

import pytest

from everylinux.errors import InputOutputError
from everylinux.sandbox.interface import Mount
from everylinux.sandbox.isolation.container import mount_option
from everylinux.sandbox.isolation.control_groups import ControlGroup
from everylinux.sandbox.isolation.docker import refusal
from everylinux.sandbox.isolation.docker_images import _tag, _write
from everylinux.sandbox.isolation.podman import _first_device, refuse_devices
from everylinux.sandbox.isolation.reception import Reception


def call(path: Path) -> socket.socket:
    caller = socket.socket(socket.AF_UNIX)
    try:
        caller.connect(str(path))
    except OSError:
        caller.close()
        raise
    return caller


def test_a_reception_takes_one_call_and_no_other(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    with Reception(tmp_path / "own/status", ControlGroup(), engine_limits=False) as reception:
        first = call(tmp_path / "own/status")
        assert not reception.admitted
        connection = reception.admit()
        assert first.recv(10) == b"b"
        with pytest.raises(OSError, match=r"No such file|refused"):
            call(tmp_path / "own/status")
        assert not (tmp_path / "own").exists()
        first.send(b"report")
        assert connection.recv(10) == b"report"
        first.close()


def test_hanging_up_ends_the_call(tmp_path: Path) -> None:
    with Reception(tmp_path / "status", ControlGroup(), engine_limits=False) as reception:
        caller = call(tmp_path / "status")
        reception.admit()
        caller.recv(1)
        threading.Timer(0.05, reception.close).start()
        caller.settimeout(5)
        assert caller.recv(1) == b""
        assert reception.exceeded() == frozenset()
        caller.close()


@pytest.mark.parametrize("name", ["plain", "with,comma", 'with"quote', "with space", "target=/etc"])
def test_no_path_becomes_another_flag(name: str) -> None:
    """Engines read the line as CSV (``--mount`` in their manuals)."""
    flag, line = mount_option(Mount(Path("/src", name), f"/app/{name}"))
    assert flag == "--mount"
    assert next(csv.reader(io.StringIO(line))) == [
        "type=bind",
        f"source=/src/{name}",
        f"target=/app/{name}",
        "readonly",
    ]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("bin", "proc/1", "dev"):
        (tmp_path / "root" / folder).mkdir(parents=True)
    (tmp_path / "root/bin/program").write_bytes(b"\x7fELF")
    (tmp_path / "root/bin/program").chmod(0o4755)
    (tmp_path / "root/bin/link").symlink_to("/etc/passwd")
    (tmp_path / "root/proc/1/secret").write_text("secret")
    os.mkfifo(tmp_path / "root/bin/pipe")
    return tmp_path / "root"


def test_a_root_is_imported_as_it_is(root: Path) -> None:
    stream = io.BytesIO()
    _write(stream, root)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as archive:
        members = {member.name: member for member in archive}
    assert sorted(members) == ["bin", "bin/link", "bin/program", "dev", "proc"]
    assert members["bin/program"].mode == 0o4755
    assert members["bin/link"].linkname == "/etc/passwd"
    assert (members["bin/program"].uid, members["bin/program"].gid) == (0, 0)


def test_a_changed_root_is_another_image(root: Path) -> None:
    before = _tag(root)
    assert _tag(root) == before != _tag(None)
    (root / "bin/program").write_bytes(b"\x7fELG")
    changed = _tag(root)
    assert changed != before
    (root / "bin/program").chmod(0o755)
    assert _tag(root) not in (before, changed)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_in_a_root_is_refused_outside_of_its_own_dev(root: Path) -> None:
    try:
        os.mknod(root / "dev/null", 0o20666, os.makedev(1, 3))
        refuse_devices(root)
        os.mknod(root / "bin/null", 0o20666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("devices cannot be made here")
    _first_device.cache_clear()
    with pytest.raises(InputOutputError, match="bin/null is a device"):
        refuse_devices(root)


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        # As docker 20.10 and 28.2 say it.
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?", "start"),
        ("permission denied while trying to connect to the Docker daemon socket", "group docker"),
        ("Error response from daemon: something else", "docker info"),
    ],
)
def test_what_docker_says_becomes_a_hint(said: str, hint: str) -> None:
    error = refusal(said)
    assert said in error.message
    assert hint in error.hint
