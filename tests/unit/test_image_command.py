"""`everylinux image`, as it is called."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    Image = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def image(tmp_path: Path) -> Image:
    """Return a function that calls `everylinux image` with a catalogue of the test's own."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "everylinux", "image", *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "COLUMNS": "200"},
        )

    return call


@pytest.fixture
def program_root(tmp_path: Path) -> Path:
    """Return a root with one program of this machine and nothing else."""
    folder = tmp_path / "root/bin"
    folder.mkdir(parents=True)
    (folder / "program").write_bytes(Path(sys.executable).resolve().read_bytes())
    (folder / "program").chmod(0o755)
    return folder.parent


def test_the_list_says_what_each_image_is_and_where_it_is_from(
    image: Image,
) -> None:
    done = image("list", "-o", "json")
    assert done.returncode == 0
    report = json.loads(done.stdout)
    assert report["schema"] == "everylinux.image/1"
    known = {one["name"]: one for one in report["images"]}
    assert known["debian:12"]["provenance"] == "measured"
    assert known["alpine:3.22"]["provenance"] == "documented"
    assert known["scratch"]["platforms"] == []
    assert all(one["date"] and one["source"] and one["digest"] for one in known.values())


def test_the_table_has_a_row_for_each_image(image: Image) -> None:
    rows = image().stdout.splitlines()
    assert next(row for row in rows if row.startswith("ubuntu:22.04")).split()[1:3] == ["glibc", "2.35"]


def test_show_lists_the_libraries_of_one_platform(image: Image) -> None:
    done = image("show", "debian:bookworm", "--platform", "linux/s390x", "-o", "json")
    (shown,) = json.loads(done.stdout)["images"]
    assert shown["name"] == "debian:12"
    assert "GLIBC_2.36" in shown["libraries"]["/usr/lib/s390x-linux-gnu/libc.so.6"].split()
    table = image("show", "debian:bookworm", "--platform", "linux/s390x").stdout
    assert "/usr/lib/s390x-linux-gnu/libz.so.1" in table


def test_show_takes_groups(image: Image) -> None:
    shown = json.loads(image("show", "alpine", "-o", "json").stdout)["images"]
    assert [one["name"] for one in shown] == [f"alpine:3.{minor}" for minor in range(17, 25)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "debian:99"], "there is no image 'debian:99'"),
        (["show", "debian:12", "--platform", "linux/riscv64"], "debian:12 has no platform linux/riscv64"),
        (["add", "mine", "tar:x.tar"], "there is no file x.tar"),
        (["add", "mine", "podman://debian"], "is no image that can be measured"),
        (["add", "mine", "dir:nowhere"], "there is no folder nowhere"),
        (["add", "debian:12", "dir:root"], "debian:12 is in the catalogue already"),
        (["add", "a b", "dir:root"], "cannot be an image's name"),
    ],
)
@pytest.mark.usefixtures("program_root")
def test_what_cannot_be_done_is_one_clear_error(image: Image, arguments: list[str], message: str) -> None:
    done = image(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]


@pytest.mark.parametrize(("path", "meant"), [("root", "write dir:root"), ("root.tar", "write tar:root.tar")])
def test_a_path_alone_is_told_how_it_is_written(image: Image, program_root: Path, path: str, meant: str) -> None:
    (program_root.parent / "root.tar").write_bytes(b"")
    done = image("add", "mine", path)
    assert (done.returncode, meant in done.stderr) == (2, True), done.stderr


@pytest.mark.usefixtures("program_root")
def test_an_added_image_is_listed_and_shown(image: Image) -> None:
    assert image("add", "mine:1", "dir:root").returncode == 0
    listed = json.loads(image("list", "-o", "json").stdout)["images"]
    assert listed[-1]["name"] == "mine:1"
    assert listed[-1]["source"] == "dir:root"
    assert image("show", "mine:1").returncode == 0


def at_width(columns: int) -> list[str]:
    environment = {**os.environ, "COLUMNS": str(columns)}
    command = [sys.executable, "-m", "everylinux", "image", "list"]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("columns", "headings"),
    [
        (160, ["image", "libc", "C++ runtime", "provenance", "date", "platforms"]),
        (80, ["image", "libc", "C++ runtime", "platforms"]),
        (44, ["image", "libc"]),
    ],
)
def test_columns_that_have_no_room_are_left_out_and_named(columns: int, headings: list[str]) -> None:
    lines = at_width(columns)
    assert [part.strip() for part in lines[0].split("  ") if part.strip()] == headings
    assert "…" not in "".join(lines)
    assert max(map(len, lines[: lines.index("")])) <= columns
    assert ("no room for" in "".join(lines)) == (columns < 160)


def test_an_image_that_was_added_can_be_removed(image: Image, program_root: Path) -> None:
    assert image("add", "mine", f"dir:{program_root}").returncode == 0
    done = image("remove", "mine")
    assert done.returncode == 0
    assert [line.split()[0] for line in done.stdout.splitlines()[:2]] == ["image", "mine"]
    assert "mine is no longer in your catalogue" in done.stderr
    assert image("remove", "mine").returncode == 2
    assert "comes with everylinux" in image("remove", "debian:12").stderr
