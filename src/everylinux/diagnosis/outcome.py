"""Whether anything failed at all, from the events of a log.

What a tool calls an error may have been tolerated: by make's ``(ignored)``, by a later success, or because the build
went on for long after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    last_success = max((event.line for event in log.events if event.weight == "success"), default=0)
    telling = [
        event
        for event in log.events
        if event.weight in BREAKING and not any(0 <= line - event.line <= TOLERATED_LINES for line in tolerated)
    ]
    failures = [event for event in telling if event.weight == "failure"]
    end = log.lines - COMPLAINT_LINES
    telling = [event for event in telling if event.weight != "complaint" or failures or event.line >= end]
    if failures:
        return telling if failures[-1].line >= last_success else []
    if not telling or last_success > telling[-1].line:
        return []
    return telling if log.lines - telling[-1].line <= FORGOTTEN_LINES else []


def is_whole(log: Log) -> bool:
    """Return whether the log has its end: it ends with a line, and nobody says that something was cut off."""
    return log.whole and not any(event.weight == "cut" for event in log.events)
