"""Search paths, the library cache and first lines of scripts, read as the loaders and the kernel read them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from described_image import DescribedImage, library

from everylinux.evidence import Reason
from everylinux.images import open_images
from everylinux.images.directory import DirectoryTree
from everylinux.loader import check_file
from everylinux.loader.closure import Loaded
from everylinux.loader.glibc.library_cache import read_library_cache
from everylinux.loader.script import Shebang, command_of_env, interpreter_of, read_shebang
from everylinux.loader.search_path import glibc_places, musl_places

if TYPE_CHECKING:
    from pathlib import Path

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


def test_line_ends_are_not_blamed_for_a_command_that_env_splits_off() -> None:
    """coreutils 9.1, src/env.c: a carriage return is a blank to -S, so the command's name is whole."""
    image = DescribedImage({"/usr/bin/env": b"\x7fELF split-string"})
    missing = interpreter_of(Shebang("/usr/bin/env", "-S other -u\r"), image, "script")
    assert isinstance(missing, Reason)
    assert (missing.subject, missing.hint) == ("other", "install other in the image")


@pytest.mark.parametrize(("argument", "runs"), [("-S sh", False), ("-iS sh", False), ("-i", True), ("sh", True)])
def test_env_of_busybox_splits_nothing(argument: str, runs: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """BusyBox coreutils/env.c: its options are i, 0 and u."""
    for name in ("bin/busybox", "bin/sh"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"#!")
        path.chmod(0o755)
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/env").symlink_to("/bin/busybox")
    found = interpreter_of(Shebang("/usr/bin/env", argument), DirectoryTree(tmp_path), "script")
    assert isinstance(found, Reason) is not runs
    if isinstance(found, Reason):
        assert (found.code, found.subject) == ("missing-command", "env -S")


@pytest.mark.parametrize(
    ("image", "runs"),
    [
        ("alpine:3.22", False),
        ("busybox:musl", False),
        ("wolfi-base", False),
        # coreutils 8.22 and 8.28: NEWS of 8.30 has -S.
        ("ubi:7", False),
        ("amazonlinux:2", False),
        ("ubuntu:18.04", False),
        ("ubuntu:20.04", True),
        ("debian:10", True),
        ("debian:12", True),
    ],
)
def test_images_whose_env_splits_nothing(image: str, runs: bool, tmp_path: Path) -> None:  # noqa: FBT001
    script = tmp_path / "script"
    script.write_text("#!/usr/bin/env -S sh\n")
    script.chmod(0o755)
    (verdict,) = check_file(script, open_images([image]), platforms=["linux/amd64"]).verdicts
    assert verdict.verdict == ("ok" if runs else "fails")
    assert [reason.subject for reason in verdict.reasons] == ([] if runs else ["env -S"])


@pytest.mark.parametrize(("text", "runs"), [(b"split-string", True), (b"unset", False)], ids=["8.30", "8.28"])
def test_a_real_env_tells_whether_it_splits(text: bytes, runs: bool, tmp_path: Path) -> None:  # noqa: FBT001
    """The long options of coreutils' env stand in its file as they are."""
    for name, content in (("usr/bin/env", b"\x7fELF" + bytes(60) + text), ("bin/sh", b"#!")):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        path.chmod(0o755)
    for argument in ("-S sh", "-vS sh", "--split-string=sh"):
        found = interpreter_of(Shebang("/usr/bin/env", argument), DirectoryTree(tmp_path), "script")
        assert isinstance(found, Reason) is not runs


@pytest.mark.parametrize(("kind", "hint"), [(1, ""), (3, "chmod +x"), (4, "")], ids=["object", "program", "core"])
def test_only_programs_are_advised_to_be_made_executable(kind: int, hint: str, tmp_path: Path) -> None:
    """execve(2): a file of another e_type is refused with the bit too."""
    header = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, kind, 62, 1, 0, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    name = b"/lib/ld\0"
    interpreter = struct.pack("<IIQQQQQQ", 3, 4, 120, 120, 120, len(name), len(name), 1)
    path = tmp_path / "file"
    path.write_bytes(header + interpreter + name)
    path.chmod(0o644)
    (reason, *_) = check_file(path, open_images(["scratch"])).verdicts[0].reasons
    assert (reason.code, reason.hint.startswith(hint), bool(reason.hint)) == ("not-executable", True, bool(hint))


@pytest.mark.parametrize(
    ("content", "hints"),
    [
        (b"", ["", "make it"]),
        (b"\x1f\x8b\x08\0", ["", "unpack it"]),
        (b"!<arch>\n", ["", ""]),
        (b"echo\n", ["chmod +x", "begin it"]),
        (b"#!/bin/sh\n", ["chmod +x", "install it"]),
    ],
    ids=["empty", "gzip", "static library", "text", "script"],
)
def test_what_is_no_program_is_not_advised_to_be_made_executable(
    content: bytes, hints: list[str], tmp_path: Path
) -> None:
    """execve(2): ENOEXEC comes after EACCES, so a mode alone cures no file that is no program."""
    path = tmp_path / "file"
    path.write_bytes(content)
    path.chmod(0o644)
    reasons = check_file(path, open_images(["scratch"])).verdicts[0].reasons
    assert len(reasons) == len(hints)
    for reason, hint in zip(reasons, hints, strict=True):
        assert (reason.hint[: len(hint)], bool(reason.hint)) == (hint, bool(hint))
