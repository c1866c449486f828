"""What word processors, forums and Markdown make of a log is undone where it tells nothing as it is."""

from __future__ import annotations

import io

import pytest

from everylinux.diagnosis import explain

FAILED = "window.h:29:10: fatal error: 'X11/Xlib.h' file not found\nmake: *** [Makefile:3: window.o] Error 1\n"
LEFT, RIGHT = "\N{LEFT SINGLE QUOTATION MARK}", "\N{RIGHT SINGLE QUOTATION MARK}"


@pytest.mark.parametrize(
    "written",
    [
        FAILED.replace(" 'X11", f" {LEFT}X11").replace("h' ", f"h{RIGHT} "),
        FAILED.replace(" 'X11", r" \u2018X11").replace("h' ", r"h\u2019 "),
        FAILED.replace("***", r"\*\*\*").replace("[", r"\[").replace("'X11", f"{LEFT}X11"),
        FAILED.replace(" ", "\N{NO-BREAK SPACE}"),
    ],
    ids=["curved quotes", "escaped quotes", "Markdown", "blanks that break no line"],
)
def test_a_log_that_was_typeset_is_told(written: str) -> None:
    diagnosis = explain(io.BytesIO(written.encode())).diagnoses[0]
    assert (diagnosis.cause, diagnosis.culprit, diagnosis.evidence[0].line) == ("dev-package-missing", "X11/Xlib.h", 1)


def test_a_hard_end_of_a_line_is_none_of_its_message() -> None:
    explanation = explain(io.BytesIO(b"+ ./configure\\\n/bin/sh: 1: nasm: not found\\\n"))
    assert [each.cause for each in explanation.diagnoses] == ["assembler-missing"]


def test_what_tells_as_it_is_stays_as_it_is() -> None:
    log = f"a.c:3:5: error: {LEFT}struct s{RIGHT} has no member named {LEFT}frob{RIGHT}\nmake: *** [a.o] Error 1\n"
    assert explain(io.BytesIO(log.encode())).diagnoses[0].evidence[0].text == log.splitlines()[0]


def test_a_good_log_stays_good() -> None:
    log = f"a.c:3:5: warning: {LEFT}frob{RIGHT} is used \\\nuninitialized\ncc -o a a.o\n"
    assert explain(io.BytesIO(log.encode())).outcome == "succeeded"
