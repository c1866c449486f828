"""Each cause is whole: its index is fresh, its examples are told, and its look-alikes are told from it."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux import data
from everylinux.diagnosis import explain
from everylinux.diagnosis.sources import read_cause

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from update_causes import contents, shown_fixes

if TYPE_CHECKING:
    from everylinux.diagnosis.knowledge import Cause, Example
    from everylinux.evidence import Explanation

MARK = ">>> "
CAUSES = [read_cause(path) for path in sorted((data.FOLDER / "causes").rglob("*.toml"))]


def told(example: Example) -> tuple[Explanation, list[int]]:
    lines = example.log.strip("\n").split("\n")
    marked = [number for number, line in enumerate(lines, start=1) if line.startswith(MARK)]
    log = "\n".join(line.removeprefix(MARK) for line in lines) + "\n"
    return explain(io.BytesIO(log.encode())), marked


def test_what_is_read_is_what_the_files_say() -> None:
    for name, content in (contents() | shown_fixes()).items():
        assert data.read(name) == content, name


def test_a_cause_lies_in_the_file_of_its_name() -> None:
    for path in (data.FOLDER / "causes").rglob("*.toml"):
        assert read_cause(path).id == path.relative_to(data.FOLDER / "causes").with_suffix("").as_posix()


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_a_cause_has_what_a_reader_needs(cause: Cause) -> None:
    assert cause.example, "an example"
    assert cause.explanation.strip(), "an explanation"


@pytest.mark.parametrize(
    ("cause", "example"),
    [(cause, example) for cause in CAUSES if not cause.harmless for example in cause.example],
    ids=lambda value: getattr(value, "id", "example"),
)
def test_an_example_is_told(cause: Cause, example: Example) -> None:
    explanation, marked = told(example)
    assert explanation.outcome == "failed"
    first = explanation.diagnoses[0]
    assert (first.cause, first.evidence[0].line) == (cause.id, marked[0])
    assert first.culprit == example.culprit


@pytest.mark.parametrize(
    "confuser",
    [confuser for cause in CAUSES for confuser in cause.confuser],
    ids=lambda confuser: confuser.cause,
)
def test_a_look_alike_is_told_from_it(confuser: Example) -> None:
    explanation, marked = told(confuser)
    first = explanation.diagnoses[0]
    assert (first.cause, first.evidence[0].line) == (confuser.cause, marked[0])


@pytest.mark.parametrize("cause", [cause for cause in CAUSES if cause.harmless], ids=lambda cause: cause.id)
def test_what_is_harmless_is_never_the_cause(cause: Cause) -> None:
    for example in cause.example:
        assert cause.id not in {diagnosis.cause for diagnosis in told(example)[0].diagnoses}


def test_fixes_with_one_title_are_all_proposed() -> None:
    log = b"error: linking with `arm-none-ld` failed: exit status: 1\narm-none-ld: cannot find -lgcc_s\n"
    titles = [fix.title for fix in explain(io.BytesIO(log)).diagnoses[0].fixes]
    assert titles.count("Let the compiler link") > 1


def test_a_fix_that_names_a_package_takes_the_place_of_the_one_without() -> None:
    log = b"/bin/sh: 1: bison: not found\nmake: *** [Makefile:9: p.c] Error 127\n"
    fixes = explain(io.BytesIO(log)).diagnoses[0].fixes
    titles = [fix.title for fix in fixes]
    assert len(titles) == len(set(titles))
    assert "apt-get install bison" in {command for fix in fixes for command in fix.commands}
