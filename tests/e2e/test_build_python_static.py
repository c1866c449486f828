"""Wheels whose modules have musl inside: one file for both libcs where it stands alone, refused where it does not."""

from __future__ import annotations

import errno
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from python_wheels import (
    GLIBC_ROOTS,
    NEEDS_ROOTS,
    SAMPLES,
    SECONDS,
    build,
    on_glibc,
    on_musl,
    unpacked,
    wheels,
)

from everylinux import elf
from everylinux.images import open_images
from everylinux.loader import check_file
from everylinux.progress import Progress
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.sandbox.interface import Mount
from everylinux.spelling import parse_targets
from everylinux.toolchains.native_program import native_program
from everylinux.toolchains.zig import find_zig
from musl_python import RELEASE, make_musl_python
from roots import make_root
from sdists.trial import try_package

if TYPE_CHECKING:
    from everylinux.evidence import Build, Run, Verdict

pytestmark = NEEDS_ROOTS
ALONE, LEANING, EXERCISE = SAMPLES / "alone", SAMPLES / "leaning", "exercise_alone.py"
CALL = """
import sys
sys.path.insert(0, "/sample")
import leaning_sample
try:
    print(leaning_sample.{function}())
except OSError as error:
    print(error)
"""


def test_a_static_wheel_for_both_libcs(tmp_path: Path) -> None:
    """Nothing of any libc is asked for but the place of a thread's variables, of which the loader knows."""
    (wheel,) = wheels(ALONE, tmp_path / "dist", "x86_64-linux-static")
    assert "manylinux_2_5_x86_64" in wheel.name
    assert "musllinux_1_1_x86_64" in wheel.name
    folder = unpacked(wheel, tmp_path / "wheel")
    (extension,) = folder.glob("*.so")
    assert extension.name == "alone_sample.so"
    file = elf.read(extension)
    assert file.needed == ()
    assert list(file.exports) == ["PyInit_alone_sample"]
    asked = {one.name for one in file.undefined if not one.name.startswith(("Py", "_Py"))}
    assert asked == {"__tls_get_addr"}
    on_glibc("x86_64", folder, EXERCISE)
    on_musl("x86_64", folder, EXERCISE)
    checked = check_file(extension, open_images(["debian:12", "alpine:3.20", "scratch"]))
    assert checked.libc == "static"
    assert [verdict.risks for verdict in checked.verdicts[:2]] == [(), ()]


@pytest.mark.parametrize("cpu", ["aarch64", "s390x"])
def test_a_static_wheel_for_other_cpus(cpu: str, tmp_path: Path) -> None:
    (wheel,) = wheels(ALONE, tmp_path / "dist", f"{cpu}-linux-static")
    on_glibc(cpu, unpacked(wheel, tmp_path / "wheel"), EXERCISE)


@pytest.mark.full
@pytest.mark.parametrize("cpu", ["aarch64", "s390x"])
def test_a_static_wheel_for_other_cpus_on_musl(cpu: str, tmp_path: Path) -> None:
    (wheel,) = wheels(ALONE, tmp_path / "dist", f"{cpu}-linux-static")
    on_musl(cpu, unpacked(wheel, tmp_path / "wheel"), EXERCISE)


@pytest.mark.full
@pytest.mark.parametrize("cpu", ["aarch64", "s390x", "x86", "arm", "riscv64", "powerpc64le"])
def test_a_static_wheel_is_linked_and_judged_for_every_cpu(cpu: str, tmp_path: Path) -> None:
    """That the judge finds the same for each shows that their machine code was read rightly."""
    wheels(ALONE, tmp_path / "dist", f"{cpu}-linux-static")
    code, (record,) = build(LEANING, tmp_path / "dist", "--target", f"{cpu}-linux-static")
    assert code == 5
    assert_refused(record)


def test_what_musl_does_not_have_is_refused_with_its_name(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(ALONE, project)
    source = project / "alone.c"
    text = source.read_text().replace("static __thread", "const char *gnu_get_libc_version(void);\nstatic __thread")
    source.write_text(
        text.replace("    (void)self, (void)none;", "    (void)self, (void)none, gnu_get_libc_version();")
    )
    code, (record,) = build(project, tmp_path / "dist", "--target", "x86_64-linux-static")
    assert (code, record.status) == (5, "failed")
    assert "musl does not have: gnu_get_libc_version" in (record.problem or "")


def test_a_published_package_passes_its_own_tests_on_both_libcs(tmp_path: Path) -> None:
    """MarkupSafe's module in C takes its memory from Python; it has as many tests as `pytest` counts in its sdist."""
    (trial,) = try_package("markupsafe", parse_targets("x86_64-linux-static"), tmp_path)
    if trial.outcome == "skipped":
        pytest.skip(trial.cause)
    assert (trial.outcome, trial.cause, trial.modules, trial.tests) == ("passed", "", 1, 79)


def assert_refused(build: Build) -> None:
    """Each kind is told; the log has each function of the module that leads there with its line."""
    problem = build.problem or ""
    assert "does not stand alone: errno by " in problem
    lines = (LEANING / "leaning.c").read_text().splitlines()
    log = Path(build.log or "").read_text()
    for kind, call in (
        ("malloc", "malloc("),
        ("stdio", "printf("),
        ("locale", "strftime("),
        ("threads", "pthread_create("),
        ("process", "getenv("),
    ):
        assert f"; {kind} by " in problem
        (whole,) = (line for line in log.splitlines() if f"depends on the process: {kind}: " in line)
        number = next(number for number, line in enumerate(lines, 1) if call in line)
        assert f"{call[:-1]} (leaning.c:{number})" in whole


def test_what_depends_on_the_process_is_refused_and_fails_where_it_is_allowed(tmp_path: Path) -> None:
    """errno destroys what glibc keeps there; the heap crashes; what is printed is lost; no thread can be started."""
    arguments = ("--target", "x86_64-linux", "--libc", "static")
    code, (record,) = build(LEANING, tmp_path / "dist", *arguments)
    assert (code, record.status) == (5, "failed")
    assert_refused(record)
    code, (record,) = build(LEANING, tmp_path / "dist", *arguments, "--allow-two-libcs")
    assert code == 0, record.problem
    folder = unpacked(Path(record.files[0].path), tmp_path / "wheel")
    glibc = (make_root(GLIBC_ROOTS["x86_64"]), f"usr/bin/python{RELEASE}")
    musl = (make_musl_python("x86_64"), f"usr/local/bin/python{RELEASE}")

    missing = called(*glibc, folder, "error_number")
    assert (missing.stdout, missing.signal) == ("[Errno 0] Error\n", "SIGSEGV")
    assert called(*musl, folder, "error_number").stdout == "[Errno 9] Bad file descriptor\n"
    assert called(*glibc, folder, "heap").signal == "SIGSEGV"
    assert called(*musl, folder, "heap").signal == "SIGSEGV"
    for root in (glibc, musl):
        assert called(*root, folder, "printed").stdout == "10\n"
        assert called(*root, folder, "home").stdout == "\n"
        assert called(*root, folder, "thread").stdout == f"{errno.ENOSYS}\n"
    assert called(*glibc, folder, "day").signal == "SIGSEGV"
    assert called(*musl, folder, "day").stdout == "Sunday\n"

    (extension,) = folder.glob("*.so")
    on_debian, on_alpine = check_file(extension, open_images(["debian:12", "alpine:3.20"])).verdicts
    everywhere = {"malloc", "stdio", "threads", "process"}
    assert told(on_debian) == everywhere | {"errno", "locale"}
    assert told(on_alpine) == everywhere

    # Others' modules have no such note: their symbols show it, and when those are gone musl's texts.
    extension.write_bytes(extension.read_bytes().replace(b"everylinux\0", b"somebody's\0"))
    shown = check_file(extension, open_images(["debian:12"]))
    assert shown.libc == "static"
    assert told(shown.verdicts[0]) == everywhere | {"errno", "locale"}
    strip = tmp_path / "strip"
    shutil.copy(native_program(find_zig(), Progress(quiet=True)), strip)
    subprocess.run([strip, extension], check=True)
    shown = check_file(extension, open_images(["debian:12"]))
    assert shown.libc == "static"
    assert "stdio" in told(shown.verdicts[0])


def told(verdict: Verdict) -> set[str]:
    return {one.subject for one in verdict.risks if one.code == "two-libcs"}


def called(root: Path, program: str, folder: Path, function: str) -> Run:
    """Have the Python of a root call one function of the module."""
    (image,) = open_images([f"dir:{root}"])
    arguments = ("-B", "-c", CALL.format(function=function))
    mounts = (Mount(folder, "/sample"),)
    return prove_file(
        ProveRequest(path=root / program, image=image, arguments=arguments, mounts=mounts, timeout=SECONDS)
    )


def test_a_program_is_not_built_as_a_static_module(tmp_path: Path) -> None:
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    command = [sys.executable, "-m", "everylinux", "build", str(tmp_path), "--target", "x86_64-linux"]
    for libc in ("static", "neutral"):
        done = subprocess.run([*command, "--libc", libc], check=False, capture_output=True, text=True, timeout=SECONDS)
        assert done.returncode == 2
        assert "--libc musl" in done.stderr
        assert "Traceback" not in done.stderr
