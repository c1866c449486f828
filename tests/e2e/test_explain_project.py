"""`explain --project` on projects that really failed, and after a `prove`, `build` and `matrix` that really failed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from everylinux.toolchains.find import find

pytestmark = pytest.mark.e2e
EVERYLINUX = (sys.executable, "-m", "everylinux")
ZIG = (sys.executable, "-m", "ziglang")
LOCKED = Path(__file__).parent.parent / "unit" / "data" / "projects" / "cargo"
FUNCTION = "int f(int a) { return a + 1; }\n"
OPENSSL = """
error: failed to run custom build command for `openssl-sys v0.9.104`
  $HOST = x86_64-unknown-linux-gnu
  $TARGET = x86_64-unknown-linux-musl
  pkg-config has not been configured to support cross-compilation.
"""
needs_cargo = pytest.mark.skipif(find("cargo") is None, reason="Rust is not installed")
needs_autoconf = pytest.mark.skipif(shutil.which("autoconf") is None, reason="autoconf is not installed")
needs_sandbox = pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing")


def run(*command: str, cwd: Path, text: str = "") -> str:
    done = subprocess.run(
        command, cwd=cwd, input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout


def answer(*arguments: str, cwd: Path, text: str = "") -> Any:  # noqa: ANN401 - JSON
    done = subprocess.run(
        [*EVERYLINUX, *arguments, "-o", "json"], cwd=cwd, input=text, capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout)


def explained(log: str, folder: Path) -> Any:  # noqa: ANN401 - JSON
    return answer("explain", "--project", ".", cwd=folder, text=log)["diagnoses"][0]


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with objects and an archive for aarch64, compiled for real."""
    folder = tmp_path_factory.mktemp("foreign")
    (folder / "f.c").write_text(FUNCTION)
    for command in (("cc", "-target", "aarch64-linux-musl", "-c", "f.c"), ("ar", "rcs", "libf.a", "f.o")):
        subprocess.run([*ZIG, *command], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("name", ["f.o", "libf.a"])
def test_a_linker_that_gets_an_object_of_another_cpu_is_told_which(foreign: Path, name: str) -> None:
    (foreign / "main.c").write_text("int f(int); int main(void) { return f(1); }\n")
    log = run(*ZIG, "cc", "-target", "x86_64-linux-musl", "-o", "app", "main.c", name, cwd=foreign)
    diagnosis = explained(log, foreign)
    assert diagnosis["cause"] in {"wrong-arch-library", "wrong-arch-linker"}
    assert diagnosis["confidence"] == "sure"
    assert "aarch64" in diagnosis["because"]
    assert name in [place["file"] for place in diagnosis["places"]]


def test_an_object_that_was_cut_off_is_not_one_for_another_machine(foreign: Path, tmp_path: Path) -> None:
    (tmp_path / "f.o").write_bytes((foreign / "f.o").read_bytes()[:300])
    (tmp_path / "main.c").write_text("int f(int); int main(void) { return f(1); }\n")
    log = run(*ZIG, "cc", "-target", "x86_64-linux-musl", "-o", "app", "main.c", "f.o", cwd=tmp_path)
    diagnosis = explained(log, tmp_path)
    assert (diagnosis["cause"], diagnosis["because"]) == ("truncated-file", "f.o is cut off after 300 bytes")


@needs_autoconf
def test_the_log_of_configure_tells_what_its_console_hides(tmp_path: Path) -> None:
    (tmp_path / "configure.ac").write_text("AC_INIT([app], [1.0])\nAC_PROG_CC\nAC_OUTPUT\n")
    run("autoconf", cwd=tmp_path)
    compiler = f"{sys.executable} -m ziglang cc -target aarch64-linux-musl"
    console = run("./configure", f"CC={compiler}", "LDFLAGS=-lnowhere", cwd=tmp_path)
    assert "nowhere" not in console
    diagnosis = explained(console, tmp_path)
    assert diagnosis["places"][0]["file"] == "config.log"
    assert "nowhere" in diagnosis["places"][0]["text"]
    assert "C compiler cannot create executables" in diagnosis["evidence"][0]["text"]


@needs_cargo
def test_cargo_names_the_feature_that_avoids_what_a_crate_lacks(tmp_path: Path) -> None:
    """The features of reqwest's documentation: ``native-tls-vendored`` and ``rustls-tls``."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text("fn main() {}\n")
    manifest = (LOCKED / "Cargo.toml").read_text()
    # What is explained offline is as much as cargo has seen of the registry: here all that the features bring.
    for features in ("native-tls-vendored", "rustls-tls"):
        (tmp_path / "Cargo.toml").write_text(f'{manifest.rstrip()}\n\n[features]\nseen = ["reqwest/{features}"]\n')
        subprocess.run(["cargo", "fetch", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "Cargo.lock").unlink()
    shutil.copy(LOCKED / "Cargo.toml", tmp_path)
    subprocess.run(["cargo", "fetch", "--quiet"], cwd=tmp_path, check=True)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    diagnosis = explained(OPENSSL, tmp_path)
    assert diagnosis["cause"] == "pkg-config-cross"
    assert "reqwest → " in diagnosis["because"]
    told = diagnosis["fixes"][0]["title"]
    assert "native-tls-vendored" in told
    assert "rustls-tls" in told
    assert [(place["file"], place["line"]) for place in diagnosis["places"]] == [("Cargo.toml", 7)]
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@needs_cargo
def test_nothing_that_a_project_names_is_started(tmp_path: Path) -> None:
    shutil.copytree(LOCKED, tmp_path, dirs_exist_ok=True)
    mark, trap = tmp_path / "started", tmp_path / "chain" / "bin" / "cargo"
    trap.parent.mkdir(parents=True)
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\nexec "$@"\n')
    trap.chmod(0o755)
    shutil.copy(trap, trap.with_name("rustc"))
    (tmp_path / "rust-toolchain.toml").write_text(f'[toolchain]\npath = "{tmp_path / "chain"}"\n')
    settings = "".join(f'{key} = "{trap}"\n' for key in ("rustc", "rustc-wrapper", "rustc-workspace-wrapper"))
    (tmp_path / ".cargo").mkdir()
    (tmp_path / ".cargo" / "config.toml").write_text(
        f'[build]\n{settings}[alias]\nmetadata = "run"\n[target.x86_64-unknown-linux-gnu]\nlinker = "{trap}"\n'
        f'[env]\nRUSTC_WRAPPER = {{ value = "{trap}", force = true }}\n'
    )
    subprocess.run(["cargo", "metadata", "--offline"], cwd=tmp_path, capture_output=True, check=False)
    assert mark.exists(), "cargo itself falls into the trap"
    mark.unlink()
    assert "reqwest → " in explained(OPENSSL, tmp_path)["because"]
    assert not mark.exists()


@pytest.fixture(scope="module")
def dynamic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dynamic program for x86-64 and glibc."""
    folder = tmp_path_factory.mktemp("program")
    (folder / "app.c").write_text("int main(void) { return 0; }\n")
    subprocess.run([*ZIG, "cc", "-target", "x86_64-linux-gnu.2.28", "-o", "app", "app.c"], cwd=folder, check=True)
    return folder / "app"


@needs_sandbox
def test_a_run_that_failed_has_its_cause(dynamic: Path) -> None:
    (failed,) = answer("prove", "app", "-i", "scratch", cwd=dynamic.parent)["runs"]
    assert failed["verdict"] == "fails"
    (diagnosis,) = failed["diagnoses"]
    assert (diagnosis["cause"], diagnosis["culprit"]) == ("missing-elf-interpreter", "/lib64/ld-linux-x86-64.so.2")
    assert [fix["title"] for fix in diagnosis["fixes"]]
    table = run(*EVERYLINUX, "prove", "app", "-i", "scratch", cwd=dynamic.parent)
    assert "missing-elf-interpreter: app names /lib64/ld-linux-x86-64.so.2" in table
    assert "fix: " in table


@needs_sandbox
def test_a_matrix_has_the_causes_of_its_runs(dynamic: Path) -> None:
    (cell,) = answer("matrix", "app", "-i", "scratch", cwd=dynamic.parent)["cells"]
    assert [each["cause"] for each in cell["prove"]["diagnoses"]] == ["missing-elf-interpreter"]


def test_a_build_that_failed_has_the_line_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text("app: app.c\n\t$(CC) -o app app.c\n")
    (tmp_path / "app.c").write_text("#include <nowhere.h>\nint main(void) { return 0; }\n")
    (build,) = answer("build", ".", "--target", "aarch64-linux-musl", cwd=tmp_path)["builds"]
    assert build["status"] == "failed"
    places = [(place["file"], place["line"]) for each in build["diagnoses"] for place in each["places"]]
    assert ("app.c", 1) in places


def test_a_broken_cause_of_a_project_does_not_hide_why_its_build_failed(tmp_path: Path) -> None:
    (tmp_path / "app.c").write_text("#include <nowhere.h>\nint main(void) { return 0; }\n")
    own = tmp_path / ".everylinux" / "causes"
    own.mkdir(parents=True)
    (own / "broken.toml").write_text("= 1")
    (build,) = answer("build", ".", "--target", "x86_64-linux-musl", cwd=tmp_path)["builds"]
    assert build["diagnoses"]
    assert os.path.lexists(own / "broken.toml")
