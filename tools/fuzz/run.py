"""Fuzz `check`: many processes, many inputs, and what was found: ``python tools/fuzz/run.py --inputs 200000``.

The same seed and number always make the same input, so ``--first N --inputs 1`` shows one again. Returns 1 when
something was found; the smallest inputs lie in the folder of ``--out``.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec

from everylinux.cache import cache_directory
from fuzz.findings import Finding
from fuzz.room import prepare
from fuzz.seeds import long_seeds, short_seeds
from fuzz.targets import TARGETS

if TYPE_CHECKING:
    from collections.abc import Iterator

TOOLS = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TOOLS), os.environ.get("PYTHONPATH", "")])}
# A process is replaced after so many inputs, and taken for dead when one input keeps it so many seconds.
BLOCK = 4000
SILENCE = 120
POLL = 0.2
# Inputs are written and removed by the thousand: a disk would take most of the time.
MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps files in memory
DIGESTS_COMPARED = 500


@dataclass
class Outcome:
    """What a run came to: inputs that were run, findings, the most memory of one process in bytes, notes."""

    inputs: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)
    peak: int = 0
    compared: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class Lane:
    """The inputs of one processor: ``first``, ``first + step``, … below ``last``, run in blocks."""

    folder: Path
    targets: str
    seed: int
    first: int
    last: int
    step: int
    results: Path = field(init=False)
    process: subprocess.Popen[bytes] | None = None
    at: int = -1
    since: float = 0.0
    done: int = 0

    def __post_init__(self) -> None:
        self.results = self.folder.with_name(f"{self.folder.name}-results")
        self.results.mkdir(exist_ok=True)

    def start(self) -> bool:
        """Start the next block; returns whether there is one."""
        if self.first >= self.last:
            return False
        end = min(self.last, self.first + BLOCK * self.step)
        numbers = [str(number) for number in (self.seed, self.first, end, self.step)]
        # Each process orders its sets by another secret: an answer must not depend on it.
        environment = {**ENVIRONMENT, "PYTHONHASHSEED": str(self.first % 4096)}
        command = [sys.executable, "-m", "fuzz.worker", str(self.folder), str(self.results), self.targets, *numbers]
        (self.results / "progress").unlink(missing_ok=True)
        with (self.results / "errors").open("wb") as errors:
            self.process = subprocess.Popen(command, env=environment, stderr=errors)
        self.at, self.since = self.first, time.monotonic()
        return True

    def watch(self) -> Finding | None:
        """Look what the process does; returns a finding when it died, or says nothing for too long."""
        if self.process is None:
            return None
        with contextlib.suppress(OSError, ValueError):
            at = int((self.results / "progress").read_text() or self.at)
            if at != self.at:
                self.at, self.since = at, time.monotonic()
        silent = time.monotonic() - self.since > SILENCE
        if silent:
            self.process.kill()
            self.process.wait()
        code = self.process.poll()
        if code is None:
            return None
        self.process = None
        self.done += -(-(self.at - self.first) // self.step)
        # The last number written is the first of the next block, or the one that was at work.
        self.first += -(-(self.at - self.first) // self.step) * self.step
        if code == 0:
            return None
        self.first += self.step
        said = (self.results / "errors").read_text(errors="replace")[-300:]
        what = f"no answer for {SILENCE} s" if silent else f"the process ended with {code}: {said}"
        return Finding(self.at, "", "", "hung" if silent else "died", message=what)

    def stop(self) -> None:
        """End the process, if it runs."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.done += max(0, self.at - self.first) // self.step
            self.process = None


def fuzz(  # noqa: PLR0913 - what a run is made of
    seeds: dict[str, bytes],
    *,
    targets: str = "all",
    seed: int,
    first: int,
    inputs: int,
    jobs: int,
    seconds: float,
    out: Path | None = None,
) -> Outcome:
    """Run inputs until they or the seconds, counted from the first, are used up."""
    outcome = Outcome()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="fuzz-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as name:
        pattern = Path(name) / "pattern"
        outcome.notes += prepare(pattern, seeds)
        lanes = []
        for number in range(jobs):
            folder = Path(name) / f"room{number}"
            shutil.copytree(pattern, folder, symlinks=True)
            lanes.append(Lane(folder, targets, seed, first + number, first + inputs, jobs))
        try:
            for finding in _run(lanes, time.monotonic() + seconds):
                outcome.findings.append(finding)
        except KeyboardInterrupt:
            outcome.notes.append("interrupted")
        finally:
            for lane in lanes:
                lane.stop()
        outcome.inputs = sum(lane.done for lane in lanes)
        outcome.findings += [finding for lane in lanes for finding in _findings(lane.results)]
        outcome.peak = max((int(path.read_text()) for path in Path(name).glob("*/peak")), default=0)
        outcome.compared, different = _compare(lanes, Path(name))
        outcome.findings += different
        if out is not None and outcome.findings:
            _save(lanes, out, outcome.findings)
    outcome.seconds = time.monotonic() - start
    return outcome


def _run(lanes: list[Lane], end: float) -> Iterator[Finding]:
    busy = True
    while busy and time.monotonic() < end:
        busy = False
        for lane in lanes:
            finding = lane.watch()
            if finding is not None:
                yield finding
            busy |= lane.process is not None or lane.start()
        time.sleep(POLL)


def _findings(results: Path) -> list[Finding]:
    path = results / "findings.jsonl"
    lines = path.read_bytes().splitlines() if path.exists() else []
    return [msgspec.json.decode(line, type=Finding) for line in lines]


def _compare(lanes: list[Lane], folder: Path) -> tuple[int, list[Finding]]:
    """Run some inputs of each lane again in the room of another: another process, folder and order of sets."""
    different = []
    compared = 0
    for lane, other in zip(lanes, lanes[1:] + lanes[:1], strict=True):
        digests = lane.results / "digests"
        lines = digests.read_text().splitlines()[:DIGESTS_COMPARED] if digests.exists() else []
        known = dict(line.split() for line in lines)
        again = Lane(folder / f"again-{other.folder.name}", lane.targets, lane.seed, 0, 0, 1)
        shutil.copytree(folder / "pattern", again.folder, symlinks=True)
        environment = {**ENVIRONMENT, "PYTHONHASHSEED": "77"}
        command = [
            sys.executable,
            "-m",
            "fuzz.worker",
            str(again.folder),
            str(again.results),
            lane.targets,
            str(lane.seed),
        ]
        subprocess.run([*command, *known, "--only"], env=environment, check=False, stderr=subprocess.DEVNULL)
        found = again.results / "digests"
        for line in found.read_text().splitlines() if found.exists() else []:
            number, digest = line.split()
            compared += 1
            if known.get(number) != digest:
                different.append(Finding(int(number), "", "", "differently", message="in another process"))
    return compared, different


def _save(lanes: list[Lane], out: Path, findings: list[Finding]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "findings.jsonl").write_bytes(b"".join(msgspec.json.encode(one) + b"\n" for one in findings))
    for lane in lanes:
        for path in lane.results.iterdir():
            if path.name not in {"findings.jsonl", "progress", "digests", "peak", "errors"}:
                shutil.copy2(path, out / path.name)


def main() -> int:
    """Fuzz as the flags say; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="stop after so long")
    parser.add_argument("--seed", type=int, default=1, help="another seed makes other inputs")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--targets", default="all", help=f"with commas: {', '.join(one.name for one in TARGETS)}")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--short", action="store_true", help="the seeds of the short run in the tests")
    parser.add_argument("--out", type=Path, help="where inputs that broke something are kept")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="take the small ELF files in it too")
    arguments = parser.parse_args()
    # Whatever ends it, its processes end with it; one that was started in the background may ignore Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    seeds = short_seeds() if arguments.short else long_seeds(tuple(arguments.folders))
    out = arguments.out or cache_directory("fuzz", "findings")
    print(f"{len(seeds)} seeds, inputs from number {arguments.first} of seed {arguments.seed}", flush=True)
    outcome = fuzz(
        seeds,
        targets=arguments.targets,
        seed=arguments.seed,
        first=arguments.first,
        inputs=arguments.inputs,
        jobs=arguments.jobs,
        seconds=arguments.seconds,
        out=out,
    )
    print(*outcome.notes, sep="\n", end="\n" if outcome.notes else "")
    rate = outcome.inputs / outcome.seconds
    print(f"{outcome.inputs} inputs in {outcome.seconds:.0f} s ({rate:.0f} a second), {outcome.peak >> 20} MiB at most")
    print(f"{outcome.compared} answers compared with those of another process")
    counted = collections.Counter(one.key for one in outcome.findings)
    for key, count in counted.most_common():
        example = next(one for one in outcome.findings if one.key == key)
        print(f"{count:6} times {key}: number {example.number}, {example.target} {example.seed}: {example.message}")
    print(f"{len(counted)} findings; their inputs lie in {out}" if counted else "nothing found")
    return 1 if counted else 0


if __name__ == "__main__":
    sys.exit(main())
