"""The cache: entries are whole or absent, and what a killed run left goes away."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from everylinux.cache import cache_directory, directory_made_whole, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

KILLED = """
import os, pathlib, signal, sys
from everylinux.cache import directory_made_whole
with directory_made_whole(pathlib.Path(sys.argv[1])) as partial:
    (partial / "half").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    final = tmp_path / "entry"
    with directory_made_whole(final) as partial:
        (partial / "file").write_text("1")
        assert not final.exists()
    assert (final / "file").read_text() == "1"
    assert list(tmp_path.iterdir()) == [final]


def test_an_error_leaves_the_old_folder(tmp_path: Path) -> None:
    final = tmp_path / "entry"
    with directory_made_whole(final) as partial:
        (partial / "old").touch()
    with pytest.raises(RuntimeError), directory_made_whole(final):
        raise RuntimeError
    assert [path.name for path in final.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [final]


def test_what_a_killed_run_left_is_removed_by_the_next(tmp_path: Path) -> None:
    final = tmp_path / "entry"
    done = subprocess.run([sys.executable, "-c", KILLED, str(final)], check=False)
    assert done.returncode == -9
    assert not final.exists()
    assert len(list(tmp_path.iterdir())) == 1
    # One that is being made at the same time is not taken for abandoned.
    with directory_made_whole(final) as partial, directory_made_whole(final) as other:
        assert partial.exists()
        (other / "file").touch()
    assert list(tmp_path.iterdir()) == [final]


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    write_atomically(path, b"new", mode=0o600)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_the_environment_places_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_directory("a") == tmp_path / "xdg" / "everylinux" / "a"
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "own"))
    assert cache_directory("a", "b") == tmp_path / "own" / "a" / "b"
