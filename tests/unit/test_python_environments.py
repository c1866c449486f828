"""Environments that wheels are built in: kept while they are used, the oldest of the others gone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from everylinux.builders.python.environments import MOST_ENVIRONMENTS, READY, forget_the_oldest, held

if TYPE_CHECKING:
    from pathlib import Path


def environments(parent: Path, count: int) -> list[Path]:
    """Make as many, the first used longest ago."""
    folders = [parent / f"{index:02}" for index in range(count)]
    for age, folder in enumerate(folders):
        folder.mkdir()
        (folder / READY).touch()
        os.utime(folder / READY, (age, age))
    return folders


def test_the_oldest_makes_room_for_a_new_one(tmp_path: Path) -> None:
    folders = environments(tmp_path, MOST_ENVIRONMENTS + 1)
    forget_the_oldest(tmp_path)
    assert [folder for folder in folders if folder.exists()] == folders[2:]


def test_one_that_a_build_uses_stays_until_that_build_is_over(tmp_path: Path) -> None:
    folders = environments(tmp_path, MOST_ENVIRONMENTS + 1)
    first = folders[0] / READY
    used = held(first)
    assert used is not None
    os.utime(first, (0, 0))
    with used:
        forget_the_oldest(tmp_path)
        assert folders[0].exists()
    forget_the_oldest(tmp_path)
    assert not folders[0].exists()


def test_one_that_is_gone_cannot_be_held(tmp_path: Path) -> None:
    assert held(tmp_path / "gone" / READY) is None
