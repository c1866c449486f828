"""What a failed build is told: the library that is not there, and the Debian package that brings it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux.builders.libraries import with_cure
from everylinux.errors import BuildFailedError
from everylinux.spelling import parse_targets
from everylinux.toolchains.sysroot.debian import DebianPackages

if TYPE_CHECKING:
    from everylinux.toolchains.sysroot.folder import SysrootSource


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("ld.lld: error: unable to find library -lffi", "the library ffi is not there"),
        ('../meson.build:3:0: ERROR: Dependency "libpng" not found, tried pkgconfig', "libpng.pc is not there"),
        ("../meson.build:9:13: ERROR: C shared or static library 'curl' not found", "the library curl is not there"),
        ("configure: error: Package requirements (libcurl >= 7.1) were not met:", "libcurl.pc is not there"),
        ("CMake Error at FindX.cmake:230 (message): Could NOT find ZLIB (missing: ZLIB_LIBRARY)", "the library ZLIB"),
        ("error: unable to find static system library 'ncurses' using strategy 'no_fallback'.", "the library ncurses"),
        ("a.c:1:10: fatal error: 'someones/own_header.h' file not found", ""),
        ("a.c:3:1: error: unknown type name 'x'", ""),
    ],
)
def test_what_is_missing_in_each_tool_s_words(said: str, meaning: str) -> None:
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = with_cure(BuildFailedError(said), target, None)
    assert error.meaning.startswith(meaning)
    assert bool(error.meaning) == bool(meaning)


def test_for_musl_there_is_the_way_of_glibc_too() -> None:
    (target,) = parse_targets("x86_64-linux-musl")
    error = with_cure(BuildFailedError("pcap.c:3:10: fatal error: 'pcap.h' file not found"), target, None)
    assert error.hint.endswith(
        "--sysroot DIR; or build for glibc: --target x86_64-linux-gnu.2.31 --sysroot debian:11=libpcap0.8-dev"
    )


LACKS_ZLIB = BuildFailedError('../meson.build:497:7: ERROR: Dependency "zlib" not found (tried pkg-config and system)')


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (DebianPackages("11", ("libpcre2-dev",)), "--sysroot debian:11=libpcre2-dev,zlib1g-dev; or build"),
        (DebianPackages("sid", ("libpcre2-dev",)), "--sysroot debian:sid=libpcre2-dev,zlib1g-dev; or build"),
        (Path("own/root"), "build the library itself for this target and add it to own/root"),
    ],
)
def test_what_the_build_has_stays_in_its_sysroot(given: SysrootSource, told: str) -> None:
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    assert told in with_cure(LACKS_ZLIB, target, given).hint


def test_where_the_release_has_no_such_package_another_has_all() -> None:
    """Debian 11 has no libfyaml-dev (packages.debian.org)."""
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = BuildFailedError('../meson.build:3:0: ERROR: Dependency "libfyaml" not found, tried pkgconfig')
    hint = with_cure(error, target, DebianPackages("11", ("zlib1g-dev",))).hint
    assert "--sysroot debian:12=zlib1g-dev,libfyaml-dev; or" in hint


def test_a_package_that_the_sysroot_has_is_not_told_again() -> None:
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    assert with_cure(LACKS_ZLIB, target, DebianPackages("11", ("zlib1g-dev",))) is LACKS_ZLIB


def test_a_variable_that_cmake_has_not_set_is_told_by_the_log(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("-- Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)\n")
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = BuildFailedError(
        "CMake Error: The following variables are used in this project, but they are set to NOTFOUND."
    )
    assert "debian:12=zlib1g-dev" in with_cure(error, target, None, tmp_path / "log").hint


@pytest.mark.parametrize(
    "said",
    [
        "configure: error: check the system library",
        'configure: error: "NO INPUT FOUND"',
        "a.c:3:9: error: use of undeclared identifier 'my_config'",
        "a.c:(.text+0x4): undefined reference to `load_config'",
        "KeyError: 'site_config'",
        "make: *** No rule to make target 'gen_config', needed by 'all'. Stop.",
        "configure: error: user nobody not found",
        "configure: error: could not find zip, please install it",
        "configure: error: mount program not found",
    ],
)
def test_no_library_is_made_up(said: str) -> None:
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = BuildFailedError(said)
    assert with_cure(error, target, None) is error


@pytest.mark.parametrize(
    ("place", "header", "package"),
    [
        ("/src/audio/pulse/driver.c", "pulse/simple.h", "libpulse-dev"),
        ("/home/me/openssl/client/main.c", "openssl/ssl.h", "libssl-dev"),
    ],
)
def test_a_source_in_a_folder_named_after_its_library(place: str, header: str, package: str) -> None:
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = with_cure(
        BuildFailedError(f"make failed: {place}:1:10: fatal error: '{header}' file not found"), target, None
    )
    assert f"--sysroot debian:12={package}; or" in error.hint


def test_a_header_that_a_library_lacks_of_its_own_is_no_other_library() -> None:
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    said = "include/spdlog/fmt/fmt.h:24:14: fatal error: 'spdlog/fmt/bundled/core.h' file not found"
    error = BuildFailedError(f"the build failed: /src/{said}")
    assert with_cure(error, target, None) is error


@pytest.mark.parametrize(
    ("said", "package"),
    [
        ("error: unable to find dynamic system library 'ncurses' using strategy", "libncurses-dev"),
        ("ld.lld: error: unable to find library -lcrypto", "libssl-dev"),
        ("CMake Error at x (message): Could NOT find ZLIB (missing: ZLIB_LIBRARY)", "zlib1g-dev"),
        ("CMake Error at x (message): Could NOT find OpenSSL, try to set the path to OpenSSL root", "libssl-dev"),
        ('CMake Error at x:7 (target_link_libraries): Target "a" links to: PNG::PNG', "libpng-dev"),
        ("CMake Error at x (message): Could NOT find Curses (missing: CURSES_LIBRARY)", "libncurses-dev"),
        ("configure: error: Package requirements (libevent >= 2) were not met:", "libevent-dev"),
        ("configure: error: ncurses library or development files not found. It is required", "libncurses-dev"),
        ("configure: error: OpenSSL headers missing", "libssl-dev"),
        ("configure: error: Cannot find tinfo, ncurses or termcap libraries", "libncurses-dev"),
        ("configure: error: unable to locate libpcap, please install it", "libpcap0.8-dev"),
        ("configure: error: zlib is not installed", "zlib1g-dev"),
        ("ld.lld: error: unable to find library -lnobodys", "PACKAGES"),
    ],
)
def test_the_package_of_a_library_by_its_short_name(said: str, package: str) -> None:
    """As `apt-file search` answers for Debian 12 (``ncurses.pc``, ``libcrypto.pc``, ``zlib.pc``)."""
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = with_cure(BuildFailedError(said), target, None)
    assert f"--sysroot debian:12={package}; or" in error.hint
    assert with_cure(error, target, None) is error  # said once


@pytest.mark.parametrize("header", ["omp.h", "quadmath.h", "ext/pb_ds/assoc_container.hpp", "tr1/memory"])
def test_a_header_of_a_library_that_only_gcc_has_is_told_as_that(header: str) -> None:
    """Debian 12's libgcc-12-dev and libstdc++-12-dev have them; no package of the target's brings them to zig."""
    error = BuildFailedError(f"compiling a.c failed: a.c:1:10: fatal error: '{header}' file not found")
    (target,) = parse_targets("x86_64-linux-gnu.2.17")
    assert f"{header} is of GCC's own libraries" in with_cure(error, target, None).hint


def test_a_folder_of_the_project_s_own_is_not_gcc_s() -> None:
    error = BuildFailedError("compiling a.c failed: a.c:1:10: fatal error: 'ext/settings.h' file not found")
    assert not with_cure(error, parse_targets("x86_64-linux-gnu.2.17")[0], None).hint
