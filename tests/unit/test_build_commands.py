"""How the commands of a build end, and what is said of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from everylinux.builders.commands import Commands, Running
from everylinux.errors import BuildFailedError, InputOutputError

if TYPE_CHECKING:
    from pathlib import Path

# A file system that never has room.
FULL = "/proc"


def run(folder: Path, script: str, **environment: str) -> None:
    log = folder / "log"
    log.touch()
    commands = Commands(Running(), log, (), lambda: None)
    commands.run(["sh", "-c", script], cwd=folder, environment=os.environ | environment, step="compiling")


def test_a_tool_that_dies_where_there_is_no_room_died_of_that(tmp_path: Path) -> None:
    """As zig may, which writes to its cache through memory: it is ended by a signal, and says nothing of a disk."""
    with pytest.raises(InputOutputError, match="compiling failed: the disk is full"):
        run(tmp_path, "kill -ABRT $$", ZIG_LOCAL_CACHE_DIR=FULL)


def test_a_tool_that_dies_where_there_is_room(tmp_path: Path) -> None:
    with pytest.raises(BuildFailedError, match="compiling was ended by SIGABRT"):
        run(tmp_path, "kill -ABRT $$", ZIG_LOCAL_CACHE_DIR=str(tmp_path))


def test_a_tool_that_fails_for_its_own_reason_where_there_is_no_room(tmp_path: Path) -> None:
    with pytest.raises(BuildFailedError, match=r"a\.c:1:1: error: no"):
        run(tmp_path, "echo a.c:1:1: error: no; exit 1", ZIG_LOCAL_CACHE_DIR=FULL)
