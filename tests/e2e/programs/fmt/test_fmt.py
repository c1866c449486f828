"""fmt's own tests (exceptions, iostreams, files, thread ids) and googletest's stress tests (threads) pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from programs.trial import BuiltProgram

SUITES = ("args-test", "format-test", "gmock_stress_test", "gtest_stress_test", "os-test", "ostream-test", "std-test")
STARTED = re.compile(r"\[=+\] Running (\d+) tests? from")
PASSED = re.compile(r"\[  PASSED  \] (\d+) tests?\.")


def test_fmt_passes_its_own_tests(program: BuiltProgram) -> None:
    assert set(SUITES) <= set(program.files)
    for suite in SUITES:
        done = program.run(suite)
        output = done.stdout.decode()
        started, passed = STARTED.search(output), PASSED.search(output)
        assert done.exit == 0, f"{suite}: {output[-2000:]} {done.stderr[-2000:]!r}"
        assert started is not None, output
        assert passed is not None, output
        assert int(started[1]) == int(passed[1]) > 0
