"""Which causes have a fix that turned a real failing case green, and that the record of it is whole."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from everylinux.diagnosis.knowledge import index
from everylinux.diagnosis.proven import cured, verified
from everylinux.diagnosis.texts import cause_named, text_of

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
from failures import CASES, read_case

ROOT = Path(__file__).parents[2]
ENTRIES = [
    pytest.param(cause, title, case, id=f"{cause}: {case}")
    for cause, fixes in verified().items()
    for title, cases in fixes.items()
    for case in cases
]


@pytest.mark.parametrize(("cause", "title", "case"), ENTRIES)
def test_what_is_recorded_as_verified_is_a_case_and_the_fix_that_it_names(cause: str, title: str, case: str) -> None:
    assert title in {fix.title for fix in cause_named(cause).fix}
    told = read_case(CASES / case)
    assert (told.cause, told.fix) == (cause, title)


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_a_case_that_names_a_fix_is_recorded_as_cured_by_it(folder: Path) -> None:
    case = read_case(folder)
    if case.fix:
        assert folder.name in verified().get(case.cause, {}).get(case.fix, []), "tools/failures.py verify"


def test_as_many_causes_as_the_documents_say_have_a_verified_fix() -> None:
    documented = re.search(r"Of the causes, (\d+) % have a fix", (ROOT / "docs/explain.md").read_text())
    assert documented
    failing = {cause.id for cause in index().causes if not cause.harmless}
    share = 100 * len(failing & set(verified())) / len(failing)
    assert share >= int(documented[1])


def test_a_fix_says_how_many_recorded_failures_it_cured() -> None:
    cause, fixes = next(iter(verified().items()))
    title, cases = next(iter(fixes.items()))
    assert cured(cause, title) == len(cases)
    assert cured(cause, "no such title") == cured("no-such-cause", title) == 0


def test_the_text_of_a_cause_shows_what_a_fix_changed_in_a_recorded_failure() -> None:
    makefile = (CASES / "outline-atomics/project/Makefile").read_text()
    assert "\nCFLAGS = -O2\n" in makefile
    told = """\
Fix: Compile without them (cured 1 recorded failure)
    compile with -mno-outline-atomics
    for instance:
      --- a/Makefile
"""
    text = text_of("aarch64-outline-atomics")
    assert told in text
    assert "      -CFLAGS = -O2\n      +CFLAGS = -O2 -mno-outline-atomics\n" in text
    assert "capitals" not in text


def test_the_text_of_a_cause_shows_what_became_of_a_recorded_command() -> None:
    command = read_case(CASES / "go-foreign-cc").command.strip()
    told = f"      {command}\n      becomes CGO_ENABLED=1 GOARCH=amd64 go build -o x .\n"
    assert told in text_of("gcc-arch-flag-rejected")
