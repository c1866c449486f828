"""From the causes that a log shows to its failures: the first thing that broke, and what follows from it."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.diagnosis.events import Event
    from everylinux.diagnosis.matching import Match

MOST_FAILURES = 5
MOST_CONSEQUENCES = 5
# What says of a step only that it failed: what broke stands above.
STEP_ENDS = frozenset({"make-failed", "link-failed", "ninja-failed", "scons-failed", "cmake-incomplete"})
# Where a log begins with the end of a step, what broke was cut off.
BEGINNING_LINES = 3
# A build that goes on for so many lines after a complaint did not fail for it.
PASSED_LINES = 20


class Failure(msgspec.Struct, frozen=True):
    """One root cause with the match that shows it best, and the events that follow from it.

    ``after`` is the end of a step that had failed before all that is known: this most likely came of it.
    """

    match: Match
    consequences: tuple[Event, ...]
    after: Event | None = None


def failures(found: Sequence[Match], telling: Sequence[Event]) -> tuple[Failure, ...]:
    """Return the independent failures of a log, the first that broke first.

    ``telling`` are the events of what failed. A match counts that lies in one of these events, or has one near it.
    Of several causes for one line the sure ones come before the likely, and those that want more before those that want
    less. What decides between the rest is told by the causes themselves (`Known.rather_than`); their names never are.
    """
    lines = {event.line for event in telling}
    counted = sorted(
        (match for match in found if any(event.line in lines for event in (match.event, *match.near))),
        key=_order,
    )
    rejected = {(match.event.line, other) for match in counted for other in match.cause.rather_than}
    counted = [
        match for match in counted if not match.cause.harmless and (match.event.line, match.cause.id) not in rejected
    ]
    failed = [event.line for event in telling if event.weight == "failure"]
    counted = [match for match in counted if not _is_passed(match, failed)]
    after = _unknown_before(counted[0], telling) if counted else None
    sure = [match for match in counted if not match.signal.likely]
    roots: list[Match] = []
    for match in sure or counted:
        if len(roots) < MOST_FAILURES and not any(_follows(match, root, telling) for root in roots):
            roots = [
                root for root in roots if match.cause.id == root.cause.id or root.cause.id not in match.cause.leads_to
            ]
            roots.append(match)
    return tuple(Failure(root, _consequences(root, roots, telling), after) for root in roots)


def _is_passed(match: Match, failed: Sequence[int]) -> bool:
    """Return whether a guess is about what a tool complained of long before a line of ``failed``."""
    if not match.signal.likely or match.event.weight != "complaint":
        return False
    after = bisect_left(failed, match.event.line)
    return after < len(failed) and failed[after] - match.event.line > PASSED_LINES


def _unknown_before(first: Match, telling: Sequence[Event]) -> Event | None:
    """Return the end of a step that failed before all that is known, ``None`` without one."""
    begin = min(event.line for event in (first.event, *first.near))
    ends = (event for event in telling if event.kind in STEP_ENDS and BEGINNING_LINES < event.line < begin)
    return next((end for end in ends if not _goes_on(end, begin, telling)), None)


def _goes_on(end: Event, line: int, telling: Sequence[Event]) -> bool:
    """Return whether CMake's own last words have its errors behind them: a log with standard error after the output."""
    return end.kind == "cmake-incomplete" and any(
        event.kind == "cmake-error" and end.line < event.line <= line for event in telling
    )


def _order(match: Match) -> tuple[int, bool, int, int, str]:
    """Return where a match stands among those of its line.

    What has to be there narrows a signal down, another event more than a capture. What must not be there only keeps it
    from what is mistaken for it, as every signal that many things are mistaken for has to: it counts where the rest is
    equal.
    """
    signal = match.signal
    wanted = len(signal.where) + 2 * len(signal.near)
    unwanted = len(signal.without) + len(signal.unless)
    return match.event.line, signal.likely, -wanted, -unwanted, match.cause.id


def _follows(match: Match, root: Match, telling: Sequence[Event]) -> bool:
    """Return whether a later match is no failure of its own: the same cause, the same line, or a consequence.

    What comes after a failed step of the root, in another step that failed as well, is a failure of its own; else a
    later sign in the same step is a consequence, unless its cause brings the root's signs with it.
    """
    if match.cause.id == root.cause.id or match.event.line == root.event.line:
        return True
    if match.cause.id in root.cause.leads_to:
        return True
    if root.cause.id in match.cause.leads_to:
        return False
    return not any(event.weight == "failure" and root.event.line < event.line < match.event.line for event in telling)


def _consequences(root: Match, roots: Sequence[Match], telling: Sequence[Event]) -> tuple[Event, ...]:
    others = {match.event.line for match in roots}
    seen: set[int] = set()
    following = []
    for event in telling:
        if event.line > root.event.line and event.line not in others | seen:
            seen.add(event.line)
            following.append(event)
    return tuple(following[:MOST_CONSEQUENCES])
