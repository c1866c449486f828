"""Sysroots of real Debian packages: every kind of project links with them, and runs where the libraries are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux import elf
from everylinux.spelling import parse_targets
from everylinux.toolchains.debian_client import KEYRING
from everylinux.toolchains.find import find
from roots import make_root

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).parent / "projects" / "debian-libraries"
PACKAGES = "debian:13=libssl-dev,zlib1g-dev,libbsd-dev"
# The check sum of zlib's manual for "abc", its SHA-256 in FIPS 180-4, appendix B.1.
PRINTS = "352441c2 ba7816bf tls\n"
# debian:13 has glibc 2.41.
X86_64, AARCH64, S390X = "x86_64-linux-gnu.2.41", "aarch64-linux-gnu.2.41", "s390x-linux-gnu.2.41"
KINDS = {"make": (S390X, AARCH64), "cmake": (X86_64,), "meson": (X86_64,), "autoconf": (X86_64,), "go": (S390X,)}
TOOLS = {"make": "make", "cmake": "cmake", "meson": "meson", "autoconf": "autoreconf", "go": "go"}

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("apt-get") is None, reason="apt is not on this machine"),
    pytest.mark.skipif(
        not KEYRING.exists(), reason="Debian's keys are missing: apt-get install debian-archive-keyring"
    ),
]


def run(
    verb: str, *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> tuple[int, dict[str, list[dict]], str]:  # type: ignore[type-arg] # JSON
    """Run the command line; returns its exit code, its record, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "everylinux", verb, "-o", "json", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **(environment or {})},
    )
    assert "Traceback" not in done.stderr
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROJECT, tmp_path / "checksums"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_project_links_with_debian_libraries_and_runs_where_they_are(kind: str, project: Path) -> None:
    if find(TOOLS[kind]) is None:
        pytest.skip(f"{TOOLS[kind]} is not on this machine")
    folder = project / "go" if kind == "go" else project
    targets = [f"--target={target}" for target in KINDS[kind]]
    out = project.parent / "dist"
    code, record, said = run("build", folder, "--kind", kind, *targets, "--sysroot", PACKAGES, "--out", out)
    assert code == 0, said
    for build in record["builds"]:
        assert "libssl-dev 3." in build["toolchain"]["sysroot"]
        path = Path(build["files"][0]["path"])
        needed = elf.read(path).needed
        assert {"libssl.so.3", "libcrypto.so.3"} <= set(needed)
        assert ("libz.so.1" in needed) == (kind != "make"), "the Makefile takes the archive"
        root = make_root(f"distroless-base-ssl-trixie-{parse_targets(build['target'])[0].debian}")
        code, proof, said = run("prove", path, "--image", f"dir:{root}")
        assert (code, proof["runs"][0]["stdout"]) == (0, PRINTS), said


def test_a_crate_finds_debian_libraries_by_pkg_config(project: Path) -> None:
    if find("cargo") is None:
        pytest.skip("cargo is not on this machine")
    arguments = ("--target", AARCH64, "--sysroot", PACKAGES, "--out", project.parent / "dist", "--", "--locked")
    code, record, said = run("build", project / "rust", *arguments)
    assert code == 0, said
    path = Path(record["builds"][0]["files"][0]["path"])
    assert "libz.so.1" in elf.read(path).needed
    code, proof, said = run("prove", path, "--image", f"dir:{make_root('distroless-cc-ssl-trixie-arm64')}")
    assert (code, proof["runs"][0]["stdout"]) == (0, "352441c2\n"), said


def test_a_linker_script_names_files_of_the_sysroot(tmp_path: Path) -> None:
    """libbsd.so is a text: GROUP(/usr/lib/TRIPLET/libbsd.so.0.12.2 AS_NEEDED(-lmd))."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app/app.c").write_text(
        "#include <bsd/md5.h>\n#include <bsd/string.h>\n#include <stdio.h>\n"
        'int main(void) { char to[4]; puts(MD5Data((const void *)"", strlcpy(to, "", 4), 0)); return 0; }\n'
    )
    arguments = ("--target", AARCH64, "--sysroot", PACKAGES, "--out", tmp_path / "dist")
    code, record, said = run("build", tmp_path / "app", *arguments, "--", "-lbsd")
    assert code == 0, said + Path(record["builds"][0]["log"]).read_text()
    assert set(elf.read(Path(record["builds"][0]["files"][0]["path"])).needed) == {
        "libbsd.so.0",
        "libmd.so.0",
        "libc.so.6",
    }


def test_libraries_that_are_newer_than_the_floor(project: Path) -> None:
    out = project.parent / "dist"
    arguments = ("--kind", "cmake", "--target", "x86_64-linux-gnu.2.17", "--sysroot", PACKAGES, "--out", out)
    code, record, said = run("build", project, *arguments)
    assert code == 5
    before, _, _ = said.partition("FAILED")
    for text in (before, record["builds"][0]["problem"]):
        assert "cannot keep the floor 2.17" in text
        assert "libcrypto.so.3" in text
    assert "raise the floor: x86_64-linux-gnu.2." in record["builds"][0]["hint"]


def test_what_debian_does_not_have(project: Path, tmp_path: Path) -> None:
    common = ("--kind", "make", "--target", X86_64, "--out", tmp_path / "dist", "--sysroot")
    code, _, said = run("build", project, *common, "debian:13=no-such-package-dev")
    assert (code, "has no package no-such-package-dev for amd64" in said) == (2, True), said
    code, _, said = run("build", project, *common, "debian:no-such-suite=zlib1g-dev")
    assert (code, "has no suite no-such-suite" in said) == (2, True), said


def test_a_mirror_that_does_not_answer(project: Path, tmp_path: Path) -> None:
    environment = {
        "EVERYLINUX_DEBIAN_MIRROR": "http://127.0.0.1:9/debian",
        "EVERYLINUX_CACHE": str(tmp_path / "cache"),
        "no_proxy": "127.0.0.1",
    }
    arguments = ("--kind", "make", "--target", X86_64, "--out", tmp_path / "dist", "--sysroot", PACKAGES)
    code, _, said = run("build", project, *arguments, environment=environment)
    assert code == 7, said
    assert "EVERYLINUX_DEBIAN_MIRROR" in said
    assert not list((tmp_path / "cache").glob("sysroots/debian-*")), "nothing half-made is left"
