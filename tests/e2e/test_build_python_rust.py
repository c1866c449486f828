"""Extensions and programs in Rust that maturin and setuptools-rust make wheels of, used where these are for."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from python_wheels import (
    NEEDS_ROOTS,
    SAMPLES,
    build,
    on_glibc,
    on_musl,
    unpacked,
    wheels,
)

from everylinux import elf
from everylinux.elf.neutral import is_neutral

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    *NEEDS_ROOTS,
    pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is missing: rustup.rs"),
]


def test_one_neutral_wheel_by_maturin_for_both_libcs(tmp_path: Path) -> None:
    """The same file, in a package of Python: threads, panics, files, sockets, processes, arguments, fork."""
    (wheel,) = wheels(SAMPLES / "rust", tmp_path / "dist", "x86_64-linux-neutral")
    assert wheel.name.startswith("rust_sample-1.0-cp311-cp311-manylinux")
    assert "musllinux_1_1_x86_64" in wheel.name
    folder = unpacked(wheel, tmp_path / "wheel")
    (extension,) = folder.glob("rust_sample/*.so")
    file = elf.read(extension)
    assert extension.name == "_native.so"
    assert is_neutral(file)
    assert file.needed == ()
    on_glibc("x86_64", folder, "exercise_rust.py")
    on_musl("x86_64", folder, "exercise_rust.py")


def test_a_wheel_by_setuptools_rust_for_the_stable_abi_of_another_cpu(tmp_path: Path) -> None:
    """With a module in C beside the one in Rust."""
    project = SAMPLES / "rust_abi3"
    (wheel,) = wheels(project, tmp_path / "dist", "aarch64-linux-gnu", "--limited-api", "3.9")
    assert wheel.name.startswith("rust_abi3_sample-1.0-cp39-abi3-manylinux")
    assert wheel.name.endswith("_aarch64.whl")
    folder = unpacked(wheel, tmp_path / "wheel")
    assert sorted(path.name for path in folder.glob("*.so")) == ["part_in_c.abi3.so", "rust_abi3_sample.abi3.so"]
    on_glibc("aarch64", folder, "exercise_rust_abi3.py")


def test_a_program_in_a_wheel_for_every_libc(tmp_path: Path) -> None:
    """What names no libc is a static program: it runs on this machine's, whichever that is."""
    (wheel,) = wheels(SAMPLES / "rust_tool", tmp_path / "dist", "x86_64-linux-neutral")
    assert wheel.name.startswith("rust_tool_sample-1.0-py3-none-manylinux")
    assert "musllinux" in wheel.name
    (program,) = unpacked(wheel, tmp_path / "wheel").glob("*.data/scripts/rust-tool-sample")
    assert elf.read(program).kind in {"static", "static-pie"}
    program.chmod(0o755)
    done = subprocess.run([program, "a", "b"], check=True, capture_output=True, text=True)
    assert done.stdout == "2 words: a b\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the sample that compiles nothing but itself."""
    return shutil.copytree(SAMPLES / "rust_tool", tmp_path / "project")


def refused(project: Path, *arguments: str) -> str:
    code, (record,) = build(project, project.parent / "dist", "--target", "x86_64-linux-gnu", *arguments)
    assert (code, record.status) == (5, "failed")
    return record.problem or ""


def test_what_rustc_says_is_the_error(project: Path) -> None:
    (project / "src/main.rs").write_text("fn main() { undefined_function(); }\n")
    assert "src/main.rs:1:13" in (said := refused(project))
    assert "undefined_function" in said


def test_a_lock_file_that_does_not_fit_is_one_error(project: Path) -> None:
    """Where the project asks for its lock file to be kept to (maturin's user guide, ``locked``)."""
    with (project / "pyproject.toml").open("a") as file:
        file.write("\n[tool.maturin]\nlocked = true\n")
    with (project / "Cargo.toml").open("a") as file:
        file.write('\n[dependencies]\ncfg-if = "1"\n')
    assert "Cargo.lock" in refused(project)


def test_a_project_without_a_manifest_is_one_error(project: Path) -> None:
    (project / "Cargo.toml").unlink()
    assert "Cargo.toml" in refused(project)


def test_a_library_that_binds_nothing_is_one_error(project: Path) -> None:
    """It is neither a program nor a module: PyO3 is missing."""
    (project / "src/main.rs").rename(project / "src/lib.rs")
    assert "maturin: " in (said := refused(project))
    assert "binding" in said or "bin" in said


def test_a_stable_abi_that_nobody_makes_is_one_error(project: Path) -> None:
    assert "stable ABI of Python 3.9" in refused(project, "--limited-api", "3.9")


@pytest.mark.full
def test_a_library_that_is_missing_comes_with_its_cure(project: Path) -> None:
    with (project / "Cargo.toml").open("a") as file:
        file.write('\n[dependencies]\nopenssl-sys = "0.9"\n')
    code, (record,) = build(project, project.parent / "dist", "--target", "aarch64-linux-gnu")
    assert code == 5
    assert "openssl-sys" in (record.problem or "")
    assert "feature `vendored` of openssl-sys" in (record.hint or "")


@pytest.mark.full
@pytest.mark.parametrize("cpu", ["x86_64", "aarch64", "s390x"])
def test_neutral_wheels_on_both_libcs(cpu: str, tmp_path: Path) -> None:
    for sample, exercise in (("rust", "exercise_rust.py"), ("rust_abi3", "exercise_rust_abi3.py")):
        (wheel,) = wheels(SAMPLES / sample, tmp_path / "dist", f"{cpu}-linux-neutral")
        folder = unpacked(wheel, tmp_path / sample)
        on_glibc(cpu, folder, exercise)
        on_musl(cpu, folder, exercise)


@pytest.mark.full
def test_a_wheel_for_each_libc_and_cpu(tmp_path: Path) -> None:
    cpus = ("x86_64", "aarch64", "s390x")
    targets = [f"{cpu}-linux-{libc}" for cpu in cpus for libc in ("gnu", "musl")]
    made = wheels(SAMPLES / "rust", tmp_path / "dist", ",".join(targets))
    for target, wheel in zip(targets, made, strict=True):
        cpu, _, libc = target.split("-")
        folder = unpacked(wheel, tmp_path / target)
        (on_glibc if libc == "gnu" else on_musl)(cpu, folder, "exercise_rust.py")
