"""Real failures of real tools: what `explain` says of their logs, and, for a part each time, of their output now.

A case that names a fix is run with it, too, the way `explain --verify` does, and has to pass then.
"""

from __future__ import annotations

import datetime as dt
import io
import sys
import zlib
from pathlib import Path

import pytest

from everylinux.diagnosis import examine, explain
from everylinux.toolchains.find import find

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from failures import CASES, Case, missing_tools, read_case, run, verify

FOLDERS = sorted(CASES.iterdir())
# Every case is run in as many days; `make test-all` runs all of them.
PARTS = 10
TODAY = dt.datetime.now(tz=dt.UTC).toordinal()


def is_told(case: Case, log: str) -> None:
    explanation = explain(io.BytesIO(log.encode()))
    assert explanation.outcome == case.outcome
    if case.outcome == "succeeded":
        return
    if not case.cause:
        assert explanation.best is not None
        assert case.evidence in explanation.best.text
        return
    first = explanation.diagnoses[0]
    assert (first.cause, first.culprit) == (case.cause, case.culprit)
    assert case.evidence in first.evidence[0].text


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_recorded_failure_is_told(folder: Path) -> None:
    is_told(read_case(folder), (folder / "log.txt").read_text())


@pytest.mark.parametrize("folder", [each for each in FOLDERS if read_case(each).fix], ids=lambda folder: folder.name)
def test_the_fix_of_a_recorded_failure_is_proposed(folder: Path) -> None:
    case = read_case(folder)
    project = folder / "project"
    log = io.BytesIO((folder / "log.txt").read_bytes())
    proposals = [
        each for group in examine(log, project=project if project.is_dir() else None).proposals for each in group
    ]
    assert (case.cause, case.fix) in {(each.cause, each.fix.title) for each in proposals}


def run_and_tell(folder: Path) -> None:
    case = read_case(folder)
    missing = missing_tools(case) + (["bwrap"] if case.fix and find("bubblewrap") is None else [])
    if missing:
        pytest.skip(f"not on this machine: {', '.join(missing)}")
    is_told(case, run(folder))
    if case.fix:
        done = verify(folder)
        assert case.cause in done.causes
        assert done.cured_by == (case.fix,), done.fixes


@pytest.mark.e2e
@pytest.mark.parametrize(
    "folder",
    [folder for folder in FOLDERS if zlib.crc32(folder.name.encode()) % PARTS == TODAY % PARTS],
    ids=lambda folder: folder.name,
)
def test_a_tenth_of_the_failures_is_told_when_it_happens(folder: Path) -> None:
    run_and_tell(folder)


@pytest.mark.full
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_failure_is_told_when_it_happens(folder: Path) -> None:
    run_and_tell(folder)
