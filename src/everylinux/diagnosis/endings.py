"""How a log ends in which no pattern tells a failure: words that programs without a common author have for it.

The words are data (``data/logs/endings.toml``). They count in the last lines alone, and only where nothing after them
shows that the build went on: logs of good builds are full of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.diagnosis.events import Event
from everylinux.diagnosis.forms import forms
from everylinux.diagnosis.patterns import captures, compiled, compiled_for_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from everylinux.diagnosis.forms import Form
    from everylinux.diagnosis.scanning import Log

KIND = "ended-in-failure"
# Of what is counted in percent.
HUNDRED = "100"


def failed_ending(log: Log, after: int) -> Event | None:
    """Return the first of the last lines, after line ``after``, that tells a failure; ``None`` without one.

    Some wrappers' marks are words of failure themselves (``[ERROR]``, ``npm ERR!``): lines are read with them, too.
    """
    found: Event | None = None
    lines = zip(log.last, log.uncleaned, strict=True)
    for distance, ((number, text), uncleaned) in enumerate(reversed([*lines]), 1):
        if number <= after or is_fine(text):
            break
        if tells_failure(text, distance) or tells_failure(uncleaned, distance):
            found = Event(number, text, KIND, "failure", "", {})
    return found


def went_on(log: Log, after: int) -> bool:
    """Return whether one of the last lines after this one says that the build went on, or ended well."""
    return any(number > after and is_fine(text) for number, text in log.last)


def tells_failure(text: str, distance: int = 1) -> bool:
    """Return whether a line tells a failure that stands so many lines from the end."""
    return any(distance <= form.within and _in(form, text) for form in forms().ending) and not _matches(
        forms().harmless, text
    )


def is_fine(text: str) -> bool:
    """Return whether a line is of those that are said where a build goes on, or ended well."""
    return (_matches(forms().on, text) or _matches(forms().well, text)) and not tells_failure(text)


def ended_well(log: Log, after: int) -> bool:
    """Return whether the last line with text stands after this one, and says that all ended well."""
    if not log.last:
        return False
    number, text = log.last[-1]
    return number > after and _matches(forms().well, text) and not tells_failure(text)


def goes_on(log: Log) -> bool:
    """Return whether the last line with text is one that others follow: one of several steps, an open question."""
    text = log.last[-1][1] if log.last else ""
    found = ((form.pattern, compiled_for_bytes(form.pattern).search(text.encode())) for form in forms().begun)
    return any(match is not None and not _is_last_step(dict(captures(pattern, match))) for pattern, match in found)


def _is_last_step(counted: Mapping[str, str]) -> bool:
    """Return whether what was counted is all of it; what counts nothing is never the last."""
    return "done" in counted and _amount(counted["done"]) >= _amount(counted.get("all", HUNDRED))


def _amount(digits: str) -> tuple[int, str]:
    """Return what orders numbers of any length; Python reads none of more than 4,300 digits."""
    digits = digits.lstrip("0")
    return len(digits), digits


def _matches(group: Iterable[Form], text: str) -> bool:
    return any(_in(form, text) for form in group)


def _in(form: Form, text: str) -> bool:
    return compiled(form.pattern).search(text) is not None
