"""Tables, chains and folders of absurd size: the work grows with them, not with their square."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from made_elf import MadeElf

from everylinux import elf
from everylinux.images import open_images
from everylinux.images.directory import DirectoryImage
from everylinux.inputs import open_inputs
from everylinux.loader import check_file
from roots import make_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from everylinux.evidence import CheckedFile
    from everylinux.images.interface import Image

pytestmark = pytest.mark.e2e

LOADER = "/lib64/ld-linux-x86-64.so.2"
MUSL = "/lib/ld-musl-x86_64.so.1"
TIMES = 4
# Four times the size may cost six times as much: lists are sorted, memory is got, and this machine does other things.
MOST_TIMES_AS_LONG = 6
# What costs less than this is not measured: the clock would decide.
SHORTEST = 0.05
# Nothing of these sizes takes a user longer, in seconds of the processor.
LONGEST = 20.0
TRIES = 4
# PATH_MAX is 4,096 bytes (limits.h): so many names of one letter do not fit.
DEEPER_THAN_PATHS = 4_000


def grows_with_size(run: Callable[[int], object], size: int) -> None:
    """Assert that a run of four times the size does not take more than its share, in the best of a few tries.

    What grows faster than its size does so every time; a machine that is busy with other things does not.
    """
    small = large = LONGEST
    for _ in range(TRIES):
        small, large = min(small, seconds_of(run, size)), min(large, seconds_of(run, size * TIMES))
        if large <= small * MOST_TIMES_AS_LONG:
            break
    assert large <= small * MOST_TIMES_AS_LONG, f"{small:.2f} s, then {large:.2f} s"
    assert large < LONGEST


def seconds_of(run: Callable[[int], object], size: int) -> float:
    """Return what a run itself costs: what the kernel takes for its files depends on the disk."""
    start = os.times().user
    run(size)
    return max(os.times().user - start, SHORTEST)


def checked(made: MadeElf, folder: Path, images: list[Image]) -> CheckedFile:
    path = folder / "file"
    path.unlink(missing_ok=True)
    path.write_bytes(bytes(made))
    path.chmod(0o755)
    return check_file(path, images)


@pytest.fixture(scope="module")
def images() -> list[Image]:
    return open_images(["debian:12", "alpine:3.22"])


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def test_the_files_are_real(tmp_path: Path, images: list[Image]) -> None:
    made = MadeElf(LOADER, ["libc.so.6"], ["puts", "absent"], ["own"], ["GLIBC_2.2.5", "GLIBC_9.9"], "/opt")
    file = checked(made, tmp_path, images)
    assert (file.kind, file.needed, file.floor) == ("executable", ("libc.so.6",), {"GLIBC": "9.9"})
    assert [(one.code, one.subject) for one in file.verdicts[0].reasons] == [
        ("symbol-version", "GLIBC_9.9"),
        ("missing-symbol", "absent"),
    ]
    assert "own" in elf.read(tmp_path / "file").exports


@pytest.mark.parametrize("interpreter", [LOADER, MUSL])
def test_needed_libraries(interpreter: str, tmp_path: Path, images: list[Image]) -> None:
    grows_with_size(lambda size: checked(MadeElf(interpreter, names("lib", size)), tmp_path, images), 25_000)


@pytest.mark.parametrize("interpreter", [LOADER, MUSL])
def test_undefined_symbols(interpreter: str, tmp_path: Path, images: list[Image]) -> None:
    grows_with_size(
        lambda size: checked(MadeElf(interpreter, ["libc.so.6"], names("f", size)), tmp_path, images), 25_000
    )


def test_defined_symbols(tmp_path: Path, images: list[Image]) -> None:
    grows_with_size(lambda size: checked(MadeElf(defined=names("f", size)), tmp_path, images), 50_000)


def test_one_symbol_defined_very_often(tmp_path: Path) -> None:
    def run(size: int) -> None:
        path = tmp_path / str(size)
        path.write_bytes(bytes(MadeElf(defined=["same"] * size)))
        assert len(elf.read(path).exports["same"]) > 0

    grows_with_size(run, 50_000)


def test_versions(tmp_path: Path, images: list[Image]) -> None:
    grows_with_size(
        lambda size: checked(MadeElf(LOADER, ["libc.so.6"], versions=names("GLIBC_2.", size)), tmp_path, images), 7_000
    )


@pytest.mark.parametrize("interpreter", [LOADER, MUSL])
def test_search_paths(interpreter: str, tmp_path: Path, images: list[Image]) -> None:
    def run(size: int) -> None:
        runpath = ":".join(names("$ORIGIN/folder", size))
        checked(MadeElf(interpreter, names("lib", 10), runpath=runpath), tmp_path, images)

    grows_with_size(run, 1_500)


@pytest.mark.parametrize("libc", ["glibc", "musl"])
def test_chains_of_libraries(libc: str, tmp_path: Path) -> None:
    interpreter = LOADER if libc == "glibc" else MUSL
    real = make_root("distroless-base-bookworm-amd64" if libc == "glibc" else "alpine-like-bookworm-amd64")

    def run(size: int) -> None:
        root = Path(tempfile.mkdtemp(dir=tmp_path))
        loader = root / interpreter.lstrip("/")
        loader.parent.mkdir(parents=True)
        shutil.copy((real / interpreter.lstrip("/")).resolve(), loader)
        (root / "app").mkdir()
        for number in range(size):
            made = MadeElf(needed=[f"lib{number + 1}.so"], runpath="$ORIGIN")
            (root / f"app/lib{number}.so").write_bytes(bytes(made))
        program = root / "app/program"
        program.write_bytes(bytes(MadeElf(interpreter, ["lib0.so"], runpath="$ORIGIN")))
        program.chmod(0o755)
        verdict = check_file(program, [DirectoryImage("dir:root", root)]).verdicts[0]
        assert verdict.verdict in {"fails", "unknown"}

    grows_with_size(run, 250)


def test_links_to_links(tmp_path: Path) -> None:
    def run(size: int) -> None:
        root = Path(tempfile.mkdtemp(dir=tmp_path))
        (root / "lib64").mkdir()
        for number in range(size):
            (root / f"lib64/link{number}").symlink_to(f"link{number + 1}")
            (root / f"lib64/self{number}").symlink_to(f"../lib64/self{number}/x")
        tree = DirectoryImage("dir:root", root).tree("linux/amd64")
        assert [tree.find(f"/lib64/{name}{number}") for name in ("link", "self") for number in range(size)]

    grows_with_size(run, 200)


def test_folders_of_very_many_files(tmp_path: Path) -> None:
    def run(size: int) -> None:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        for number in range(size):
            (folder / f"file{number}").touch()
        assert sum(len(list(batch.files)) for batch in open_inputs([str(folder)])) == 0

    grows_with_size(run, 2_000)


def test_folders_in_folders(tmp_path: Path) -> None:
    """The kernel walks every path from its beginning: it is the greatest length of a path that bounds the cost."""

    def run() -> None:
        for batch in open_inputs([str(tmp_path / "deep")]):
            assert not list(batch.files)

    make_nested(tmp_path / "deep", DEEPER_THAN_PATHS)
    try:
        start = time.process_time()
        run()
        assert time.process_time() - start < LONGEST / 4
    finally:
        # Deeper than the standard library removes them.
        subprocess.run(["rm", "-rf", tmp_path / "deep"], check=True)


def make_nested(folder: Path, depth: int) -> None:
    """Make folders in a folder, deeper than any path may be long."""
    folder.mkdir()
    here = os.open(".", os.O_RDONLY)
    os.chdir(folder)
    try:
        for _ in range(depth):
            os.mkdir("d")  # noqa: PTH102 - no path leads there
            os.chdir("d")
    finally:
        os.fchdir(here)
        os.close(here)


def test_archives_of_very_many_members(tmp_path: Path) -> None:
    size = 2_000
    for count in (size, size * TIMES):
        with zipfile.ZipFile(tmp_path / f"{count}.zip", "w") as archive:
            for number in range(count):
                archive.writestr(f"folder{number % 100}/file{number}", b"\x7fELF")

    def run(count: int) -> None:
        files = [file for batch in open_inputs([str(tmp_path / f"{count}.zip")]) for file in batch.files]
        assert len(files) in {0, count}

    grows_with_size(run, size)
