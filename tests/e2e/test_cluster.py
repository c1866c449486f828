"""`prove` and `matrix` on a real Dask cluster: the same records as here, whatever is killed on the way."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import signal
import subprocess
import sys
import tarfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cluster_jobs import BROKEN, BUG, DEADLY, HERE, Doubling
from local_cluster import LocalCluster, start_cluster, wait_for

from everylinux.cluster import connection, open_cluster
from everylinux.errors import EverylinuxError, InputOutputError
from everylinux.toolchains.find import find, require
from roots import make_root

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find_spec("distributed") is None, reason="Dask is missing: pip install 'everylinux[cluster]'"),
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(platform.machine() != "x86_64", reason="the programs of these tests are built for x86_64"),
]

PROGRAM = r"""
#include <stdio.h>
#include <string.h>
#include <time.h>
int main(int count, char **arguments) {
    char line[100];
    if (count > 1 && !strcmp(arguments[1], "--slow"))
        nanosleep(&(struct timespec){.tv_nsec = 300 * 1000 * 1000}, 0);
    if (count > 2) {
        FILE *file = fopen(arguments[2], "r");
        if (!file) return 9;
        if (fgets(line, sizeof line, file)) printf("file: %s", line);
    }
    while (fgets(line, sizeof line, stdin)) printf("read %s", line);
    return 3;
}"""
LIBRARY = "int answer(void) { return 42; }\n"
USES_LIBRARY = "int answer(void); int main(void) { return answer() - 40; }\n"
MODULE = """
struct definition { long base[5]; const char *name, *documentation; long size; void *rest[5]; };
extern void *PyModule_Create2(struct definition *, int);
static struct definition definition = {.base = {1}, .name = "m", .size = -1};
void *PyInit_m(void) { return PyModule_Create2(&definition, 1013); }
"""
SETTINGS = """
[[smoke]]
file = "program"
args = ["--read", "data/words.txt"]
stdin = "one\\ntwo\\n"
files = ["data"]
exit = 3
stdout = "^file: word$"

[[smoke]]
file = "program"
exit = 4
"""


def compile_c(output: Path, text: str, *arguments: str, target: str = "x86_64-linux-musl") -> Path:
    source = output.with_suffix(".c")
    source.write_text(text)
    command: list[str | Path] = [require("zig"), "cc", "-target", target, "-O1", "-o", output, source, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    source.unlink()
    return output


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A static program with its smoke tests, one that finds a library beside itself, a script, and a root for them."""
    folder = tmp_path_factory.mktemp("cluster-project")
    for name in ("bin", "lib", "data", "root"):
        (folder / name).mkdir()
    compile_c(folder / "bin" / "program", PROGRAM, "-static")
    library = compile_c(folder / "lib" / "libanswer.so", LIBRARY, "-shared", "-Wl,-soname,libanswer.so")
    compile_c(folder / "bin" / "asks", USES_LIBRARY, str(library), "-Wl,-rpath,$ORIGIN/../lib", "-dynamic")
    (folder / "data" / "words.txt").write_text("word\n")
    (folder / "data" / "plain.txt").write_text("no program\n")
    (folder / "everylinux.toml").write_text(SETTINGS)
    root = folder / "root"
    (root / "usr").mkdir()
    compile_c(root / "usr" / "inside", PROGRAM, "-static")
    script = root / "usr" / "script"
    script.write_text("#!/usr/inside\n")
    script.chmod(0o755)
    with tarfile.open(folder / "root.tar", "w") as archive:
        archive.add(root, "")
    return folder


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    started = start_cluster(tmp_path_factory.mktemp("cluster"))
    try:
        started.add_workers(3)
        yield started
    finally:
        started.stop()


def everylinux(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "everylinux", *map(str, arguments)]
    own = {**os.environ, **environment}
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=240, cwd=folder, env=own)


def untimed(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a document without what differs between two runs on the same machine."""
    if isinstance(value, dict):
        return {key: untimed(inner) for key, inner in value.items() if key != "seconds"}
    return [untimed(inner) for inner in value] if isinstance(value, list) else value


def records(done: subprocess.CompletedProcess[str]) -> Any:  # noqa: ANN401 - JSON
    assert done.stdout, done.stderr
    return untimed(json.loads(done.stdout))


FILES = ("bin/program", "bin/asks", "lib/libanswer.so", "root/usr/inside", "root/usr/script", "data/plain.txt")


@pytest.mark.parametrize(
    "arguments",
    [
        ("prove", *FILES, "-i", "scratch,dir:root", "--timeout", "20"),
        ("prove", "bin/asks", "-i", "dir:root", "--alone"),
        ("prove", "bin/program", "-i", "scratch", "--stdin", "data/words.txt", "--", "--x"),
        ("prove", "bin/program", "-i", "scratch", "--platform", "linux/arm64"),
        ("prove", "bin/program", "-i", "debian:12", "--offline"),
        ("prove", "bin/program", "bin/asks", "-i", "tar:root.tar", "-j", "2"),
        ("matrix", *FILES, "-i", "scratch,dir:root"),
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_the_answer_is_the_same_as_on_this_machine(
    project: Path, cluster: LocalCluster, arguments: tuple[str, ...]
) -> None:
    verb, *rest = arguments
    here = everylinux(project, verb, "-o", "json", *rest)
    there = everylinux(project, verb, "-o", "json", *rest, EVERYLINUX_CLUSTER=cluster.address)
    assert records(there) == records(here)
    assert there.returncode == here.returncode


@pytest.mark.parametrize("alone", [False, True])
def test_an_extension_of_python_takes_its_package_along(project: Path, cluster: LocalCluster, alone: bool) -> None:  # noqa: FBT001 - a parameter
    try:
        root = make_root("python-bookworm-amd64")
    except EverylinuxError as error:
        pytest.skip(f"{error.message}; {error.hint}")
    site = project / "site"
    module = site / "outer" / "inner" / "m.so"
    if not module.exists():
        module.parent.mkdir(parents=True)
        (site / "outer" / "__init__.py").write_text("")
        (site / "outer" / "beside.py").write_text("value = 1\n")
        (site / "outer" / "inner" / "__init__.py").write_text("from outer.beside import value\n")
        (site / "m-1.dist-info").mkdir()
        (site / "m-1.dist-info" / "RECORD").write_text("outer/inner/m.so,,\n")
        compile_c(module, MODULE, "-shared", "-fPIC", "-Wl,-z,undefs", target="x86_64-linux-gnu.2.17")
    arguments = ["site/outer/inner/m.so", "-i", f"dir:{root}", "-o", "json", *(["--alone"] if alone else [])]
    here = everylinux(project, "prove", *arguments)
    there = everylinux(project, "prove", *arguments, "--cluster", cluster.address)
    assert records(there) == records(here)
    (run,) = records(there)["runs"]
    assert [host["imported"] for host in run["host_runs"]] == [True]


def test_an_image_of_an_archive_keeps_its_digest(project: Path, cluster: LocalCluster) -> None:
    arguments = ("prove", "bin/program", "-i", "tar:root.tar", "-o", "json", "--cluster", cluster.address)
    (run, *_) = records(everylinux(project, *arguments))["runs"]
    digest = hashlib.sha256((project / "root.tar").read_bytes()).hexdigest()
    assert run["image_digest"] == f"sha256:{digest}"
    assert any(cluster.folder.glob(f"cache-*/images/tar-sha256-{digest}-*/usr/inside"))


def test_files_go_to_a_worker_once(project: Path, cluster: LocalCluster) -> None:
    arguments = ("prove", *["bin/asks"] * 12, "-i", "dir:root", "--cluster", cluster.address)
    everylinux(project, *arguments)
    caches = [cluster.cache(f"worker-{number}") / "cluster" for number in range(3)]
    kept = {path: path.stat() for cache in caches for path in cache.glob("content/*")}
    made = {path: path.stat() for cache in caches for path in cache.glob("trees/*")}
    assert kept
    assert made
    everylinux(project, *arguments)
    assert all(path.stat().st_ino == status.st_ino for path, status in {**kept, **made}.items())
    assert all(path.stat().st_mtime_ns == status.st_mtime_ns for path, status in {**kept, **made}.items())


def test_a_worker_that_is_killed_in_the_middle_loses_nothing(
    project: Path, tmp_path: Path, cluster: LocalCluster
) -> None:
    for number in range(24):
        (tmp_path / f"p{number:02}").write_bytes((project / "bin" / "program").read_bytes() + str(number).encode())
        (tmp_path / f"p{number:02}").chmod(0o755)
    cluster.add_workers(1)
    victim = cluster.workers[-1]
    files = sorted(tmp_path.glob("p*"))
    command: list[str | Path] = [sys.executable, "-m", "everylinux", "prove", *files, "-i", "scratch", "-o", "json"]
    command += ["--cluster", cluster.address, "--", "--slow"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        wait_for(lambda: runs_something(victim), "the worker was given nothing")
        assert client.poll() is None
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        stdout, stderr = client.communicate(timeout=120)
    assert client.returncode == 0, stderr
    runs = json.loads(stdout)["runs"]
    assert [run["path"] for run in runs] == list(map(str, files))
    assert {(run["verdict"], run["exit"]) for run in runs} == {("ok", 3)}


def runs_something(process: subprocess.Popen[bytes]) -> bool:
    """Return whether a process has a child, started by any of its threads."""
    try:
        return any(Path(task, "children").read_text() for task in Path(f"/proc/{process.pid}/task").iterdir())
    except OSError:
        return False


def test_a_job_that_kills_its_workers_is_given_up_and_the_others_go_on(tmp_path: Path) -> None:
    cluster = start_cluster(tmp_path)
    try:
        cluster.add_workers(6)
        with open_cluster(cluster.address, print) as engine:
            results = list(engine.run(Doubling(0.02), [*range(10), DEADLY, *range(10, 20), HERE]))
        assert sum(worker.poll() is not None for worker in cluster.workers) == 4  # allowed-failures, and the last
    finally:
        cluster.stop()
    lost = f"{DEADLY}: not run: every worker of the cluster that took it was lost"
    expected = [*map(str, range(0, 20, 2)), lost, *map(str, range(20, 40, 2)), f"{HERE} was not sent"]
    assert results == expected


def test_what_a_worker_says_is_wrong_is_said_here(cluster: LocalCluster) -> None:
    with open_cluster(cluster.address, print) as engine:
        with pytest.raises(InputOutputError, match="it cannot be read") as raised:
            list(engine.run(Doubling(), [1, BROKEN, 2]))
        assert (raised.value.meaning, raised.value.hint) == ("it is broken", "mend it")
        with pytest.raises(ZeroDivisionError):
            list(engine.run(Doubling(), [1, BUG, 2]))
        assert list(engine.run(Doubling(), [1, 2])) == ["2", "4"]


def test_results_keep_the_order_of_many_jobs_that_are_handed_out_a_few_at_once(cluster: LocalCluster) -> None:
    taken = 0

    def numbers() -> Iterator[int]:
        nonlocal taken
        for number in range(3000):
            taken += 1
            yield number

    with open_cluster(cluster.address, print, at_once=40) as engine:
        results = engine.run(Doubling(), numbers())
        first = next(results)
        assert taken <= 1100
        assert [first, *results] == [str(2 * number) for number in range(3000)]


def test_when_all_workers_are_gone_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "WORKERS_SECONDS", 1.0)
    cluster = start_cluster(tmp_path)
    try:
        with pytest.raises(InputOutputError, match="has no workers"), open_cluster(cluster.address, print):
            pass
        cluster.add_workers(1)
        with open_cluster(cluster.address, print) as engine:
            results = engine.run(Doubling(0.1), range(100))
            next(results)
            cluster.workers[0].kill()
            with pytest.raises(InputOutputError, match="has no workers"):
                list(results)
            cluster.add_workers(1)
            assert list(engine.run(Doubling(), [4])) == ["8"]
            running = engine.run(Doubling(0.1), range(100))
            next(running)
            cluster.scheduler.kill()
            with pytest.raises(InputOutputError, match="connection to the scheduler"):
                list(running)
    finally:
        cluster.stop()


def test_without_a_scheduler_there_is_one_clear_error_in_seconds(project: Path) -> None:
    begin = time.monotonic()
    done = everylinux(project, "prove", "bin/program", "-i", "scratch", "--cluster", "tcp://127.0.0.1:9")
    assert done.returncode == 7
    assert done.stderr.startswith("error: there is no Dask scheduler at tcp://127.0.0.1:9\n")
    assert "dask scheduler" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert time.monotonic() - begin < 15


@pytest.mark.parametrize("address", ["foo://127.0.0.1:8786", "nothing", "tcp://"])
def test_what_is_no_address_is_said_to_be_none(project: Path, address: str) -> None:
    done = everylinux(project, "prove", "bin/program", "-i", "scratch", "--cluster", address)
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {address!r} is no address of a Dask scheduler\n")
    assert "Exception ignored" not in done.stderr


def test_without_dask_the_extra_is_named(project: Path, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['distributed'] = None\n")
    arguments = ("prove", "bin/program", "-i", "scratch", "--cluster", "tcp://127.0.0.1:9")
    done = everylinux(project, *arguments, PYTHONPATH=str(tmp_path))
    assert done.returncode == 4
    assert "pip install 'everylinux[cluster]'" in done.stderr


def test_another_version_on_a_worker_is_refused(project: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitecustomize.py").write_text("import everylinux\neverylinux.__version__ = '0.0.1'\n")
    cluster = start_cluster(tmp_path)
    try:
        cluster.add_workers(1, PYTHONPATH=str(other))
        done = everylinux(project, "prove", "bin/program", "-i", "scratch", "--cluster", cluster.address)
    finally:
        cluster.stop()
    assert done.returncode == 4
    assert "has everylinux 0.0.1, and this is " in done.stderr
    assert "pip install 'everylinux[cluster]==" in done.stderr


def test_ctrl_c_cancels_what_waits(project: Path, cluster: LocalCluster) -> None:
    command = [sys.executable, "-m", "everylinux", "prove", *["bin/program"] * 200, "-i", "scratch"]
    command += ["--cluster", cluster.address, "--", "--slow"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        wait_for(lambda: any(map(runs_something, cluster.workers[:3])), "nothing was run")
        client.send_signal(signal.SIGINT)
        begin = time.monotonic()
        _, stderr = client.communicate(timeout=60)
    assert client.returncode == 130
    assert b"interrupted" in stderr
    assert b"Traceback" not in stderr
    assert time.monotonic() - begin < 10
    wait_for(lambda: not any(map(runs_something, cluster.workers[:3])), "jobs went on")
    with open_cluster(cluster.address, print) as engine:
        assert list(engine.run(Doubling(), [3])) == ["6"]


def test_what_does_its_work_here_says_so(project: Path) -> None:
    done = everylinux(project, "check", "bin/program", "-i", "scratch", "--cluster", "tcp://127.0.0.1:9")
    assert done.returncode == 0
    assert "--cluster: check does its work on this machine" in done.stderr
