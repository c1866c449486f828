"""Bad input: one clear error, the right exit code, no traceback, nothing half-written, and the next run is right."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.e2e

# The cheapest target: a glibc one of a CPU that every other test needs too.
TARGET = "x86_64-linux-gnu.2.17"
OTHER_TARGET = "aarch64-linux-gnu.2.17"
COMMAND = (sys.executable, "-m", "everylinux")
SECONDS = 300
GOOD = "int main(void) { return 0; }\n"


def everylinux(*arguments: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        errors="surrogateescape",
        check=False,
        timeout=SECONDS,
    )


def assert_one_clear_error(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    assert done.returncode == code, done.stderr
    errors = [line for line in done.stderr.splitlines() if line.lower().startswith("error:")]
    assert len(errors) == 1, done.stderr
    for word in words:
        assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert "a bug in everylinux" not in done.stderr


def assert_one_failed_build(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """A failed build is a result, not an error: it is said once for each target, with the name of its log."""
    assert done.returncode == code, done.stderr
    failures = [line for line in done.stderr.splitlines() if "FAILED" in line]
    assert len(failures) == 1, done.stderr
    for word in words:
        assert word in failures[0]
    assert done.stderr.count("its log is") == 1, done.stderr
    assert "Traceback" not in done.stderr


def outputs(folder: Path) -> list[str]:
    """Return every file of an output folder but the logs, which are kept whatever happens."""
    files = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(str(path) for path in files if path.parts[0] != "logs")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "app.c").write_text(GOOD)
    return folder


def test_no_project(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing to build here\n")
    assert_one_clear_error(everylinux("build", "--target", TARGET, cwd=tmp_path), 2, "no project found")


def test_no_folder(tmp_path: Path) -> None:
    assert_one_clear_error(everylinux("build", "nowhere", "--target", TARGET, cwd=tmp_path), 2, "nowhere")


@pytest.mark.parametrize("spelling", ["x86_65-linux-gnu", "linux/riscv128", "", "..", "x86_64-linux-gnu;id"])
def test_unknown_target(spelling: str, project: Path) -> None:
    done = everylinux("build", "--target", f"{spelling},", "--target", spelling or "-", cwd=project)
    assert_one_clear_error(done, 2, "everylinux target")


@pytest.mark.parametrize(
    ("spelling", "oldest"),
    [
        ("x86_64-linux-gnu.2.5", "2.17"),
        ("x86_64-linux-gnu.2.99", "2.17"),
        ("powerpc64le-linux-gnu.2.17", "2.19"),
        ("riscv64-linux-gnu.2.26", "2.27"),
    ],
)
def test_floor_out_of_range(spelling: str, oldest: str, project: Path) -> None:
    assert_one_clear_error(everylinux("build", "--target", spelling, cwd=project), 2, f"{oldest} to ")


def test_libc_that_contradicts(project: Path) -> None:
    done = everylinux("build", "--target", "x86_64-linux-gnu", "--libc", "musl", cwd=project)
    assert_one_clear_error(done, 2, "--libc")


@pytest.mark.parametrize(
    ("content", "word"),
    [(b"[build\n", "everylinux.toml"), (b'[build]\ntarget = ["all"]\n', "targets"), (b"\xff\xfe", "everylinux.toml")],
)
def test_settings_that_cannot_be_read(content: bytes, word: str, project: Path) -> None:
    (project / "everylinux.toml").write_bytes(content)
    assert_one_clear_error(everylinux("build", "--target", TARGET, cwd=project), 2, word)


def test_compiler_missing(project: Path, tmp_path: Path) -> None:
    shadow = tmp_path / "shadow" / "ziglang"
    shadow.mkdir(parents=True)
    (shadow / "__init__.py").touch()
    done = everylinux("build", "--target", TARGET, cwd=project, PYTHONPATH=str(shadow.parent))
    assert_one_clear_error(done, 4, "zig", "pip install")


@pytest.mark.parametrize(
    ("file", "content", "tool"), [("Makefile", "all:\n", "make"), ("go.mod", "module app\n", "go")]
)
def test_build_tool_missing(file: str, content: str, tool: str, project: Path, tmp_path: Path) -> None:
    (project / file).write_text(content)
    (tmp_path / "bin").mkdir()
    done = everylinux("build", "--target", TARGET, cwd=project, PATH=str(tmp_path / "bin"))
    assert_one_clear_error(done, 4, tool)


def test_source_that_does_not_compile(project: Path) -> None:
    (project / "app.c").write_text("int main(void) { return undeclared_name; }\n")
    report = project.parent / "report.json"
    done = everylinux("build", "--target", TARGET, "-o", f"json={report}", cwd=project)
    assert_one_failed_build(done, 5, "undeclared_name")
    build = json.loads(report.read_text())["builds"][0]
    assert (build["status"], build["files"]) == ("failed", [])
    assert "undeclared_name" in build["problem"]
    log = Path(project, build["log"])
    assert "app.c:1:" in log.read_text()
    assert outputs(project / "dist") == []

    (project / "app.c").write_text(GOOD)
    done = everylinux("build", "--target", TARGET, cwd=project)
    assert done.returncode == 0, done.stderr
    assert (project / "dist" / TARGET / "app").exists()


def test_one_target_fails_and_the_other_is_built(project: Path) -> None:
    (project / "app.c").write_text(f"#ifdef __aarch64__\n#error no such CPU\n#endif\n{GOOD}")
    done = everylinux("build", "--target", f"{TARGET},{OTHER_TARGET}", "-o", "json", cwd=project)
    assert done.returncode == 5
    builds = {build["target"]: build for build in json.loads(done.stdout)["builds"]}
    assert (builds[TARGET]["status"], builds[OTHER_TARGET]["status"]) == ("built", "failed")
    assert "no such CPU" in builds[OTHER_TARGET]["problem"]
    assert subprocess.run([project / "dist" / TARGET / "app"], check=False).returncode == 0


def test_project_with_hostile_files(project: Path) -> None:
    (project / "loop").symlink_to("loop")
    (project / "parent").symlink_to("..")
    (project / "outside").symlink_to("/etc")
    os.mkfifo(project / "pipe")
    (project / "line\nbreak\x1b[31m").write_text("")
    with (project / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    done = everylinux("build", "--target", TARGET, cwd=project)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stderr
    assert (project / "dist" / TARGET / "app").exists()


# Mounts a small file system where only this command sees it, runs the command, and lists what was left in there.
IN_SMALL_ROOM = """
room=$1 listing=$2
shift 2
mount -t tmpfs -o size=256k tmpfs "$room" || exit 99
"$@"
code=$?
ls -AR "$room" >"$listing"
exit $code
"""
CANNOT_MOUNT = 99


@pytest.mark.parametrize("full", ["out", "compiler cache", "cache"])
def test_full_disk(full: str, project: Path, tmp_path: Path) -> None:
    room, listing = tmp_path / "room", tmp_path / "listing"
    room.mkdir()
    (project / "app.c").write_text(
        "char data[1 << 20] = {1};\nint main(int count, char **words) { return data[count] + !words; }\n"
    )
    where = {"out": ["--out", str(room / "dist")], "compiler cache": ["--cache", str(room / "cache")], "cache": []}[
        full
    ]
    command = [*COMMAND, "build", "--target", TARGET, *where]
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", IN_SMALL_ROOM, "sh", room, listing, *command],
        cwd=project,
        env={**os.environ, **({"EVERYLINUX_CACHE": str(room)} if full == "cache" else {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode == CANNOT_MOUNT or "unshare:" in done.stderr:
        pytest.skip(f"this machine lets this user mount nothing: {done.stderr.strip()}")
    assert done.returncode == 7, done.stderr
    assert done.stderr.count("disk is full") == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert ".partial-" not in listing.read_text()
    assert outputs(project / "dist") == []

    done = everylinux("build", "--target", TARGET, cwd=project)
    assert done.returncode == 0, done.stderr


# A build that waits until a file appears, after it told the number of its process.
WAITING = """
app: app.c
\techo $$$$ > {folder}/process
\twhile [ ! -e {folder}/go ]; do sleep 0.1; done
\t$(CC) -o $@ app.c
"""


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("number", "to_group", "code"),
    [
        (signal.SIGINT, False, 130),
        (signal.SIGINT, True, 130),  # as a terminal does it: the compilers get it too
        (signal.SIGTERM, False, 143),
        (signal.SIGKILL, False, -signal.SIGKILL),
    ],
)
def test_interrupted(number: signal.Signals, code: int, project: Path, tmp_path: Path, *, to_group: bool) -> None:
    (project / "Makefile").write_text(WAITING.format(folder=tmp_path))
    report, started = tmp_path / "report.json", tmp_path / "process"
    command = [*COMMAND, "build", "--target", TARGET, "-o", f"json={report}"]
    with subprocess.Popen(
        command, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, start_new_session=True
    ) as build:
        try:
            assert wait_for(lambda: started.exists() and started.read_text().endswith("\n"), SECONDS)
            (os.killpg if to_group else os.kill)(build.pid, number)
            _, stderr = build.communicate(timeout=30)
        finally:
            build.kill()
    assert build.returncode == code, stderr
    assert "Traceback" not in stderr
    if number != signal.SIGKILL:
        assert "interrupted" in stderr
    assert wait_for(lambda: not runs(int(started.read_text())), 10), "the project's own build still runs"
    assert outputs(project / "dist") == []
    assert not report.exists()

    (tmp_path / "go").touch()
    done = everylinux("build", "--target", TARGET, cwd=project)
    assert done.returncode == 0, done.stderr
    assert outputs(project / "dist") == [f"{TARGET}/app"]
    assert subprocess.run([project / "dist" / TARGET / "app"], check=False).returncode == 0


def test_killed_while_the_compiler_builds_its_libc(project: Path, tmp_path: Path) -> None:
    command = [*COMMAND, "build", "--target", TARGET, "--cache", str(tmp_path / "cache")]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as build:
        assert build.stderr is not None
        assert any("glibc, once" in line for line in build.stderr)
        time.sleep(1.5)
        build.kill()
    assert outputs(project / "dist") == []
    done = everylinux("build", "--target", TARGET, "--cache", tmp_path / "cache", cwd=project)
    assert done.returncode == 0, done.stderr
    assert subprocess.run([project / "dist" / TARGET / "app"], check=False).returncode == 0
