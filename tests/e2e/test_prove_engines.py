"""What works under bubblewrap works in containers of podman and docker, and is told in the same words."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from attacks import command_lines, compile_c

from everylinux.images import open_images
from everylinux.sandbox import Mount, ProveRequest, prove_file
from everylinux.sandbox.emulator import cpu_of_platform, find_emulator
from everylinux.sandbox.smoke import read_smoke_tests
from everylinux.settings import Smoke
from everylinux.toolchains.find import find
from roots import make_root

pytestmark = pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap")
EVERY = [
    pytest.param("bubblewrap", marks=pytest.mark.e2e),
    pytest.param("podman", marks=pytest.mark.e2e),
    pytest.param("docker", marks=pytest.mark.full),
]
every_sandbox = pytest.mark.parametrize("sandbox", EVERY, indirect=True)
TELLER = r"""
#include <stdio.h>
#include <string.h>
#include <unistd.h>
extern char **environ;
int main(int count, char **arguments) {
    char line[100];
    for (int index = 0; index < count; index++) printf("<%s>\n", arguments[index]);
    while (fgets(line, sizeof line, stdin)) printf("read %s", line);
    for (char **each = environ; *each; each++) printf("%s\n", *each);
    printf("in %s as %d, write %d, run %d, sys %d\n", getcwd(line, sizeof line), getuid(), access("/tmp", W_OK),
           access("/run/systemd", F_OK), access("/sys/kernel", F_OK));
    if (count > 1 && strcmp(arguments[1], "wait") == 0) for (;;) sleep(1);
    return 5;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def teller(folder: Path) -> Path:
    """A static program that tells what it sees."""
    (folder / "teller.c").write_text(TELLER)
    return compile_c(folder / "teller", "x86_64-linux-musl", "-static", folder / "teller.c")


@every_sandbox
def test_a_program_sees_the_same(sandbox: str, teller: Path, tmp_path: Path) -> None:
    (tmp_path / "given").write_text("one\ntwo\n")
    (image,) = open_images(["scratch"])
    request = ProveRequest(
        path=teller,
        image=image,
        arguments=("a b", "c,d"),
        stdin=tmp_path / "given",
        mounts=(Mount(tmp_path / "given", "/tmp/with, comma"),),  # noqa: S108 - in the sandbox
        sandbox=sandbox,
    )
    seen = prove_file(request)
    assert (seen.verdict, seen.exit, seen.stderr) == ("ok", 5, "")
    lines = seen.stdout.splitlines()
    assert lines[:5] == ["</app/teller>", "<a b>", "<c,d>", "read one", "read two"]
    assert sorted(lines[5:8]) == [
        "HOME=/tmp",
        "LC_ALL=C",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    ]
    assert lines[8:] == ["in /tmp as 0, write 0, run -1, sys -1"]


@every_sandbox
def test_what_the_kernel_refuses_is_told_alike(sandbox: str, tmp_path: Path) -> None:
    (image,) = open_images(["scratch"])
    for content, mode, code in (
        ("echo no shell\n", 0o755, "exec-format"),
        ("#!/bin/sh\n", 0o755, "no-interpreter"),
        ("x", 0o644, "not-executable"),
    ):
        file = tmp_path / code
        file.write_text(content)
        file.chmod(mode)
        seen = prove_file(ProveRequest(path=file, image=image, sandbox=sandbox))
        assert (seen.verdict, seen.reasons[0].code, seen.stdout) == ("fails", code, "")


@every_sandbox
def test_a_program_of_a_real_root(sandbox: str) -> None:
    root = make_root("minimal-bookworm-amd64")
    before = sorted(root.rglob("*"))
    (image,) = open_images([f"dir:{root}"])
    seen = prove_file(ProveRequest(path=root / "usr/bin/ls", image=image, sandbox=sandbox))
    assert (seen.verdict, seen.exit) == ("ok", 0)
    assert seen.stdout.startswith("ls (GNU coreutils)")
    assert sorted(root.rglob("*")) == before


@every_sandbox
def test_a_foreign_program_is_emulated(sandbox: str, folder: Path, teller: Path) -> None:
    if find_emulator(cpu_of_platform("linux/arm64")) is None:
        pytest.skip("no emulator: apt-get install qemu-user-static")
    foreign = compile_c(folder / "foreign", "aarch64-linux-musl", "-static", teller.with_suffix(".c"))
    (image,) = open_images(["scratch"])
    seen = prove_file(ProveRequest(path=foreign, image=image, arguments=(), sandbox=sandbox))
    assert (seen.verdict, seen.exit, seen.platform) == ("ok", 5, "linux/arm64"), seen
    assert (seen.emulator or "").startswith("qemu-aarch64 ")
    assert seen.stdout.startswith("</app/foreign>\n")


@every_sandbox
def test_a_server_answers_on_a_low_port(sandbox: str, folder: Path) -> None:
    source = Path(__file__).parent / "servers" / "server.c"
    server = compile_c(folder / "server", "x86_64-linux-musl", "-static", source)
    (test,) = read_smoke_tests([Smoke(file="server", args=("all", "80"), port=80)], folder)
    (image,) = open_images(["scratch"])
    seen = prove_file(ProveRequest(path=server, image=image, smoke=test, sandbox=sandbox, timeout=10))
    assert seen.smoke is not None
    assert seen.smoke.passed, seen


@every_sandbox
def test_a_killed_prove_leaves_nothing(sandbox: str, teller: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "everylinux", "prove", str(teller), "--sandbox", sandbox, "--", "wait"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=environment) as process:
        wait_for(lambda: any(line.startswith("/app/teller wait") for line in command_lines()))
        process.send_signal(signal.SIGKILL)
    wait_for(lambda: not any(line.startswith("/app/teller wait") for line in command_lines()))
    if sandbox != "bubblewrap":
        wait_for(lambda: f"everylinux-{process.pid}-" not in containers(sandbox))
    assert not list(tmp_path.iterdir())


@every_sandbox
def test_the_command_line_and_the_environment_name_it(sandbox: str, teller: Path, tmp_path: Path) -> None:
    for flags, environment in ((["--sandbox", sandbox], {}), ([], {"EVERYLINUX_PROVE_SANDBOX": sandbox})):
        command = [sys.executable, "-m", "everylinux", "prove", *flags, "-o", "json", str(teller), "--", "x"]
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **environment}
        )
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["runs"][0]["sandbox"].startswith(f"{sandbox} ")


def containers(engine: str) -> str:
    """Return the names of all containers of an engine."""
    command = [engine, "ps", "--all", "--format", "{{.Names}}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def wait_for(happened: object, seconds: float = 30) -> None:
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
