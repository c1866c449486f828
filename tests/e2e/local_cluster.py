"""A real Dask cluster on this machine: a scheduler and workers, each a process with a cache of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from everylinux.cache import cache_directory

START_SECONDS = 60
HERE = Path(__file__).parent


@dataclass
class LocalCluster:
    """The processes of a cluster that listens on loopback only; what they write lies in ``folder``."""

    folder: Path
    scheduler: subprocess.Popen[bytes]
    address: str
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def add_workers(self, count: int, **environment: str) -> None:
        """Start workers of one thread each, and wait for the first words of all."""
        names = [f"worker-{len(self.workers) + number}" for number in range(count)]
        for name in names:
            self._warm(name)
            own = {"EVERYLINUX_CACHE": str(self.cache(name)), **environment}
            options = ["--no-nanny", "--nthreads", "1", "--name", name, "--local-directory", str(self.folder / name)]
            self.workers.append(start(self.folder / f"{name}.log", "dask_worker", self.address, *options, **own))
        for name in names:
            wait_for(lambda name=name: "Registered to" in self.log(name), f"{name} did not start")

    def _warm(self, name: str) -> None:
        """Give a worker what this machine has built before: compiling it for each of them is not what is tested."""
        self.cache(name).mkdir()
        for part in ("helper", "tester", "zig"):
            (self.cache(name) / part).symlink_to(cache_directory(part))

    def cache(self, name: str) -> Path:
        """Return the folder of a worker's cache."""
        return self.folder / f"cache-{name}"

    def log(self, name: str) -> str:
        """Return what a worker has written."""
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def stop(self) -> None:
        """Kill all of it."""
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


def start_cluster(folder: Path, **environment: str) -> LocalCluster:
    """Start a scheduler without any worker."""
    place = folder / "scheduler.log"
    scheduler = start(place, "dask_scheduler", "--host", "127.0.0.1", "--port", "0", **environment)
    marker = "Scheduler at:"
    wait_for(lambda: marker in place.read_text(errors="replace"), "the scheduler did not start")
    (line,) = (line for line in place.read_text(errors="replace").splitlines() if marker in line)
    return LocalCluster(folder, scheduler, line.partition(marker)[2].strip())


def start(log: Path, program: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start one of Dask's commands; what it imports beside everylinux is in this folder."""
    own = {"PYTHONPATH": str(HERE), "DASK_DISTRIBUTED__DASHBOARD__LINK": "", **environment}
    with log.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", "--no-dashboard", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **own},
        )


def wait_for(happened: object, what: str) -> None:
    """Wait until a function returns something true."""
    deadline = time.monotonic() + START_SECONDS
    while not happened():  # type: ignore[operator] # a function
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
