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
        FAILED.replace(" 'X11", r" \xe2\x80\x98X11").replace("h' ", r"h\xe2\x80\x99 "),
        FAILED.replace(" 'X11", r" \342\200\230X11").replace("h' ", r"h\342\200\231 "),
        FAILED.replace(" 'X11", " M-bM-^@M-^XX11").replace("h' ", "hM-bM-^@M-^Y "),
        FAILED.replace(" 'X11", " `X11"),
        FAILED.replace("'", "?"),
        FAILED.replace("'", "\N{REPLACEMENT CHARACTER}" * 3),
        FAILED.replace("***", r"\*\*\*").replace("[", r"\[").replace("'X11", f"{LEFT}X11"),
        FAILED.replace(" ", "\N{NO-BREAK SPACE}"),
    ],
    ids=[
        "curved quotes",
        "quotes of JSON",
        "quotes of Python's bytes",
        "quotes in octal digits",
        "quotes of cat -v",
        "quotes of old GNU tools",
        "lost quotes",
        "lost bytes of quotes",
        "Markdown",
        "blanks that break no line",
    ],
)
def test_a_log_that_was_typeset_is_told(written: str) -> None:
    diagnosis = explain(io.BytesIO(written.encode())).diagnoses[0]
    assert (diagnosis.cause, diagnosis.culprit, diagnosis.evidence[0].line) == ("dev-package-missing", "X11/Xlib.h", 1)


OPTION = "memuse.c:6:29: error: variable {}m{} has initializer but incomplete type\nmake: *** [memuse.o] Error 1\n"


@pytest.mark.parametrize(
    "quotes", [(r"\u2018", r"\u2019"), ("?", "?"), ("???", "???")], ids=["escaped", "one", "bytes"]
)
def test_quotes_that_no_tool_writes_are_read_before_a_guess_is_made(quotes: tuple[str, str]) -> None:
    """What is told with the quotes of the tool is told."""
    told, expected = (
        explain(io.BytesIO((f"#include <malloc.h>\n{OPTION.format(*each)}").encode())).diagnoses[0]
        for each in (quotes, (LEFT, RIGHT))
    )
    assert told.cause == expected.cause


def test_a_hard_end_of_a_line_is_none_of_its_message() -> None:
    explanation = explain(io.BytesIO(b"+ ./configure\\\n/bin/sh: 1: nasm: not found\\\n"))
    assert [each.cause for each in explanation.diagnoses] == ["assembler-missing"]


def test_what_tells_as_it_is_stays_as_it_is() -> None:
    log = f"a.c:3:5: error: {LEFT}struct s{RIGHT} has no member named {LEFT}frob{RIGHT}\nmake: *** [a.o] Error 1\n"
    assert explain(io.BytesIO(log.encode())).diagnoses[0].evidence[0].text == log.splitlines()[0]


def test_a_good_log_stays_good() -> None:
    log = f"a.c:3:5: warning: {LEFT}frob{RIGHT} is used \\\nuninitialized\ncc -o a a.o\n"
    assert explain(io.BytesIO(log.encode())).outcome == "succeeded"
