"""Rust projects with C and C++ inside, and programs as published: built, checked and run on CPUs that are not this one.

The whole table of projects and targets is made by ``tools/rust_grid.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from everylinux import elf
from everylinux.evidence import Build, BuildReport
from everylinux.spelling import parse_targets
from everylinux.toolchains.find import find
from rust.inputs import PROJECTS, inputs
from rust.trial import try_input

pytestmark = pytest.mark.e2e

SHORT = [(name, target) for name, each in inputs().items() for target in each.short]


@pytest.mark.parametrize(("name", "target"), SHORT)
def test_a_project_builds_at_the_first_try_and_does_its_work(name: str, target: str, tmp_path: Path) -> None:
    (result,) = (try_input(name, each, tmp_path / "dist") for each in parse_targets(target))
    if result.outcome == "skipped":
        pytest.skip(result.cause)
    assert result.outcome == "passed", result.cause


@pytest.fixture
def fetch(tmp_path: Path) -> Path:
    """A program with reqwest and its default TLS, which is OpenSSL."""
    if find("cargo") is None:
        pytest.skip("cargo is not on this machine")
    return Path(shutil.copytree(PROJECTS / "fetch", tmp_path / "fetch"))


def build(project: Path, *arguments: str) -> tuple[int, Build, str]:
    """Run the command line for musl; returns its exit code, its record, and what it said."""
    command = [sys.executable, "-m", "everylinux", "build", str(project), "--target", "x86_64-linux-musl"]
    command += ["--out", str(project.parent / "dist"), "-o", "json", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=3600)
    assert "Traceback" not in done.stderr
    assert done.stdout, done.stderr
    return done.returncode, msgspec.json.decode(done.stdout, type=BuildReport).builds[0], done.stderr


def test_reqwest_on_musl_ends_with_what_would_cure_it_before_anything_is_built(fetch: Path) -> None:
    code, record, _ = build(fetch)
    assert code == 5
    assert "openssl-sys" in record.problem
    assert "feature `native-tls-vendored` of reqwest" in record.hint
    (lacks,) = (each for each in record.advice if each.missing)
    assert lacks.path[:3] == ("fetch", "reqwest", "native-tls")
    assert not lacks.verified
    assert record.seconds < 60, "long before the first crate is compiled"


def test_reqwest_on_musl_is_cured_by_its_advice(fetch: Path) -> None:
    code, record, said = build(fetch, "--apply")
    assert code == 0, said
    assert "native-tls-vendored" in (fetch / "Cargo.toml").read_text()
    assert all(each.verified for each in record.advice if each.feature), record.advice
    program = Path(record.files[0].path)
    assert elf.read(program).needed == ()
    command = [sys.executable, "-m", "everylinux", "prove", str(program), "--image", "scratch"]
    proof = subprocess.run(
        [*command, "--config", str(fetch / "everylinux.toml")], check=False, capture_output=True, text=True
    )
    assert proof.returncode == 0, proof.stdout + proof.stderr
