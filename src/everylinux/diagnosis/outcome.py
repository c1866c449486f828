"""Whether anything failed at all, from the events of a log.

What a tool calls an error may have been tolerated: by make's ``(ignored)``, by a later success, or because the build
went on for long after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from everylinux.diagnosis.knowledge import Weight
    from everylinux.diagnosis.scanning import Event, Log

# make writes ``(ignored)`` right below what failed; longer output of one command is rare.
TOLERATED_LINES = 60
# Weights of what may have broken a build.
BREAKING = frozenset({"error", "failure", "complaint"})
# So near the end of a log a complaint is what ended it.
COMPLAINT_LINES = 12
# An error that nothing came of for so many lines did not end the build.
FORGOTTEN_LINES = 400


def failing_events(log: Log) -> list[Event]:
    """Return the events of the failures in a log, in the order of its lines; empty where nothing failed."""
    tolerated = [event.line for event in log.events if event.weight == "tolerated"]
    telling = [
        event
        for event in log.events
        if event.weight in BREAKING and not any(0 <= line - event.line <= TOLERATED_LINES for line in tolerated)
    ]
    failures = [event for event in telling if event.weight == "failure"]
    if failures:
        return telling if failures[-1].line >= _last(log, "success") else []
    end = max(log.lines - COMPLAINT_LINES, _last(log, "going-on") + 1)
    telling = [event for event in telling if event.weight != "complaint" or event.line >= end]
    if not telling or _last(log, "success", "passed") >= telling[-1].line:
        return []
    return telling if log.lines - telling[-1].line <= FORGOTTEN_LINES else []


def _last(log: Log, *weights: Weight) -> int:
    """Return the last line with an event of one of these weights, 0 without one."""
    return max((event.line for event in log.events if event.weight in weights), default=0)


def is_whole(log: Log) -> bool:
    """Return whether the log has its end: it ends with a line or a success, and nobody says that something was cut off.

    What is copied or kept in a variable of a shell often lacks the last end of line.
    """
    if any(event.weight == "cut" for event in log.events):
        return False
    return log.whole or (bool(log.last) and _last(log, "success", "passed") == log.last[-1][0])
