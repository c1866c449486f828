"""A system's package is judged as installed: its files lie over the image's, as dpkg and rpm lay them."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from everylinux.images.directory import DirectoryImage
from everylinux.loader import check_file
from everylinux.loader.subject import PackageRoot

if TYPE_CHECKING:
    from pathlib import Path

EM_X86_64 = 62


def lay(root: Path, path: str, content: bytes) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o755)
    return file


def program() -> bytes:
    """Return a static program without segments: enough to be started by name."""
    identity = bytes([0x7F, *b"ELF", 2, 1, 1]) + bytes(9)
    return identity + struct.pack("<HHIQQQIHHHHHH", 2, EM_X86_64, 1, 0, 0, 0, 0, 64, 56, 0, 0, 0, 0)


@pytest.fixture
def image(tmp_path: Path) -> DirectoryImage:
    """An image with merged folders, whose ``sh`` is a link to ``tool``."""
    root = tmp_path / "image"
    lay(root, "usr/bin/tool", program())
    (root / "bin").symlink_to("usr/bin")
    (root / "usr/bin/sh").symlink_to("tool")
    return DirectoryImage("dir:image", root)


def answer(script: Path, package: Path, image: DirectoryImage) -> list[tuple[str, str]]:
    checked = check_file(
        script, [image], platforms=["linux/amd64"], package=PackageRoot(package.resolve(), installed=True)
    )
    return [(reason.code, reason.subject) for reason in checked.verdicts[0].reasons]


def test_a_script_finds_the_interpreter_of_its_own_package(tmp_path: Path, image: DirectoryImage) -> None:
    package = tmp_path / "package"
    script = lay(package, "usr/bin/script", b"#!/usr/bin/interpreter\n")
    assert answer(script, package, image) == [("no-interpreter", "/usr/bin/interpreter")]
    lay(package, "usr/bin/interpreter", program())
    assert answer(script, package, image) == []


@pytest.mark.parametrize("where", ["usr/bin/tool", "bin/tool"])
def test_a_link_of_the_image_leads_to_the_file_that_the_package_brings(
    tmp_path: Path, image: DirectoryImage, where: str
) -> None:
    package = tmp_path / "package"
    script = lay(package, "usr/share/script", b"#!/bin/sh\n")
    assert answer(script, package, image) == []
    lay(package, where, b"no program")
    assert [code for code, _ in answer(script, package, image)] == ["exec-format"]
