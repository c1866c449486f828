"""Whether anything failed at all, from the events of a log.

What a tool calls an error may have been tolerated: by make's ``(ignored)``, by a later success, or because the build
went on for long after it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from everylinux.diagnosis.endings import ended_well, failed_ending, goes_on, went_on
from everylinux.diagnosis.events import BREAKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.diagnosis.events import Event
    from everylinux.diagnosis.knowledge import Weight
    from everylinux.diagnosis.scanning import Log

# make writes ``(ignored)`` right below what failed; longer output of one command is rare.
TOLERATED_LINES = 60
# So near the end of a log a complaint is what ended it.
COMPLAINT_LINES = 12
# A check that prints what its compiler says has its answer, and the next one, soon after.
CHECK_LINES = 12
# An error that nothing came of for so many lines did not end the build.
FORGOTTEN_LINES = 400

# What the shell says of a configure script's own lines.
_OF_CONFIGURE = re.compile(r"(?:\S*/)?configure: (?:line )?\d+: ")

# The notes that tell whether errors came to anything.
ASKED = (
    "tests-passed",
    "tests-begun",
    "test-named",
    "package-failed",
    "went-on",
    "make-left",
    "trial-shown",
    "cmake-generated",
    "step-again",
)


def failing_events(log: Log) -> list[Event]:
    """Return the events of the failures in a log, in the order of its lines; empty where nothing failed.

    Where no tool's own words tell one, the end of the log may do in general ones.
    """
    telling = _told_failures(log)
    if telling:
        return telling
    ending = failed_ending(log, _last(log, "success", "passed", "retried", "tolerated"))
    return [ending] if ending else []


def _told_failures(log: Log) -> list[Event]:
    breaking = [event for event in log.events if event.weight in BREAKING]
    if not breaking:
        return []
    log.prepare(ASKED)
    tolerated = [event.line for event in log.events if event.weight == "tolerated"]
    tested = [*_passed_tests(log), *_shown_trials(log)]
    telling = [
        event
        for event in breaking
        if not any(0 <= line - event.line <= TOLERATED_LINES for line in tolerated)
        and not any(begin < event.line < end for begin, end in tested)
    ]
    failures = [event for event in telling if event.weight == "failure"]
    if failures:
        return telling if failures[-1].line >= _last(log, "success") else []
    end = max([log.lines - COMPLAINT_LINES, *(line + 1 for line in _went_on(log))])
    telling = [event for event in telling if event.weight != "complaint" or event.line >= end]
    if not telling or _last(log, "success", "passed", "retried") >= telling[-1].line:
        return []
    complained = all(event.weight == "complaint" for event in telling)
    if ended_well(log, telling[-1].line) or (complained and went_on(log, telling[-1].line)):
        return []
    # A make that leaves a folder without a word of its own has ended well there, whatever was said before.
    left = max((event.line for event in log.of_kind("make-left")), default=0)
    if left > telling[-1].line or max(_went_on(log), default=0) > telling[-1].line + TOLERATED_LINES:
        return []
    return telling if log.lines - telling[-1].line <= FORGOTTEN_LINES else []


def without_forgotten(log: Log, telling: Sequence[Event]) -> list[Event]:
    """Return the events without those that the build most likely got over, though something failed later.

    That is: all before the last success, or the last time that a step was run again, that a failure follows; errors
    that a part ended well after, or that were tried again long before a step failed; complaints after which CMake came
    to its end, or the build went on for as long; what a check of a configure script printed before the next one, and
    what the shell said of a script that came to its end.
    """
    telling = without_passed_checks(log, telling)
    failures = [event.line for event in telling if event.weight == "failure"]
    if not failures:
        return telling
    over = (*(event for event in log.events if event.weight == "success"), *log.of_kind("step-again"))
    begin = max((event.line for event in over if event.line < failures[-1]), default=0)
    lines: dict[str, list[int]] = {
        weight: [event.line for event in log.events if event.weight == weight] for weight in ("passed", "retried")
    }
    lines["going-on"] = _went_on(log)
    lines["configured"] = [event.line for event in log.of_kind("went-on") if event.text.startswith("config.status: ")]
    lines["generated"] = [event.line for event in log.of_kind("cmake-generated")]

    def is_forgotten(event: Event) -> bool:
        if event.line < begin:
            return True
        after = bisect_left(failures, event.line)
        if event.weight == "failure" or after == len(failures):
            return False
        end = failures[after]
        weights = ["configured", "passed"] if _OF_CONFIGURE.match(event.text) else ["passed"]
        if event.weight == "complaint":
            weights.append("generated")
        if end - event.line > TOLERATED_LINES:
            weights += ["retried", "going-on"] if event.weight == "complaint" else ["retried"]
        return any(bisect_left(lines[weight], event.line) < bisect_left(lines[weight], end) for weight in weights)

    return [event for event in telling if not is_forgotten(event)]


def without_passed_checks(log: Log, telling: Sequence[Event]) -> list[Event]:
    """Return the events without what a check printed whose configure script went on: it takes an error for an answer.

    What a compiler says stands behind the check's own words, or on a line between two checks.
    """
    going_on = _went_on(log)
    checks = [event.line for event in log.of_kind("went-on") if event.text.startswith("checking ")]

    def is_of_passed_check(event: Event) -> bool:
        if "configure: error: " in event.text or _OF_CONFIGURE.match(event.text):
            return False
        nexts = going_on
        if not event.text.startswith("checking "):
            before = bisect_left(checks, event.line)
            if not before or event.line - checks[before - 1] > CHECK_LINES:
                return False
            nexts = checks
        after = bisect_left(nexts, event.line + 1)
        return after < len(nexts) and nexts[after] - event.line <= CHECK_LINES

    return [event for event in telling if not is_of_passed_check(event)]


def _passed_tests(log: Log) -> list[tuple[int, int]]:
    """Return where runs of tests begin and end that all passed: what is said in between is the tests' own."""
    passed = [event.line for event in log.of_kind("tests-passed")]
    begins = [event.line for event in log.of_kind("tests-begun")]
    # Go says nothing at the beginning of a package, and names each test.
    named = [event.line for event in log.of_kind("test-named")]
    ends = sorted({*passed, *(event.line for event in log.of_kind("package-failed"))})
    found = []
    for end in passed:
        before = ends[bisect_left(ends, end) - 1] if ends[0] < end else 0
        begin = max((line for line in begins if before < line < end), default=0)
        begin = begin or min((line for line in named if before < line < end), default=0)
        if begin:
            found.append((begin, end))
    return found


def _shown_trials(log: Log) -> list[tuple[int, int]]:
    """Return where configurations show what they tried in vain, and where they went on after it."""
    begins = [event.line for event in log.of_kind("trial-shown")]
    over = [event.line for event in log.of_kind("trial-over")] if begins else []
    return [(begin, over[after]) for begin in begins if (after := bisect_left(over, begin + 1)) < len(over)]


def _went_on(log: Log) -> list[int]:
    """Return the lines that show that the build just goes on; a complaint before them ended nothing."""
    return [event.line for event in log.of_kind("went-on")]


def _last(log: Log, *weights: Weight) -> int:
    """Return the last line with an event of one of these weights, 0 without one."""
    return max((event.line for event in log.events if event.weight in weights), default=0)


def is_whole(log: Log) -> bool:
    """Return whether the log has its end: it ends with a line or a success, and nothing says that something is cut off.

    What is copied or kept in a variable of a shell often lacks the last end of line.
    """
    if any(event.weight == "cut" for event in log.events) or goes_on(log):
        return False
    return log.whole or (bool(log.last) and _last(log, "success", "passed") == log.last[-1][0])
