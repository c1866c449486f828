"""Environments that wheels are built in: kept while they are used, the oldest of the others gone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from everylinux.builders.python.environments import MOST_ENVIRONMENTS, READY, _unmet, forget_the_oldest, held
from everylinux.toolchains.python.interpreter import find_interpreters

if TYPE_CHECKING:
    from pathlib import Path

# pip 24.0, in turn: with a port at which nobody listens for an index, and with a release that nobody made.
UNANSWERED = """\
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by \
'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7fd0>: Failed to establish')': /simple/
ERROR: Could not find a version that satisfies the requirement setuptools>=77 (from versions: none)
ERROR: No matching distribution found for setuptools>=77
"""
NO_SUCH_RELEASE = """\
ERROR: Could not find a version that satisfies the requirement setuptools>=9999 (from versions: 80.9.0, 81.0.0)
ERROR: No matching distribution found for setuptools>=9999
"""


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


@pytest.mark.parametrize(
    ("said", "meaning"), [(UNANSWERED, "the index did not answer pip (NewConnectionError)"), (NO_SUCH_RELEASE, "")]
)
def test_an_index_that_does_not_answer_is_told_from_a_release_that_is_not_there(
    said: str, meaning: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    log.write_text(said)
    (interpreter,) = find_interpreters(())
    error = _unmet(interpreter, "pip install", log, 0)
    assert error.meaning == meaning
    assert bool(error.hint) == bool(meaning)
    assert "No matching distribution found" in error.message
