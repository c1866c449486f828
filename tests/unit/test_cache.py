"""The cache: entries are whole or absent, and what a killed run left goes away."""

from __future__ import annotations

import errno
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux import cache
from everylinux.cache import cache_directory, directory_made_whole, file_made_whole, write_atomically
from everylinux.errors import describe_os_error
from everylinux.folders import user_cache
from everylinux.inputs.scratch import Scratch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from _typeshed import TraceFunction

KILLED = """
import os, pathlib, signal, sys
from everylinux.cache import directory_made_whole
with directory_made_whole(pathlib.Path(sys.argv[1])) as partial:
    (partial / "half").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_disk_that_is_full_is_told_with_the_file_that_was_to_be_written(tmp_path: Path) -> None:
    """write(2) names no file; full(4) is a device on which every write fails with ENOSPC."""

    def write(path: Path) -> None:
        with file_made_whole(path) as file:
            full = os.open("/dev/full", os.O_WRONLY)
            os.dup2(full, file.fileno())
            os.close(full)
            file.write(b"x")

    with pytest.raises(OSError, match="No space left") as caught:
        write(tmp_path / "report.json")
    assert describe_os_error(caught.value).message == f"the disk is full: {tmp_path}/report.json"
    assert not list(tmp_path.iterdir())


def test_of_a_copy_the_disk_that_is_full_is_told() -> None:
    """shutil names the source first, as the library functions with two paths do (OSError.filename2)."""
    error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/home/me/source", None, "/mnt/full/copy")
    assert describe_os_error(error).message == "the disk is full: /mnt/full/copy"
    error = OSError(errno.EACCES, os.strerror(errno.EACCES), "/home/me/source", None, "/mnt/full/copy")
    assert describe_os_error(error).message == "permission denied: /home/me/source"


def test_an_empty_home_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "")
    assert user_cache() == Path(pwd.getpwuid(os.getuid()).pw_dir) / ".cache"


def test_a_read_only_cache_is_told_with_the_variable_that_moves_it() -> None:
    error = OSError(errno.EROFS, os.strerror(errno.EROFS), "/home/me/.cache/everylinux/builds/1")
    assert "XDG_CACHE_HOME" in describe_os_error(error).hint


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


KILLED_WRITING = """
import os, pathlib, signal, sys
from everylinux.cache import file_made_whole
with file_made_whole(pathlib.Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    os.kill(os.getpid(), signal.SIGKILL)
"""


class Signal(BaseException):
    """What a signal's handler raises, between any two steps of the interpreter."""


def interrupted_after(steps: int, run: Callable[[], None]) -> bool:
    """Run something, with a signal after so many steps within the cache's code; return whether it came."""

    def trace(frame: FrameType, event: str, _: object) -> TraceFunction:
        nonlocal steps
        frame.f_trace_opcodes = frame.f_code.co_filename == cache.__file__
        steps -= event == "opcode"
        if steps < 0:
            sys.settrace(None)
            raise Signal
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run()
    except Signal:
        return True
    finally:
        sys.settrace(before)
    return False


def write_file(final: Path) -> None:
    with file_made_whole(final) as file:
        file.write(b"new")


def write_folder(final: Path) -> None:
    with directory_made_whole(final) as partial:
        (partial / "new").touch()


def write_into_scratch(final: Path) -> None:
    with Scratch() as scratch:
        (scratch.folder() / final.name).touch()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("write", [write_file, write_folder, write_into_scratch])
def test_a_signal_leaves_nothing_wherever_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Callable[[Path], None]
) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))
    steps = 0
    while interrupted_after(steps, lambda: write(tmp_path / "final")):
        left = {path.name for path in tmp_path.rglob("*")} - {"cache", "unpacked", "final", "new"}
        assert not left, steps
        steps += 1
    assert steps > 100


def test_what_a_killed_run_left_of_a_file_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("old")
    done = subprocess.run([sys.executable, "-c", KILLED_WRITING, str(path)], check=False)
    assert done.returncode == -9
    assert [one.read_text() for one in sorted(tmp_path.iterdir())] == ["half", "old"]
    # One that is being written at the same time is not taken for abandoned.
    with file_made_whole(path) as file, file_made_whole(path) as other:
        other.write(b"other")
        file.write(b"new")
        assert len(list(tmp_path.glob(".partial-*"))) == 2
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_only_what_was_left_is_removed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("kept")
    (tmp_path / ".partial-file.0123abcd").symlink_to(kept)
    os.mkfifo(tmp_path / ".partial-file.0123abce")
    for name in (".partial-file.0123abcg", ".partial-file.0123ab", ".partial-files.0123abcd", "partial-file.0123abcd"):
        (tmp_path / name).touch()
    (tmp_path / ".partial-file.0123abcf").touch()
    before = {one.name for one in tmp_path.iterdir()}
    write_atomically(tmp_path / "file", b"new")
    assert {one.name for one in tmp_path.iterdir()} == before - {".partial-file.0123abcf"} | {"file"}
    assert kept.read_text() == "kept"


def test_a_folder_that_cannot_be_listed_can_be_written_to(tmp_path: Path) -> None:
    tmp_path.chmod(0o300)
    try:
        write_atomically(tmp_path / "file", b"new")
    finally:
        tmp_path.chmod(0o700)
    assert (tmp_path / "file").read_bytes() == b"new"


def test_the_environment_places_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_directory("a") == tmp_path / "xdg" / "everylinux" / "a"
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "own"))
    assert cache_directory("a", "b") == tmp_path / "own" / "a" / "b"
