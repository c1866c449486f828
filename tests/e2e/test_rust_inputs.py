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
from everylinux.evidence import Build, BuildReport, Explanation
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


def build(project: Path, *arguments: str, target: str = "x86_64-linux-musl") -> tuple[int, Build, str]:
    """Run the command line for one target; returns its exit code, its record, and what it said."""
    command = [sys.executable, "-m", "everylinux", "build", str(project), "--target", target]
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


@pytest.mark.parametrize("target", ["x86_64-linux-musl", pytest.param("aarch64-linux-musl", marks=pytest.mark.full)])
def test_reqwest_on_musl_is_cured_by_its_advice(target: str, fetch: Path) -> None:
    code, record, said = build(fetch, "--apply", target=target)
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


@pytest.mark.full
def test_what_cargo_alone_says_of_reqwest_is_explained(fetch: Path) -> None:
    triple = "aarch64-unknown-linux-musl"
    command = ["cargo", "build", "--locked", "--target", triple, "--target-dir", str(fetch.parent / "target")]
    done = subprocess.run(command, cwd=fetch, check=False, capture_output=True, text=True, timeout=3600)
    if "can't find crate for" in done.stderr:
        pytest.skip(f"this Rust has no standard library for {triple}")
    assert done.returncode != 0
    command = [sys.executable, "-m", "everylinux", "explain", "-", "--project", str(fetch), "-o", "json"]
    said = subprocess.run(command, input=done.stderr, check=False, capture_output=True, text=True, timeout=300)
    explained = msgspec.json.decode(said.stdout, type=Explanation)
    assert (said.returncode, explained.diagnoses[0].cause) == (1, "pkg-config-cross")
    commands = [text for fix in explained.diagnoses[0].fixes for text in (*fix.commands, fix.build)]
    assert any(text and "--advise" in text for text in commands)
