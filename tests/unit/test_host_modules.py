"""What a file is imported as, and which programs of an image take it: PEP 3149, PEP 376, PEP 703, PEP 803."""

from __future__ import annotations

import re
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from everylinux import data, elf
from everylinux.images.directory import DirectoryTree
from everylinux.sandbox.host.module import imported_module
from everylinux.sandbox.host.program import HostKind, find_host_programs

KINDS = msgspec.json.decode(data.read("hosts/programs.json"))["programs"]
EXTENSION = Path(str(find_spec("msgspec._core").origin))  # type: ignore[union-attr] # a real one that is always there


def extension(path: Path) -> Path:
    """Put a real extension of Python somewhere; it exports PyInit__core."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return shutil.copyfile(EXTENSION, path)


def names(path: Path, top: Path) -> tuple[str, str | None, bool]:
    module = imported_module(elf.read(path), path, top)
    package = str(module.package.relative_to(top)) if module.package else None
    return module.name, package, module.found_by_name


@pytest.mark.parametrize("kind", KINDS, ids=[kind["host"] for kind in KINDS])
def test_the_facts_about_hosts_are_whole(kind: dict[str, object]) -> None:
    read = msgspec.convert(kind, HostKind)
    assert read.script_path.is_file()
    assert re.fullmatch(read.name, {"CPython": "python3.12", "Node.js": "node"}[read.host])
    assert all(folder.startswith("/") for folder in read.folders)


def test_packages_are_the_folders_with_an_init_file(tmp_path: Path) -> None:
    path = extension(tmp_path / "site/outer/inner/_core.abi3.so")
    assert names(path, tmp_path) == ("_core", None, True)
    (path.parent / "__init__.py").touch()
    assert names(path, tmp_path) == ("inner._core", "site/outer/inner", True)
    (path.parent.parent / "__init__.py").touch()
    assert names(path, tmp_path) == ("outer.inner._core", "site/outer", True)


@pytest.mark.parametrize("row", ["space/part/_core.so,sha256=x,1", '"space/part/_core.so",,'])
def test_a_record_names_the_packages_without_an_init_file(tmp_path: Path, row: str) -> None:
    path = extension(tmp_path / "space/part/_core.so")
    record = tmp_path / "x-1.dist-info/RECORD"
    record.parent.mkdir()
    record.write_text("space/part/_core.so.txt,,\n")
    assert names(path, tmp_path) == ("_core", None, True)
    record.write_text(f"x/__init__.py,,\n{row}\n")
    assert names(path, tmp_path) == ("space.part._core", "space", True)
    assert imported_module(elf.read(path), path, tmp_path).record == record


def test_nothing_above_the_image_is_looked_at(tmp_path: Path) -> None:
    path = extension(tmp_path / "outer/inner/_core.so")
    for folder in (path.parent, path.parent.parent):
        (folder / "__init__.py").touch()
    assert names(path, tmp_path / "outer/inner") == ("_core", None, True)


def test_the_home_of_a_user_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = extension(tmp_path / "users/me/_core.so")
    for folder in (path.parent, path.parent.parent):
        (folder / "__init__.py").touch()
    monkeypatch.setenv("HOME", str(path.parent))
    assert names(path, tmp_path) == ("_core", None, True)


def test_a_file_that_is_not_named_after_its_entry_point(tmp_path: Path) -> None:
    path = extension(tmp_path / "lib_core.so")
    assert names(path, tmp_path) == ("_core", None, False)


@pytest.mark.parametrize(
    ("suffix", "taken"),
    [
        ("so", ["3.15t", "3.15", "3.14t", "3.12", "3.7"]),
        ("abi3.so", ["3.15", "3.12", "3.7"]),
        ("abi3t.so", ["3.15", "3.15t"]),
        ("cpython-312-x86_64-linux-gnu.so", ["3.12"]),
        ("cpython-314t-x86_64-linux-gnu.so", ["3.14t"]),
        ("cpython-37m-x86_64-linux-gnu.so", ["3.7"]),
        ("cpython-39-x86_64-linux-gnu.so", []),
        ("pypy310-pp73-x86_64-linux-gnu.so", []),
    ],
)
def test_the_name_of_a_module_tells_which_pythons_take_it(tmp_path: Path, suffix: str, taken: list[str]) -> None:
    path = extension(tmp_path / f"_core.{suffix}")
    root = tmp_path / "root"
    places = ["usr/bin/python3.12", "usr/local/bin/python3.15", "usr/local/bin/python3.15t"]
    places += ["opt/python/cp314-cp314t/bin/python3.14t", "root/.pyenv/versions/3.7.17/bin/python3.7"]
    for place in places:
        extension(root / place).chmod(0o755)
    (root / "usr/bin/python3").symlink_to("python3.12")
    (root / "usr/bin/python3.11").symlink_to("python3.12")  # the same program again
    extension(root / "usr/bin/python3.13").chmod(0o644)
    (root / "usr/bin/python3.10").write_text("#!/bin/sh\n")
    programs, note = find_host_programs(elf.read(path), path.name, DirectoryTree(root))
    assert sorted(f"{one.release}{one.flags}" for one in programs) == sorted(taken)
    assert (note == "") == bool(taken)


def test_a_shared_object_without_a_host_has_no_programs(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    extension(tmp_path / "usr/bin/python3.12").chmod(0o755)
    tree = DirectoryTree(tmp_path)
    loader = Path(str(elf.read(Path(sys.executable)).interpreter))
    assert find_host_programs(elf.read(loader), loader.name, tree) == ([], "")
