"""The page of published Python packages: made of the results that are kept beside their list."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

import python_grid
from sdists.inputs import inputs
from sdists.trial import USE, Trial, Used, cannot_tell
from sdists.use import lay_out

if TYPE_CHECKING:
    from pathlib import Path

FIRST = Trial(package="first", target="x86_64-linux-musl", outcome="passed", wheel="first.whl", seconds=3.2, tests=7)
LACKS = Trial(package="first", target="aarch64-linux-gnu.2.28", outcome="lacks", cause="no zlib.h")


def test_the_page_shows_what_was_measured() -> None:
    assert python_grid.table(python_grid.results()) in python_grid.TABLE.read_text()


def test_each_package_that_was_measured_is_listed() -> None:
    assert {trial.package for trial in python_grid.results()} <= set(inputs())


def test_a_result_takes_the_place_of_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "results.jsonl"
    kept.touch()
    monkeypatch.setattr(python_grid, "RESULTS", kept)
    python_grid.keep([LACKS])
    python_grid.keep([FIRST])
    assert python_grid.results() == [FIRST, LACKS]
    again = Trial(package="first", target=LACKS.target, outcome="passed", wheel="first.whl", seconds=2.0, modules=1)
    python_grid.keep([again])
    assert python_grid.results() == [FIRST, again]


def test_a_cause_is_kept_without_the_place_of_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "results.jsonl"
    kept.touch()
    monkeypatch.setattr(python_grid, "RESULTS", kept)
    cause = "/home/one/.cache/everylinux/scratch/0a1b/first/source/first.c:1:1:\nfatal error"
    python_grid.keep([Trial(package="first", target=FIRST.target, outcome="failed", cause=cause)])
    assert [trial.cause for trial in python_grid.results()] == ["first.c:1:1: fatal error"]


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (None, ""),
        (FIRST, "7 tests, 3 s"),
        (LACKS, "lacks"),
        (Trial(package="p", target="t", outcome="passed", wheel="p-1-py3-none-any.whl"), "pure"),
        (Trial(package="p", target="t", outcome="passed", wheel="p.whl", seconds=9.6, modules=2), "imports 2, 10 s"),
        (Trial(package="p", target="t", outcome="passed", wheel="p.whl", tests=4), "4 tests"),
    ],
)
def test_a_cell_says_how_far_a_wheel_came(trial: Trial | None, said: str) -> None:
    assert python_grid.cell(trial) == said


def test_a_python_that_lacks_its_own_module_tells_nothing_of_a_wheel() -> None:
    said = "ModuleNotFoundError: No module named '{}'"
    assert cannot_tell("musl", said.format("_ssl"))
    assert not cannot_tell("gnu", said.format("_ssl"))  # Debian's has all of them
    assert not cannot_tell("musl", said.format("zlib"))  # nor does that for musl lack it
    assert not cannot_tell("musl", said.format("numpy"))


def test_tests_that_are_in_a_wheel_are_run(tmp_path: Path) -> None:
    """And a suite of which pytest finds nothing is no suite that passed."""
    (tmp_path / "tested").mkdir()
    (tmp_path / "tested/__init__.py").touch()
    (tmp_path / "tested/test_it.py").write_text("def test_it():\n    assert True\n")
    assert used(tmp_path, "tested") == Used(1, 1, ())
    assert used(tmp_path, "tested", "-k", "another") == Used(1, 0, ("pytest ran nothing: NO_TESTS_COLLECTED",))


def test_a_suite_opens_its_data_from_the_folder_above_it(tmp_path: Path) -> None:
    (tmp_path / "suite/Tests").mkdir(parents=True)
    (tmp_path / "suite/Tests/image.png").write_bytes(b"PNG")
    here = tmp_path / "here"
    here.mkdir()
    lay_out(tmp_path / "suite", here)
    assert (here / "Tests/image.png").read_bytes() == b"PNG"
    lay_out(tmp_path / "none", here)
    assert [each.name for each in here.iterdir()] == ["Tests"]


def used(folder: Path, name: str, *arguments: str) -> Used:
    command = [sys.executable, str(USE), str(folder), name, *arguments, "--pyargs", name]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, timeout=60)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Used)
