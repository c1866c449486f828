"""What a failed Cargo build says of the library that it lacks. The logs are cargo's and zig's own, shortened."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from everylinux.advice import Lack
from everylinux.builders.cargo.lacking import libraries_lacking
from everylinux.evidence import Advice
from everylinux.toolchains.rust.cargo_metadata import Package

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = """error: failed to run custom build command for `{crate}`

Caused by:
  process didn't exit successfully: `/target/release/build/x-1/build-script-build` (exit status: 101)
  --- stdout
  cargo:rerun-if-changed=build.rs
  --- stderr
{said}
"""
LINKING = """   Compiling app v0.1.0 (/app)
error: linking with `cc` failed: exit status: 1
  = note: error: unable to find {kind} system library '{name}' using strategy 'no_fallback'. searched paths:
            /rustlib/x86_64-unknown-linux-musl/lib/lib{name}.a
error: could not compile `app` (bin "app") due to 1 previous error
"""


def lacking(folder: Path, text: str, *packages: Package, messages: str = "", advice: tuple[Advice, ...] = ()) -> object:
    """Return what is read of a log, of which the first line is from before."""
    log, answer = folder / "log", folder / "answer"
    before = "The system library `before` required by crate `other` was not found.\n"
    log.write_text(before + text)
    answer.write_text(messages)
    return libraries_lacking(log, len(before), answer, packages=packages, advice=advice)


def package(folder: Path, name: str, source: str = "", links: str | None = None) -> Package:
    """Return a package with one source file."""
    (folder / name / "src").mkdir(parents=True)
    (folder / name / "src/lib.rs").write_text(source)
    return Package(name, "1.2.0", f"registry#{name}@1.2.0", str(folder / name / "Cargo.toml"), links=links)


@pytest.mark.parametrize(
    ("said", "library"),
    [
        # pkg-config 0.3.30 of Rust, of which the crate libxml printed this.
        ("  The system library `libxml-2.0` required by crate `libxml` was not found.", "libxml-2.0"),
        # pkg-config 0.29 and pkgconf 1.8, as older crates hand it on.
        ("  Package fuse3 was not found in the pkg-config search path.", "fuse3"),
        ("  Package 'fuse3', required by 'virtual:world', not found", "fuse3"),
        (
            "  configure: error: Package requirements (libusb-1.0) were not met: No package 'libusb-1.0' found",
            "libusb-1.0",
        ),
        # CMake's FindPackageHandleStandardArgs, and Meson.
        ("  Could NOT find CURL (missing: CURL_LIBRARY CURL_INCLUDE_DIR)", "libcurl"),
        ('  ../meson.build:9:8: ERROR: Dependency "glib-2.0" not found, tried pkgconfig', "glib-2.0"),
        # clang and GCC.
        ("  cargo:warning=size.c:6:10: fatal error: 'ncurses.h' file not found", "ncurses"),
        ("  size.c:6:10: fatal error: openssl/ssl.h: No such file or directory", "openssl"),
    ],
)
def test_what_a_build_script_did_not_find(said: str, library: str, tmp_path: Path) -> None:
    for crate in ("some-sys v1.2.0", "some-sys v1.2.0 (/app/some-sys)"):
        text = SCRIPT.format(crate=crate, said=said)
        assert lacking(tmp_path, text) == (Lack("some-sys", "1.2.0", library),)


def test_a_library_that_was_thought_of_before_and_that_the_script_names(tmp_path: Path) -> None:
    text = SCRIPT.format(crate="geos-sys v2.0.10", said="  Could not detect GEOS using pkg-config or geos-config")
    advice = (Advice(crate="geos-sys", needs=("library geos (perhaps)", "library other (perhaps)")),)
    assert lacking(tmp_path, text, advice=advice) == (Lack("geos-sys", "2.0.10", "geos"),)
    assert lacking(tmp_path, text) == ()


@pytest.mark.parametrize("said", ["  x.c:1:10: fatal error: 'of_this_project.h' file not found", "  no idea"])
def test_a_build_script_that_failed_otherwise(said: str, tmp_path: Path) -> None:
    assert lacking(tmp_path, SCRIPT.format(crate="some-sys v1.2.0", said=said)) == ()


def test_who_asked_the_linker_for_a_library(tmp_path: Path) -> None:
    script = package(tmp_path, "pcap")
    message = {"reason": "build-script-executed", "package_id": script.id, "linked_libs": ["static=z", "dylib=pcap"]}
    attribute = package(
        tmp_path, "odbc-sys", '#[cfg_attr(unix,\n    link(name = "odbc", kind = "dylib")\n)]\nextern "C" {}'
    )
    manifest = package(tmp_path, "cassandra-sys", links="cassandra")
    for library, owner in (("pcap", script), ("z", script), ("odbc", attribute), ("cassandra", manifest)):
        text = LINKING.format(kind="static", name=library)
        found = lacking(tmp_path, text, script, attribute, manifest, messages=json.dumps(message) + "\n")
        assert found == (Lack(owner.name, "1.2.0", library),)


def test_a_library_that_nobody_here_asked_for(tmp_path: Path) -> None:
    other = package(tmp_path, "other", "fn main() {}")
    assert lacking(tmp_path, LINKING.format(kind="dynamic", name="stdc++fs"), other, messages="not JSON\n") == ()


def test_what_this_machines_linker_lacks_is_no_lack_of_the_target(tmp_path: Path) -> None:
    owner = package(tmp_path, "pq-sys", links="pq")
    text = "error: linking with `cc` failed: exit status: 1\n  = note: /usr/bin/ld: cannot find -lpq: No such file\n"
    assert lacking(tmp_path, text, owner) == ()
