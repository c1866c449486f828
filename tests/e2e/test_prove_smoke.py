"""Smoke tests of the settings on real programs and servers, friendly and hostile ones."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from everylinux.errors import UsageError
from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file, read_smoke_tests
from everylinux.sandbox.emulator import cpu_of_platform, find_emulator
from everylinux.settings import Smoke
from everylinux.toolchains.find import find, require
from roots import make_root

SERVERS = Path(__file__).parent / "servers"

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the programs of these tests are built for x86_64"),
]


def compile_c(output: Path, target: str = "x86_64-linux-musl", name: str = "server.c") -> Path:
    command: list[str | Path] = [
        require("zig"),
        "cc",
        "-target",
        target,
        "-static",
        "-O2",
        "-o",
        output,
        SERVERS / name,
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return output


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_c(tmp_path_factory.mktemp("servers") / "server")


@pytest.fixture(scope="session")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_c(tmp_path_factory.mktemp("echo") / "echo", name="echo.c")


def everylinux(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "everylinux", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, cwd=folder)


def proven(folder: Path, settings: str, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Return the exit code and the runs of `prove` with these settings."""
    (folder / "everylinux.toml").write_text(settings)
    done = everylinux(folder, "prove", "-o", "json", *arguments)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)["runs"]


def serve(server: Path, mode: str, port: int = 8080, *, timeout: float = 3, image: str = "scratch") -> Any:  # noqa: ANN401 - a run
    (test,) = read_smoke_tests([Smoke(file="*", args=(mode, str(port)), port=port)], server.parent)
    (opened,) = open_images([image])
    return prove_file(ProveRequest(path=server, image=opened, smoke=test, timeout=timeout))


# ---- programs that end


def test_arguments_input_files_exit_code_and_output(echo: Path, tmp_path: Path) -> None:
    (tmp_path / "tests/data").mkdir(parents=True)
    (tmp_path / "tests/data/given.txt").write_text("from the file\n")
    settings = r"""
        [[smoke]]
        file = "echo"
        args = ["a b", "--version", "tests/data/given.txt"]
        stdin = "one\ntwo\n"
        files = ["tests"]
        exit = 3
        stdout = '^argument a b$'
        """
    code, (run,) = proven(tmp_path, settings, str(echo))
    assert run["stdout"] == (
        "argument a b\nargument --version\nargument tests/data/given.txt\n"
        "file: from the file\nread-only\ninput: one\ninput: two\n"
    )
    assert (run["verdict"], run["exit"], run["smoke"]["passed"], code) == ("ok", 3, True, 0)


@pytest.mark.parametrize(
    ("expected", "subject"),
    [("exit = 4", "exit"), ("exit = 3\nstdout = '^argument$'", "stdout")],
    ids=["another exit code", "another output"],
)
def test_what_does_the_wrong_thing_has_started_and_is_a_finding(
    echo: Path, tmp_path: Path, expected: str, subject: str
) -> None:
    settings = f'[[smoke]]\nfile = "echo"\nargs = ["x"]\n{expected}\n'
    code, (run,) = proven(tmp_path, settings, str(echo))
    assert (run["verdict"], run["reasons"], code) == ("ok", [], 1)
    assert run["smoke"]["passed"] is False
    assert [(reason["code"], reason["subject"]) for reason in run["smoke"]["reasons"]] == [("smoke-failed", subject)]


def test_each_smoke_test_is_a_run_of_its_own(echo: Path, tmp_path: Path) -> None:
    settings = """
        [[smoke]]
        file = "echo"
        args = ["1"]
        exit = 3
        [[smoke]]
        file = "other"
        [[smoke]]
        file = "ech?"
        args = ["2"]
        """
    code, runs = proven(tmp_path, settings, str(echo))
    assert [(run["smoke"]["number"], run["stdout"], run["smoke"]["passed"]) for run in runs] == [
        (1, "argument 1\n", True),
        (3, "argument 2\n", False),
    ]
    assert code == 1


def test_what_follows_two_dashes_wins_over_the_settings(echo: Path, tmp_path: Path) -> None:
    settings = '[[smoke]]\nfile = "echo"\nargs = ["x"]\n'
    code, (run,) = proven(tmp_path, settings, str(echo), "--", "y")
    assert (run["stdout"], run["smoke"], code) == ("argument y\n", None, 0)


def test_a_file_that_does_not_start_has_failed_its_test(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/bin/sh\n")
    (tmp_path / "script").chmod(0o755)
    settings = '[[smoke]]\nfile = "script"\n'
    code, (run,) = proven(tmp_path, settings, "script", "--image", "scratch")
    assert (run["verdict"], run["smoke"]["passed"], code) == ("fails", False, 1)
    assert run["smoke"]["reasons"] == []


def test_what_could_not_be_run_has_neither_passed_nor_failed(echo: Path, tmp_path: Path) -> None:
    code, (run,) = proven(tmp_path, '[[smoke]]\nfile = "echo"\n', str(echo), "--image", "debian:12", "--offline")
    assert (run["verdict"], run["smoke"]["passed"], code) == ("unknown", None, 6)


def test_an_expression_that_never_ends_is_given_up(echo: Path, tmp_path: Path) -> None:
    settings = f"[[smoke]]\nfile = 'echo'\nargs = ['{'a' * 60}']\nexit = 3\nstdout = '(a|a|a)*b$'\n"
    code, (run,) = proven(tmp_path, settings, str(echo))
    assert code == 1
    assert "took too long" in run["smoke"]["reasons"][0]["message"]


def test_nothing_comes_along_from_outside_the_folder_of_the_settings(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (tmp_path / "secret").write_text("secret")
    (project / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(project / "pipe")
    for name in ("../secret", str(tmp_path / "secret"), "link", "pipe", "gone", "a/../../secret"):
        with pytest.raises(UsageError):
            read_smoke_tests([Smoke(file="*", files=(name,))], project)


def test_standard_input_is_a_copy_that_nothing_can_change(echo: Path, tmp_path: Path) -> None:
    """Through /proc/self/fd/0 a program reaches the file itself, past every mount."""
    given = tmp_path / "given"
    given.write_text("mine")
    (scratch,) = open_images(["scratch"])
    request = ProveRequest(path=echo, image=scratch, stdin=given, arguments=("--overwrite-input",))
    run = prove_file(request)
    assert "input: mine" in run.stdout
    assert "overwritten" not in run.stdout
    assert given.read_text() == "mine"


# ---- servers


@pytest.mark.parametrize("mode", ["ipv4", "ipv6", "all", "background", "stubborn", "several", "loud"])
@pytest.mark.parametrize("port", [80, 8080, 40_000])
def test_a_server_that_answers(server: Path, mode: str, port: int) -> None:
    run = serve(server, mode, port, timeout=20)
    assert (run.verdict, run.smoke.passed, run.exit, run.signal) == ("ok", True, None, None), run
    assert run.seconds < 5


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        ("silent", "it still ran after 3 seconds"),
        ("elsewhere", "it still ran after 3 seconds"),
        ("ends", "the program exited 0"),
        ("refuses", "the program exited 7"),
        ("background-silent", "it still ran after 3 seconds"),
    ],
)
def test_a_server_that_does_not_answer(server: Path, mode: str, said: str) -> None:
    run = serve(server, mode)
    assert (run.verdict, run.smoke.passed) == ("ok", False), run
    assert said in run.smoke.reasons[0].message or said in run.note
    assert run.seconds < 6


@pytest.mark.parametrize(("mode", "subject"), [("flood", "output"), ("bomb", "processes")])
def test_a_hostile_server_is_held_by_the_limits(server: Path, mode: str, subject: str) -> None:
    run = serve(server, mode)
    assert [(reason.code, reason.subject) for reason in run.reasons] == [("resource-limit", subject)]
    assert run.smoke.passed is False


def test_a_server_that_crashes(server: Path) -> None:
    run = serve(server, "crash")
    assert (run.verdict, run.reasons[0].code, run.smoke.passed) == ("fails", "crashed", False)


def test_nothing_of_a_server_is_left(server: Path) -> None:
    serve(server, "several")
    left = [path for path in Path("/proc").glob("[0-9]*/cmdline") if _command(path).startswith(b"/app/server")]
    assert not left


def _command(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_server_of_a_foreign_cpu(tmp_path: Path) -> None:
    if find_emulator(cpu_of_platform("linux/arm64")) is None:
        pytest.skip("no emulator: apt-get install qemu-user-static")
    foreign = compile_c(tmp_path / "server", "aarch64-linux-musl")
    run = serve(foreign, "ipv4", timeout=60)
    assert (run.smoke.passed, run.emulator is not None) == (True, True), run


@pytest.mark.parametrize("arguments", [("-f", "-p", "80"), ("-p", "127.0.0.1:80")], ids=["foreground", "background"])
def test_the_web_server_of_busybox(arguments: tuple[str, ...]) -> None:
    root = make_root("alpine-like-bookworm-amd64")
    if root is None:
        pytest.skip("no root file system")
    (test,) = read_smoke_tests([Smoke(file="busybox", args=("httpd", *arguments), port=80)], Path(root))
    (opened,) = open_images([f"dir:{root}"])
    run = prove_file(ProveRequest(path=Path(root, "bin/busybox"), image=opened, smoke=test, timeout=20))
    assert (run.verdict, run.smoke and run.smoke.passed) == ("ok", True), run


# ---- reports and the matrix


def test_every_format_shows_a_failed_smoke_test(echo: Path, tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text('[[smoke]]\nfile = "echo"\nexit = 9\n')
    formats = ("json", "sarif", "junit", "markdown", "html", "table")
    outputs = [part for name in formats for part in ("-o", f"{name}={name}.out")]
    for verb in ("prove", "matrix"):
        images = ["-i", "scratch"]
        done = everylinux(tmp_path, verb, str(echo), *images, *outputs)
        assert done.returncode == 1, done.stderr
        for name in formats:
            told = (tmp_path / f"{name}.out").read_text()
            assert "it exited 3, and 9 is expected" in told, (verb, name)


def test_the_matrix_keeps_all_runs_and_agrees(echo: Path, tmp_path: Path) -> None:
    settings = '[[smoke]]\nfile = "echo"\nexit = 3\n[[smoke]]\nfile = "echo"\nexit = 4\n'
    (tmp_path / "everylinux.toml").write_text(settings)
    done = everylinux(tmp_path, "matrix", str(echo), "-i", "scratch", "-o", "json")
    (cell,) = json.loads(done.stdout)["cells"]
    assert (cell["agree"], cell["prove"]["smoke"]["number"], done.returncode) == (True, 2, 1)
    assert [run["smoke"]["passed"] for run in cell["other_runs"]] == [True]
    assert everylinux(tmp_path, "matrix", str(echo), "-i", "scratch", "--fail-on", "none").returncode == 0


def test_attestations_tell_what_was_seen(echo: Path, tmp_path: Path) -> None:
    settings = '[[smoke]]\nfile = "echo"\nexit = 3\n[[smoke]]\nfile = "echo"\nexit = 4\n'
    (tmp_path / "everylinux.toml").write_text(settings)
    assert everylinux(tmp_path, "prove", str(echo), "--attest", "-q").returncode == 1
    assert everylinux(tmp_path, "matrix", str(echo), "-i", "scratch", "--attest=of the matrix").returncode == 1
    digest = hashlib.sha256(echo.read_bytes()).hexdigest()
    for folder in ("dist/attestations", "of the matrix"):
        (path,) = (tmp_path / folder).iterdir()
        statement = json.loads(path.read_text())
        assert statement["subject"] == [{"name": "echo", "digest": {"sha256": digest}}]
        predicate = statement["predicate"]
        assert predicate["result"] == "FAILED"
        assert predicate["passedTests"] == ["scratch linux/amd64: smoke 1"]
        assert predicate["failedTests"] == ["scratch linux/amd64: smoke 2"]


def test_attest_does_not_take_a_file_for_its_folder(echo: Path, tmp_path: Path) -> None:
    done = everylinux(tmp_path, "prove", "--attest", str(echo), str(echo))
    assert (done.returncode, "after the files" in done.stderr) == (2, True)


def test_the_image_is_named_by_its_digest(echo: Path, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "root.tar", "w") as archive:
        archive.add(echo, "bin/echo")
    image = f"tar:{tmp_path / 'root.tar'}"
    assert everylinux(tmp_path, "prove", str(echo), "-i", image, "--attest").returncode == 0
    (path,) = (tmp_path / "dist/attestations").iterdir()
    _, configured = json.loads(path.read_text())["predicate"]["configuration"]
    digest = hashlib.sha256((tmp_path / "root.tar").read_bytes()).hexdigest()
    assert (configured["name"], configured["digest"]) == (image, {"sha256": digest})
