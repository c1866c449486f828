"""Who failed, the program, its emulator or the CPU that it emulates: each provoked, with the real emulator.

For riscv64 qemu does not say that the program died of a signal.
"""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest

from everylinux.errors import UsageError
from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.sandbox.emulator import Emulator, cpu_of_platform, find_emulator
from everylinux.sandbox.interface import Observation
from everylinux.sandbox.outcome import Subject, classify
from everylinux.toolchains.find import find, require

SOURCES = Path(__file__).parent / "emulators"
MIB = 1024 * 1024

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(
        find_emulator(cpu_of_platform("linux/riscv64")) is None, reason="no emulator: apt-get install qemu-user-static"
    ),
]


@pytest.fixture(scope="module")
def riscv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("emulators") / "program"
    command = [str(require("zig")), "cc", "-target", "riscv64-linux-none", "-O1", "-static", "-nostdlib"]
    command += [
        "-ffreestanding",
        "-fno-stack-protector",
        "-fno-sanitize=undefined",
        "-o",
        str(path),
        str(SOURCES / "riscv64.c"),
    ]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


def emulator() -> Emulator:
    found = find_emulator(cpu_of_platform("linux/riscv64"))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("asked", "verdict", "reason"),
    [
        ("segmentation fault", "fails", ("crashed", "SIGSEGV")),
        ("assertion of its own", "fails", ("crashed", "SIGABRT")),
        ("emulator's memory", "unknown", None),
        ("nothing", "ok", None),
    ],
)
def test_whose_signal_it_was(riscv: Path, asked: str, verdict: str, reason: tuple[str, str] | None) -> None:
    (scratch,) = open_images(["scratch"])
    run = prove_file(ProveRequest(path=riscv, image=scratch, arguments=(asked,)))
    assert run.verdict == verdict, run
    assert [(one.code, one.subject) for one in run.reasons] == ([reason] if reason else [])
    if verdict == "unknown":
        assert run.note == "qemu-riscv64 itself died of SIGSEGV"


@pytest.mark.parametrize(
    ("options", "room", "said"),
    [
        ([], 64 * MIB, "bytes for jit buffer"),
        (["-R", "0x10000000000"], 512 * MIB, "Unable to reserve"),
    ],
    ids=["no room for code", "no room for the program"],
)
def test_an_emulator_that_lacks_memory_is_not_the_program(
    riscv: Path, options: list[str], room: int, said: str
) -> None:
    done = subprocess.run(
        [emulator().path, *options, riscv, "nothing"],
        check=False,
        capture_output=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)),
    )
    assert said in done.stderr.decode()
    seen = Observation(exit=done.returncode, stdout=done.stdout, stderr=done.stderr)
    outcome = classify(seen, Subject(program=str(riscv), emulator=emulator()))
    assert outcome.verdict == "unknown"
    assert said in outcome.note


@pytest.fixture(scope="module")
def levels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("levels") / "levels"
    command = [str(require("zig")), "cc", "-target", "x86_64-linux-musl", "-O1", "-static", "-o", str(path)]
    done = subprocess.run([*command, str(SOURCES / "levels.c")], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return path


@pytest.mark.skipif(
    find_emulator(cpu_of_platform("linux/amd64")) is None, reason="no emulator: apt-get install qemu-user-static"
)
@pytest.mark.parametrize(
    ("cpu", "has", "lacks"),
    [
        ("x86-64-v1", ["sse2"], ["sse3", "ssse3", "sse4_1", "sse4_2", "popcnt", "avx"]),
        ("x86-64-v2", ["sse3", "ssse3", "sse4_1", "sse4_2", "popcnt"], ["avx", "avx2", "fma", "f16c", "bmi2"]),
        ("x86-64-v3", ["avx", "avx2", "fma", "f16c", "bmi2"], []),
    ],
)
def test_a_level_has_the_instructions_of_just_that_level(
    levels: Path, cpu: str, has: list[str], lacks: list[str]
) -> None:
    (scratch,) = open_images(["scratch"])
    for name in (*has, *lacks):
        run = prove_file(ProveRequest(path=levels, image=scratch, arguments=(name,), cpu=cpu))
        found = [(reason.code, reason.subject) for reason in run.reasons]
        assert found == ([("cpu-isa-level", cpu)] if name in lacks else []), name
        assert (run.emulator or "").endswith(f"({cpu})")


def test_a_program_that_stops_itself_asks_for_no_better_cpu(levels: Path) -> None:
    (scratch,) = open_images(["scratch"])
    for cpu in (None, "x86-64-v1", "Nehalem"):
        run = prove_file(ProveRequest(path=levels, image=scratch, arguments=("stop",), cpu=cpu))
        assert [(reason.code, reason.subject) for reason in run.reasons] == [("crashed", "SIGILL")]


@pytest.mark.parametrize("cpu", ["rv64", "x86-64-v2"])
def test_models_of_other_cpus_are_the_emulators_own(riscv: Path, cpu: str) -> None:
    (scratch,) = open_images(["scratch"])
    request = ProveRequest(path=riscv, image=scratch, arguments=("nothing",), cpu=cpu)
    if cpu == "rv64":
        assert prove_file(request).verdict == "ok"
    else:
        with pytest.raises(UsageError, match="x86-64-v2"):
            prove_file(request)
