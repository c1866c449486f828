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
