"""What a program says of its processor: the same, built by this compiler, as built by GCC."""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from with_runtime import with_module_runtime, with_runtime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.toolchains.wiring import Wiring

SOURCES = Path(__file__).parent / "processor"
SECONDS = 120
# qemu's names, of both makers; what the emulator itself does not know it leaves out.
PROCESSORS = (
    "core2duo",
    "Nehalem",
    "SandyBridge",
    "Haswell",
    "Icelake-Server",
    "Opteron_G3",
    "Opteron_G5",
    "EPYC",
    "max",
)
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(platform.machine() != "x86_64", reason="programs for x86-64 are run"),
]


def compiled(wiring: Wiring, *words: str | Path) -> None:
    command = [wiring.command("cc"), "-O2", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=wiring.environment())
    assert done.returncode == 0, done.stderr


def said(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=SECONDS).stdout


def assert_same(one: Sequence[Path], other: Path, emulator: str | None) -> None:
    assert [said(each) for each in one] == [said(other)] * len(one)
    for processor in PROCESSORS if emulator else ():
        told = said(emulator or "", "-cpu", processor, other)
        assert [said(emulator or "", "-cpu", processor, each) for each in one] == [told] * len(one), processor


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is missing: apt-get install gcc")
def test_a_processor_has_the_same_features_as_with_gcc(tmp_path: Path) -> None:
    """In programs for each libc, and in a module of one."""
    made = []
    for name in ("x86_64-linux-gnu", "x86_64-linux-musl"):
        folder = tmp_path / name
        folder.mkdir()
        compiled(with_runtime(folder, name), SOURCES / "features.c", SOURCES / "main.c", "-o", folder / "program")
        made.append(folder / "program")
    compiled(
        with_module_runtime(tmp_path, "x86_64-linux-gnu"),
        *("-fPIC", "-shared", SOURCES / "features.c", "-o", tmp_path / "libfeatures.so"),
    )
    there: list[str | Path] = ["-L", tmp_path, "-lfeatures", f"-Wl,-rpath,{tmp_path}"]
    gcc = shutil.which("gcc") or "gcc"
    subprocess.run([gcc, SOURCES / "main.c", *there, "-o", tmp_path / "with-module"], check=True)
    subprocess.run([gcc, SOURCES / "features.c", SOURCES / "main.c", "-o", tmp_path / "by-gcc"], check=True)
    assert_same([*made, tmp_path / "with-module"], tmp_path / "by-gcc", shutil.which("qemu-x86_64-static"))


def test_the_loader_chooses_among_functions_for_several_processors(tmp_path: Path) -> None:
    compiled(with_runtime(tmp_path, "x86_64-linux-gnu"), SOURCES / "clones.c", "-o", tmp_path / "clones")
    assert said(tmp_path / "clones") == ""


def test_a_program_for_small_processors_is_told_too(tmp_path: Path) -> None:
    compiled(
        with_runtime(tmp_path, "x86-linux-musl"), SOURCES / "features.c", SOURCES / "main.c", "-o", tmp_path / "program"
    )
    lines = dict(line.rsplit(maxsplit=1) for line in said(tmp_path / "program").splitlines())
    assert (lines["sse2"], lines["cmov"]) == ("1", "1")
