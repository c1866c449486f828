"""Which package of Debian brings what a build misses, by the name that the build has for it."""

from __future__ import annotations

import io

import pytest

from everylinux.debian_packages import package_of_command, package_of_header, package_of_library
from everylinux.diagnosis import explain


@pytest.mark.parametrize(
    ("header", "package"),
    [
        ("ffi.h", "libffi-dev"),
        ("openssl/ssl.h", "libssl-dev"),
        ("libxml/xmlversion.h", "libxml2-dev"),
        ("libpq-fe.h", "libpq-dev"),
        ("uuid/uuid.h", "uuid-dev"),
        ("xcb/shm.h", "libxcb-shm0-dev"),
        ("stdio.h", None),
        ("someones/own_header.h", None),
    ],
)
def test_the_package_of_a_header(header: str, package: str | None) -> None:
    """As `apt-file search` answers for Debian 12."""
    assert package_of_header(header) == package


@pytest.mark.parametrize("header", ["lib/zork.h", "src/zork.h", "app/zork.h", "db/zork.h"])
def test_a_folder_of_any_project_is_no_library(header: str) -> None:
    """Packages have such folders, too (`apt-file search include/lib/`)."""
    assert package_of_header(header) is None


@pytest.mark.parametrize(
    ("name", "package"),
    [
        ("z", "zlib1g-dev"),
        ("libz.so.1", "zlib1g-dev"),
        ("/usr/lib/x86_64-linux-gnu/libz.a", "zlib1g-dev"),
        ("ZLIB", "zlib1g-dev"),
        ("zlib.pc", "zlib1g-dev"),
        ("libusb-1.0", "libusb-1.0-0-dev"),
        ("usb-1.0", "libusb-1.0-0-dev"),
        ("jpeg", "libjpeg62-turbo-dev"),
        ("tinfo", "libncurses-dev"),
        ("ncurses.h", "libncurses-dev"),
        ("Qt5Widgets", "qtbase5-dev"),
        ("GTest", "libgtest-dev"),
        ("pg_config", "libpq-dev"),
        ("openssl-sys", "libssl-dev"),
        ("a library", None),
        ("libsomeones-own.so", None),
    ],
)
def test_the_package_of_a_library(name: str, package: str | None) -> None:
    """As `apt-file search` answers for Debian 12 for the link, the .pc file, the Config.cmake or the header."""
    assert package_of_library(name) == package


@pytest.mark.parametrize(
    ("command", "package"),
    [
        ("bison", "bison"),
        ("intltool-update", "intltool"),
        ("aclocal", "automake"),
        ("ninja", "ninja-build"),
        ("protoc", "protobuf-compiler"),
        ("makeinfo", "texinfo"),
        ("someones-own", None),
    ],
)
def test_the_package_of_a_command(command: str, package: str | None) -> None:
    """As `apt-file search bin/...` answers for Debian 12."""
    assert package_of_command(command) == package


@pytest.mark.parametrize(
    ("log", "commands"),
    [
        ("sh: 1: intltool-update: not found\nmake: *** [Makefile:2: po] Error 127\n", ("apt-get install intltool",)),
        ("sh: 1: someones-own: not found\nmake: *** [Makefile:2: po] Error 127\n", ()),
        ("configure: error: pcre2 library not found\n", ("apt-get install libpcre2-dev",)),
        ("a.c:1:10: fatal error: ffi.h: No such file or directory\n", ("apt-get install libffi-dev",)),
        ("/usr/bin/ld: cannot find -lz\ncollect2: error: ld returned 1 exit status\n", ("apt-get install zlib1g-dev",)),
        ("/usr/bin/ld: cannot find -lown\ncollect2: error: ld returned 1 exit status\n", ()),
    ],
)
def test_a_fix_names_the_package_that_is_known(log: str, commands: tuple[str, ...]) -> None:
    (diagnosis,) = explain(io.BytesIO(log.encode())).diagnoses
    assert [fix.commands for fix in diagnosis.fixes] == [commands]


def test_a_sysroot_is_named_for_what_zig_does_not_find() -> None:
    log = "error: unable to find dynamic system library 'ssl' using strategy 'no_fallback'. searched paths:\n  none\n"
    (diagnosis,) = explain(io.BytesIO(log.encode())).diagnoses
    assert [fix.build for fix in diagnosis.fixes] == ["everylinux build --sysroot debian:12=libssl-dev"]


def test_no_package_is_named_for_a_library_that_is_there_and_too_old() -> None:
    log = (
        "meson.build:341:11: ERROR: Dependency lookup for libcrypto with method 'pkg-config' failed: "
        "Invalid version, need 'libcrypto' ['>= 3.0.0'] found '1.1.1w'.\n"
    )
    (diagnosis,) = explain(io.BytesIO(log.encode())).diagnoses
    assert [(fix.title.partition(":")[0], fix.commands) for fix in diagnosis.fixes] == [
        ("What is there is too old", ())
    ]
