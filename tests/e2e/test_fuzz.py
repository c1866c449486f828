"""A short run of the fuzzer: always the same inputs, of every kind (`make fuzz` runs it long)."""

from __future__ import annotations

import pytest

from fuzz.run import fuzz
from fuzz.seeds import short_seeds

pytestmark = pytest.mark.e2e

INPUTS = 1200
SECONDS = 12


def test_nothing_breaks() -> None:
    outcome = fuzz(short_seeds(), seed=0, first=0, inputs=INPUTS, jobs=2, seconds=SECONDS)
    assert not outcome.findings
    # On a busy machine the time is up before the inputs are.
    assert outcome.inputs > INPUTS // 20
