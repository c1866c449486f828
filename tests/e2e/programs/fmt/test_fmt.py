"""fmt's own tests (exceptions, iostreams, files, thread ids) and googletest's stress tests (threads) pass."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from programs.trial import BuiltProgram

SUITES = ("args-test", "format-test", "os-test", "ostream-test", "std-test")
STRESS = ("gmock_stress_test", "gtest_stress_test")
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


def test_googletest_passes_its_stress_tests(program: BuiltProgram) -> None:
    for name in STRESS:
        done = program.run(name)
        # Failures in many threads at once are what they are made of; each says at its end whether all of them came.
        assert (done.exit, done.stdout[-6:]) == (0, b"\nPASS\n"), f"{name}: {done.stderr[-2000:]!r}"
