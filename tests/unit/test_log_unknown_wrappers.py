"""A wrapper that no list has is known by the lines of the log: nearly all begin alike, and say more without that."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest

from everylinux.diagnosis import explain
from everylinux.diagnosis.cleaning import clean
from everylinux.diagnosis.wrappers import wrapper_of

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = (
    "checking for frobs... no",
    "configure: creating ./config.status",
    "    indented",
    "autoreconf: not found",
    "/bin/sh: 1: autoreconf: not found",
    "make: *** [Makefile:2: configure] Error 127",
)
WRAPPERS: dict[str, Callable[[int], str]] = {
    "Python's logging": lambda number: f"2026-01-02 03:04:{number:02},123 - INFO - ",
    "seconds": lambda number: f"[ {number * 7:4}.{number}] ",
    "numbers of lines": lambda number: f"{number:5} ",
    "numbers of lines, and a bar": lambda number: f"{number:5} | ",
    "a level and a counter": lambda number: f"INFO[{number:04}] ",
    "git, a remote": lambda _: "remote:        ",
    "Koji": lambda _: "BUILDSTDERR: ",
    "mock": lambda _: "DEBUG util.py:446:  ",
    "Terraform": lambda _: "null_resource.app (local-exec): ",
    "Google's builds": lambda _: 'Step #2 - "build": ',
    "AWS CodeBuild": lambda number: f"[Container] 2026/01/02 03:04:{number:02} ",
    "Tekton": lambda _: "[build : build-step] ",
    "act": lambda _: "[CI/build]   | ",
    "Turborepo": lambda _: "@scope/app:build: ",
    "a quotation in a quotation": lambda _: ">> ",
    "items of a list": lambda _: " - ",
    "a tab": lambda _: "\t",
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_an_unknown_wrapper_is_taken_off(wrap: Callable[[int], str]) -> None:
    log = "".join(f"{wrap(number)}{line}\n" for number, line in enumerate(LINES, 1))
    (diagnosis,) = explain(io.BytesIO(log.encode())).diagnoses
    assert (diagnosis.cause, diagnosis.evidence[0].line) == ("host-tool-missing-autotools", 5)
    assert diagnosis.evidence[0].text == LINES[4]


def test_a_title_and_an_empty_line_may_lack_it() -> None:
    wrapped = "".join(f"remote: {line}\n" for line in (*LINES[:3], "", *LINES))
    explanation = explain(io.BytesIO(f"$ git push app\n\n{wrapped}".encode()))
    assert [each.evidence[0].line for each in explanation.diagnoses] == [11]


def test_places_in_one_source_are_no_wrapper() -> None:
    log = "".join(f"gcc_arm64.S:{number}: Error: no such instruction: `blr x{number}'\n" for number in range(30, 40))
    (diagnosis,) = explain(io.BytesIO(f"# runtime/cgo\n{log}".encode())).diagnoses
    assert (diagnosis.cause, diagnosis.culprit) == ("host-gcc-for-foreign-arch", "gcc_arm64.S")


def stripped(lines: list[str]) -> list[str]:
    content = "\n".join(lines).encode()
    wrapper = wrapper_of(content, lambda text: len(re.findall(rb"(?m)^(?:ld|main\.c|make)\b", text)))
    return (wrapper.sub(b"", content) if wrapper else content).decode().split("\n")


@pytest.mark.parametrize(
    "lines",
    [
        [f"ld: {name}.o: undefined reference to `f'" for name in "abcdef"],
        [f"main.c:{number}: error: no" for number in range(3, 30, 4)],
        [f"make[1]: *** [{name}.o] Error 1" for name in "abcdef"],
        ["3: one", "4: two"],
        ["one", "two", "three", "four"],
    ],
    ids=["a linker", "places in one source", "make", "too few lines", "no wrapper"],
)
def test_what_tools_say_is_no_wrapper(lines: list[str]) -> None:
    assert stripped(lines) == lines


def test_what_is_wrapped_keeps_its_indentation() -> None:
    lines = ["one", "  two", "    three", "four"]
    assert stripped([f"app {number}: {line}" for number, line in enumerate(lines)]) == lines


def test_a_known_wrapper_is_left_to_the_list() -> None:
    lines = [f"2026-01-02T03:04:{number:02}.1234567Z {line}" for number, line in enumerate(LINES)]
    assert clean(lines[0].encode()) == LINES[0]
    assert stripped(lines) == lines
