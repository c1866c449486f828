"""Numbers in C inside of Go and Rust programs: what compilers ask their library for comes out as from GCC's."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from everylinux.evidence import BuildReport
from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.toolchains.find import find
from roots import make_root

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
]
SECONDS = 1200
# (3 + 4i) / (1 + 2i) = 2.2 - 0.4i: a call of the compiler's library for each of the three types.
QUOTIENTS = """#include <complex.h>
#define ADD(type) \\
    { volatile type _Complex a = 3 + 4 * I, b = 1 + 2 * I; a /= b; sum += 10 * (creal(a) - cimag(a)) + .1; }
int quotients(void) { int sum = 0; ADD(float) ADD(double) ADD(long double) return sum; }
"""
GO = """package main

/*
int quotients(void);
*/
import "C"
import "fmt"

func main() { fmt.Println(C.quotients()) }
"""
# As the crate cc does it: by the variables that name the target.
BUILD_RS = """use std::{env::var, process::Command};
fn main() {
    let target = var("TARGET").unwrap().replace('-', "_");
    let out = var("OUT_DIR").unwrap();
    let object = format!("{out}/quotients.o");
    for line in [
        vec!["CC", "-O2", "-c", "quotients.c", "-o", &object],
        vec!["AR", "crs", &format!("{out}/libquotients.a"), &object],
    ] {
        let tool = var(format!("{}_{target}", line[0])).unwrap();
        assert!(Command::new(tool).args(&line[1..]).status().unwrap().success());
    }
    println!("cargo:rustc-link-search={out}\\ncargo:rustc-link-lib=static=quotients");
}
"""
MAIN_RS = """extern "C" { fn quotients() -> i32; }
fn main() { println!("{}", unsafe { quotients() }); }
"""


def made(project: Path, target: str) -> Path:
    """Build for one target and return the program."""
    done = subprocess.run(
        [sys.executable, "-m", "everylinux", "build", "--target", target, "-o", "json"],
        check=False,
        capture_output=True,
        text=True,
        cwd=project,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    (build,) = msgspec.json.decode(done.stdout, type=BuildReport).builds
    (file,) = build.files
    return project / file.path


def said(program: Path, image: str) -> str:
    (opened,) = open_images([image])
    run = prove_file(ProveRequest(path=program, image=opened, arguments=(), timeout=SECONDS))
    assert run.exit == 0, f"{run.signal} {run.stdout} {run.stderr}"
    return run.stdout.strip()


@pytest.mark.parametrize("target", ["x86_64-linux-musl", "x86-linux-musl", "s390x-linux-musl"])
def test_quotients_in_the_c_of_a_go_program(target: str, tmp_path: Path) -> None:
    if find("go") is None:
        pytest.skip("go is not on this machine")
    (tmp_path / "go.mod").write_text("module example.org/quotients\n\ngo 1.21\n")
    (tmp_path / "main.go").write_text(GO)
    (tmp_path / "quotients.c").write_text(QUOTIENTS)
    assert said(made(tmp_path, target), "scratch") == "78"


def test_quotients_in_the_c_of_a_rust_program(tmp_path: Path) -> None:
    if find("cargo") is None:
        pytest.skip("cargo is not on this machine")
    (tmp_path / "Cargo.toml").write_text('[package]\nname = "q"\nversion = "0.1.0"\nedition = "2021"\n')
    (tmp_path / "build.rs").write_text(BUILD_RS)
    (tmp_path / "quotients.c").write_text(QUOTIENTS)
    (tmp_path / "src").mkdir()
    (tmp_path / "src/main.rs").write_text(MAIN_RS)
    root = make_root("minimal-bookworm-amd64")
    assert said(made(tmp_path, "x86_64-linux-gnu"), f"dir:{root}") == "78"
