"""Folders as images: links stay inside, platforms are what is really there, references that name nothing are errors."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import UsageError
from everylinux.images import open_images
from everylinux.images.directory import DirectoryImage, DirectoryTree

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.images.interface import Tree

HEADERS = {
    # e_ident, then e_type, e_machine, e_version: what System V gABI chapter 4 and the CPUs' supplements say
    "linux/amd64": b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0\x3e\0\x01\0\0\0" + bytes(40),
    "linux/s390x": b"\x7fELF\x02\x02\x01" + bytes(9) + b"\0\x03\0\x16\0\0\0\x01" + bytes(40),
}


def found(tree: Tree, path: str) -> str | None:
    entry = tree.find(path)
    return entry.resolved if entry else None


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    (folder / "usr/lib").mkdir(parents=True)
    (folder / "usr/lib/libx.so.1.2").write_bytes(HEADERS["linux/amd64"])
    (folder / "lib").symlink_to("usr/lib")
    (folder / "usr/lib/libx.so.1").symlink_to("libx.so.1.2")
    (folder / "absolute").symlink_to("/usr/lib/libx.so.1")
    (folder / "outside").symlink_to("../../../../../../etc/passwd")
    (folder / "loop").symlink_to("loop")
    (tmp_path / "secret").write_text("outside the root")
    (folder / "up").symlink_to("../secret")
    return folder


@pytest.mark.parametrize(
    ("path", "resolved"),
    [
        ("/lib/libx.so.1", "/usr/lib/libx.so.1.2"),
        ("/absolute", "/usr/lib/libx.so.1.2"),
        ("/usr/lib/../lib/./libx.so.1", "/usr/lib/libx.so.1.2"),
        ("/../../usr/lib", "/usr/lib"),
        ("/lib/libx.so.1/more", None),
        ("/outside", None),
        ("/up", None),
        ("/loop", None),
        ("/loop/x", None),
        ("/nothing", None),
        ("/x\0y", None),
        ("/" + "a" * 5000, None),
    ],
)
def test_links_resolve_inside(root: Path, path: str, resolved: str | None) -> None:
    assert found(DirectoryTree(root), path) == resolved


def test_a_pipe_is_never_opened(root: Path) -> None:
    os.mkfifo(root / "usr/lib/libpipe.so")
    entry = DirectoryTree(root).find("/usr/lib/libpipe.so")
    assert entry is not None
    assert entry.head(4) == b""


def test_platforms_are_those_of_the_libraries_found(root: Path) -> None:
    for number in range(3):
        (root / f"usr/lib/liby{number}.so").write_bytes(HEADERS["linux/s390x"])
    (root / "usr/lib/notes.so.txt").write_text("not ELF")
    image = DirectoryImage("dir:root", root)
    assert image.platforms() == ("linux/s390x", "linux/amd64")
    with pytest.raises(KeyError):
        image.tree("linux/arm64")


def test_an_empty_folder_takes_any_platform(tmp_path: Path) -> None:
    image = DirectoryImage("dir:x", tmp_path)
    assert image.platforms() == ()
    assert found(image.tree("linux/riscv64"), "/lib") is None


def test_images_are_opened_once_and_in_order(tmp_path: Path) -> None:
    images = open_images(["scratch", f"dir:{tmp_path}", "scratch"])
    assert [image.name for image in images] == ["scratch", f"dir:{tmp_path}"]


@pytest.mark.parametrize("reference", ["dir:/nowhere/at/all", "tar:x.tar", "oci:x", "docker://x//y", "no-such-image:9"])
def test_references_that_cannot_be_opened_are_usage_errors(reference: str) -> None:
    with pytest.raises(UsageError):
        open_images([reference])


@pytest.mark.parametrize("name", ["mine", "debian:11", "my/own:1.0-x", "a=b"])
def test_a_real_image_is_called_by_another_name(tmp_path: Path, name: str) -> None:
    (image,) = open_images([f"{name}=dir:{tmp_path}"])
    assert image.name == name
    assert image.tree("linux/amd64").directory == tmp_path


def test_a_path_may_look_like_another_name(tmp_path: Path) -> None:
    folder = tmp_path / "a=dir:b"
    folder.mkdir()
    (image,) = open_images([f"dir:{folder}"])
    assert image.name == f"dir:{folder}"
    assert image.tree("linux/amd64").directory == folder
