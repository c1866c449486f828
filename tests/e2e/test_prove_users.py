"""Who may prove, and where: an ordinary user, inside containers, and what is said where it cannot be."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from attacks import compile_attacks

from everylinux.sandbox.limits import kernel_release
from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
]
EVERYLINUX = (sys.executable, "-m", "everylinux")
NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that everybody can reach; those of pytest are this user's alone."""
    with tempfile.TemporaryDirectory(prefix="prove-users-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def hostile(folder: Path) -> Path:
    return compile_attacks(folder)


@pytest.fixture(scope="module")
def nobody(folder: Path) -> tuple[str, ...]:
    """What runs a command as an ordinary user, who has a home and may read this Python."""
    home = folder / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    opened = folder / "opened"
    opened.mkdir()
    script = [f"mount --bind / {opened}"]
    # A tmpfs over each closed folder on the way, with nothing in it but the way.
    for wanted in (Path(sys.base_prefix), Path(sys.prefix), Path(__file__).parents[2]):
        closed = next((each for each in reversed(wanted.parents) if not each.stat().st_mode & 0o001), None)
        if closed:
            script += [f"mount -t tmpfs -o mode=755 none {closed}", f"mkdir -p {wanted}"]
            script += [f"mount --bind {opened}{wanted} {wanted}"]
    become = f"exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --inh-caps=-all"
    environment = f'env HOME={home} EVERYLINUX_CACHE={home}/cache XDG_CACHE_HOME={home}/xdg "$@"'
    return ("unshare", "--mount", "sh", "-e", "-c", "\n".join([*script, f"{become} {environment}"]), "sh")


def proved(command: tuple[str, ...], hostile: Path, *arguments: str) -> dict[str, Any]:
    """Return the record of one attack, run by a command."""
    done = subprocess.run(
        [*command, *EVERYLINUX, "prove", hostile, "--timeout", "10", "-o", "json", "--", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stdout, done.stderr
    (record,) = json.loads(done.stdout)["runs"]
    assert isinstance(record, dict)
    return record


@as_root
def test_an_ordinary_user_has_the_same_fences(nobody: tuple[str, ...], hostile: Path, folder: Path) -> None:
    secret = folder / "secret"
    secret.write_text("secret")
    writable = folder / "writable"
    writable.mkdir()
    writable.chmod(0o777)
    aims = {"write_host": [str(writable)], "read_outside": [str(secret), "/etc/passwd"]}
    record: dict[str, Any] = {}
    for attack in ("become_root", "write_host", "read_outside", "new_namespaces", "mount_things", "kernel_settings"):
        record = proved(nobody, hostile, attack, *aims.get(attack, []))
        assert (record["verdict"], record["exit"], record["stdout"]) == ("ok", 0, f"finished {attack}\n"), record
    assert record["limits"]["system calls"] == "seccomp"


@as_root
def test_an_ordinary_user_without_control_groups_has_resource_limits(nobody: tuple[str, ...], hostile: Path) -> None:
    record = proved(nobody, hostile, "memory_bomb")
    assert record["limits"]["memory"] == "rlimit 2048 MiB for each process"
    assert (record["verdict"], record["exit"]) == ("ok", 3)  # mmap failed, and the program said so itself
    record = proved(nobody, hostile, "thread_bomb")
    expected = "rlimit 512" if kernel_release() >= (5, 14) else "none: no writable control group"
    assert record["limits"]["processes"] == expected
    assert "ESCAPED" not in record["stdout"]


@as_root
@pytest.mark.skipif(shutil.which("gcc") is None or shutil.which("make") is None, reason="no gcc or no make")
def test_an_ordinary_user_verifies_a_fix_and_owns_what_the_build_made(nobody: tuple[str, ...], folder: Path) -> None:
    project = folder / "project"
    project.mkdir()
    (project / "main.c").write_text("int main(void) { int unused; return 0; }\n")
    (project / "Makefile").write_text("app: main.c\n\t$(CC) -Wall -Werror -o app main.c\n\ttest -O app\n")
    log = subprocess.run(["make"], cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
    (folder / "log").write_bytes(log)
    explain = ("explain", str(folder / "log"), "--project", str(project), "--verify", "-o", "json", "--", "make")
    done = subprocess.run([*nobody, *EVERYLINUX, *explain], check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    fix = json.loads(done.stdout)["diagnoses"][0]["fixes"][0]
    assert fix["verified"], fix["note"]


def refused(command: list[str | Path]) -> str:
    """Return what is said where nothing can be isolated: one error, and the exit code of what this machine lacks."""
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    assert done.stderr.count("error:") == 1
    return done.stderr


@as_root
@pytest.mark.parametrize("hide", ["umount --lazy /proc", "mount -t tmpfs none /proc"])
def test_without_proc_that_is_said(hide: str, hostile: Path) -> None:
    said = refused(["unshare", "--mount", "sh", "-c", f'{hide} && exec "$@"', "sh", *EVERYLINUX, "prove", hostile])
    assert "/proc is not mounted" in said
    assert "mount -t proc" in said


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers of the system calls are x86_64's")
def test_where_a_containers_filter_forbids_namespaces_that_is_said(hostile: Path) -> None:
    script = (
        "from test_prove_users import forbid_namespaces as f; f(); import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    command = [sys.executable, "-c", script, *EVERYLINUX, "prove", str(hostile)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment)
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    assert "No permissions to create new namespace" in done.stderr
    assert "--security-opt seccomp=unconfined" in done.stderr


def forbid_namespaces() -> None:
    """Refuse unshare(2), and clone(2) with new namespaces, to this process and its children: as containers do."""
    load, equal, any_bit, answer = 0x20, 0x15, 0x45, 0x06
    refuse, allow = 0x0005_0001, 0x7FFF_0000  # SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ALLOW
    unshare, clone, namespaces = 272, 56, 0x1002_0000  # CLONE_NEWUSER | CLONE_NEWNS
    lines = [
        (load, 0, 0, 0),
        (equal, 0, 1, unshare),
        (answer, 0, 0, refuse),
        (equal, 0, 3, clone),
        (load, 0, 0, 16),
        (any_bit, 0, 1, namespaces),
        (answer, 0, 0, refuse),
        (answer, 0, 0, allow),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in lines))
    filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(lines), ctypes.addressof(program)))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, filter_, 0, 0) == 0  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER


@pytest.mark.parametrize("sandbox", ["podman", "docker"])
def test_without_the_engine_the_command_that_brings_it_is_said(
    sandbox: str, hostile: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = folder / f"without-{sandbox}"
    tools.mkdir()
    manager = tools / "apt-get"
    manager.write_text("#!/bin/sh\n")
    manager.chmod(0o755)
    monkeypatch.setenv("PATH", str(tools))
    said = refused([*EVERYLINUX, "prove", hostile, "--sandbox", sandbox])
    assert f"{sandbox} is missing" in said
    assert f"apt-get install -y {sandbox}" in said


@pytest.mark.skipif(not shutil.which("docker"), reason="docker's client is missing")
def test_without_a_daemon_that_is_said(hostile: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/nobody-here")
    assert "start the daemon" in refused([*EVERYLINUX, "prove", hostile, "--sandbox", "docker"])
