"""The messages of many tools, each told for what it means where a log holds nothing else (``data/messages.txt``)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from everylinux.diagnosis import explain

TABLE = Path(__file__).parent / "data/messages.txt"
MESSAGES = [
    tuple(line.split(": ", 1))
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]


@pytest.mark.parametrize(("cause", "message"), MESSAGES, ids=lambda text: text[:40])
def test_a_message_is_told(cause: str, message: str) -> None:
    log = message.replace("\\n", "\n").replace("\\t", "\t") + "\n"
    explanation = explain(io.BytesIO(log.encode()))
    assert [diagnosis.cause for diagnosis in explanation.diagnoses][:1] == [cause]


def test_no_message_stands_twice() -> None:
    assert len(set(MESSAGES)) == len(MESSAGES)


@pytest.mark.parametrize(
    "sentence",
    [
        "WARNING: doxygen not found, documentation will not be built",
        "Warning: bison is not installed, using shipped parser",
        "sphinx is not installed, skipping manual",
        "skipping: git not found",
        "pandoc missing (optional)",
        "* perl is required only for maintainers",
        "INFO: No prebuilt binary for this platform, building from source",
    ],
)
def test_what_a_script_does_without_is_no_reason(sentence: str) -> None:
    log = f"{sentence}\nmake: *** [Makefile:35: all] Error 1\n"
    assert explain(io.BytesIO(log.encode())).diagnoses == ()


def test_a_mistake_of_the_source_comes_before_a_program_that_a_script_missed() -> None:
    log = "bison not found\nsrc/foo.c:3:5: error: expected ';' before 'return'\nmake: *** [Makefile:35: all] Error 1\n"
    explanation = explain(io.BytesIO(log.encode()))
    assert [diagnosis.cause for diagnosis in explanation.diagnoses] == ["not-portability/type-error"]
