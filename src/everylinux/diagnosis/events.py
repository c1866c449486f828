"""What a tool said in one line of a log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.diagnosis.cleaning import LINE_BYTES
from everylinux.diagnosis.patterns import captures, compiled_for_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.diagnosis.knowledge import Pattern, Weight

# Weights of what may have broken a build, and of what breaks nothing: matched when a cause asks for it.
BREAKING = frozenset({"error", "failure", "complaint"})
LAZY = frozenset({"note", "warning"})
# A line of source that a compiler shows below its message, what npm says before it goes on without a package or a file,
# debconf before it goes on with another way of asking, and a test that passed, whatever it is called.
_HARMLESS = re.compile(
    r"\d+ +\| |npm (?:WARN|warn) (?:optional|notsup|skipping|deprecated|enoent|old|config|EBADENGINE|EBADPLATFORM)\b"
    r"|debconf: (?:unable to initialize frontend|falling back|delaying|\()"
    r"|.*\.\.\. (?:ok|passed|PASSED|PASS)$"
)


class Event(msgspec.Struct, frozen=True):
    """One thing that a tool said: the line's number from 1, its cleaned text, and what was captured in it."""

    line: int
    text: str
    kind: str
    weight: Weight
    tool: str
    found: dict[str, str]
    cause: str = ""


def holds_one(texts: Sequence[bytes], line: bytes) -> bool:
    """Return whether a line has one of the texts that a match is to contain; each has where there are none."""
    return not texts or any(text in line[:LINE_BYTES] for text in texts)


def event_in(pattern: Pattern, number: int, text: str, encoded: bytes) -> Event | None:
    """Return the event that a pattern tells in a cleaned line, ``None`` where it does not match.

    ``encoded`` is the same text in UTF-8: it is searched by many patterns, and few match.
    """
    match = compiled_for_bytes(pattern.pattern).search(encoded)
    if match is None or (pattern.weight in BREAKING and _HARMLESS.match(text)):
        return None
    found = {"tool": pattern.tool, **pattern.named}
    for name, value in captures(pattern.pattern, match):
        found.setdefault(name, value)
    return Event(number, text, pattern.kind, pattern.weight, pattern.tool, found, pattern.cause)
