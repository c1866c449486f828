"""Search paths, the library cache and first lines of scripts, read as the loaders and the kernel read them."""

from __future__ import annotations

import struct

import pytest
from described_image import DescribedImage, library

from everylinux.evidence import Reason
from everylinux.loader.closure import Loaded
from everylinux.loader.glibc.library_cache import read_library_cache
from everylinux.loader.script import Shebang, command_of_env, interpreter_of, read_shebang
from everylinux.loader.search_path import glibc_places, musl_places

OWNER = Loaded(library("app"), "/opt/app/bin/app", "app", "app")


def glibc_folders(written: str) -> list[str]:
    places = glibc_places(written, OWNER, "RPATH", library_directory="lib64", platform="x86_64")
    return [place.directory for place in places]


@pytest.mark.parametrize(
    ("written", "folders"),
    [
        ("/a:/b/", ["/a", "/b"]),
        ("$ORIGIN/../lib", ["/opt/app/bin/../lib"]),
        ("${ORIGIN}", ["/opt/app/bin"]),
        ("/x/$LIB:/y/$PLATFORM", ["/x/lib64", "/y/x86_64"]),
        # ld.so(8): a name goes on as far as it can, so this is no token
        ("$ORIGINAL:$ORIGIN", ["/opt/app/bin"]),
        ("relative::", []),
    ],
)
def test_glibc_expands(written: str, folders: list[str]) -> None:
    assert glibc_folders(written) == folders


@pytest.mark.parametrize(
    ("written", "folders"),
    [
        ("/a:$ORIGIN/lib", ["/a", "/opt/app/bin/lib"]),
        ("/a\n/b", ["/a", "/b"]),
        # ldso/dynlink.c, fixup_rpath: any other token voids the whole path
        ("/a:/b/$LIB:$ORIGIN", []),
    ],
)
def test_musl_expands(written: str, folders: list[str]) -> None:
    assert [place.directory for place in musl_places(written, OWNER, "RPATH")] == folders


def library_cache(entries: list[tuple[str, str, int]], *, order: str = "<") -> bytes:
    """Write a cache in the format of sysdeps/generic/dl-cache.h."""
    start = 48 + 24 * len(entries)
    strings, table = b"", b""
    for name, path, hwcap in entries:
        key = start + len(strings)
        strings += name.encode() + b"\0"
        value = start + len(strings)
        strings += path.encode() + b"\0"
        table += struct.pack(f"{order}iIIIQ", 0x0303, key, value, 0, hwcap)
    flags = 2 if order == "<" else 3
    header = b"glibc-ld.so.cache1.1" + struct.pack(f"{order}II", len(entries), len(strings)) + bytes([flags])
    return header.ljust(48, b"\0") + table + strings


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_library_cache_maps_names_to_paths(order: str) -> None:
    content = library_cache(
        [("libx.so.1", "/opt/x/libx.so.1", 0), ("libx.so.1", "/opt/v3/libx.so.1", 1 << 62)], order=order
    )
    assert read_library_cache(content) == {"libx.so.1": ["/opt/x/libx.so.1"]}


def test_a_cut_or_foreign_library_cache_counts_as_far_as_it_goes() -> None:
    content = library_cache([("libx.so.1", "/opt/x/libx.so.1", 0)])
    for length in range(len(content)):
        read_library_cache(content[:length])
    assert read_library_cache(b"ld.so-1.7.0" + bytes(100)) == {}


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"#!/bin/sh\n", Shebang("/bin/sh", "")),
        (b"#! /bin/sh -e \nx", Shebang("/bin/sh", "-e")),
        (b"#!/usr/bin/env python3 -u\n", Shebang("/usr/bin/env", "python3 -u")),
        (b"#!/bin/sh\r\n", Shebang("/bin/sh\r", "")),
        (b"#!\n", None),
        (b"#!   \n/bin/sh", None),
    ],
)
def test_first_lines(head: bytes, expected: Shebang | None) -> None:
    assert read_shebang(head) == expected


@pytest.mark.parametrize(
    ("argument", "command"),
    [
        ("python3", "python3"),
        ("python3 -u", "python3 -u"),
        ("-S python3 -u", "python3"),
        ("-S LC_ALL=C awk", "awk"),
        ("-i", None),
        ("", None),
    ],
)
def test_env_starts(argument: str, command: str | None) -> None:
    assert command_of_env(argument) == command


def test_env_looks_along_the_image_s_path() -> None:
    image = DescribedImage({"/usr/bin/env": library("env"), "/usr/local/bin/tool": library("tool")})
    found = interpreter_of(Shebang("/usr/bin/env", "tool"), image, "script")
    missing = interpreter_of(Shebang("/usr/bin/env", "other\r"), image, "script")
    assert not isinstance(found, Reason)
    assert found.path == "/usr/local/bin/tool"
    assert isinstance(missing, Reason)
    assert (missing.code, missing.subject) == ("missing-command", "other\r")
    assert "dos2unix" in missing.hint
