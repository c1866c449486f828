"""What a tool said in one line of a log."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.diagnosis.patterns import compiled_for_bytes, groups

if TYPE_CHECKING:
    from everylinux.diagnosis.knowledge import Pattern, Weight

# Weights of what may have broken a build, and of what breaks nothing: matched when a cause asks for it.
BREAKING = frozenset({"error", "failure", "complaint"})
LAZY = frozenset({"note", "warning"})
# A line of source that a compiler shows below its message, what npm says before it goes on without a package or a file,
# and a test that passed, whatever it is called.
_HARMLESS = re.compile(
    r"\d+ +\| |npm (?:WARN|warn) (?:optional|notsup|skipping|deprecated|enoent|old|config|EBADENGINE|EBADPLATFORM)\b"
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


def event_in(pattern: Pattern, number: int, text: str, encoded: bytes) -> Event | None:
    """Return the event that a pattern tells in a cleaned line, ``None`` where it does not match.

    ``encoded`` is the same text in UTF-8: it is searched by many patterns, and few match.
    """
    match = compiled_for_bytes(pattern.pattern).search(encoded)
    if match is None or (pattern.weight in BREAKING and _HARMLESS.match(text)):
        return None
    found = {"tool": pattern.tool, **pattern.named}
    for name, place in groups(pattern.pattern):
        value: bytes | None = match[place]
        if value is not None:
            # The forms of one message capture the same thing in several places, and a name may stand only once.
            found.setdefault(name.rstrip("0123456789"), value.decode())
    return Event(number, text, pattern.kind, pattern.weight, pattern.tool, found, pattern.cause)
