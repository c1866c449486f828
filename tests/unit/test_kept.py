"""What is kept in the cache while it is in use, and what goes when there is no room."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from everylinux.kept import MARK, in_use, last_used, remove_unless_in_use, size_of
from everylinux.toolchains.rust.library import make_room

if TYPE_CHECKING:
    from pathlib import Path

LIBRARY_BYTES = 1000


def library(kept: Path, name: str, used: int) -> Path:
    """A library of a thousand bytes that was used at a time."""
    folder = kept / name
    with in_use(folder) as new:
        assert new
        (folder / "lib").mkdir()
        (folder / "lib/libstd.rlib").write_bytes(bytes(LIBRARY_BYTES))
    os.utime(folder / MARK, (used, used))
    return folder


def names(kept: Path) -> set[str]:
    return {path.name for path in kept.iterdir()}


def test_a_folder_that_is_in_use_stays(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with in_use(folder) as new:
        assert new
        with in_use(folder) as again:
            assert not again
        assert not remove_unless_in_use(folder)
        assert folder.is_dir()
    assert remove_unless_in_use(folder)
    assert not folder.exists()


def test_the_order_is_that_of_use(tmp_path: Path) -> None:
    for name, used in (("a", 2), ("b", 3), ("c", 1)):
        library(tmp_path, name, used)
    (tmp_path / "never").mkdir()
    assert [folder.name for folder in last_used(tmp_path)] == ["b", "a", "c"]
    with in_use(tmp_path / "c"):
        assert last_used(tmp_path)[0].name == "c"


def test_libraries_go_by_last_use_until_the_rest_fits(tmp_path: Path) -> None:
    for number in range(5):
        library(tmp_path, str(number), used=number + 1)
    assert size_of(tmp_path / "0") == LIBRARY_BYTES
    make_room(tmp_path, 5 * LIBRARY_BYTES)
    assert names(tmp_path) == {"0", "1", "2", "3", "4"}
    make_room(tmp_path, 3.5 * LIBRARY_BYTES)
    assert names(tmp_path) == {"2", "3", "4"}
    with in_use(tmp_path / "2"):
        os.utime(tmp_path / "2" / MARK, (1, 1))
        make_room(tmp_path, 0)
        assert names(tmp_path) == {"2"}
