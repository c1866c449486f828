"""One line of a log as the tool wrote it: without colour, carriage returns, and what CI put before it.

The prefixes are data (``data/logs/prefixes.toml``). A line keeps its number: nothing here adds or removes one.
"""

from __future__ import annotations

import functools
import re
import tomllib

from everylinux import data
from everylinux.diagnosis.patterns import compiled

# Of a longer line only this much is looked at: no tool's message is longer, and hostile lines are.
LINE_BYTES = 16 << 10
# A wrapper in a wrapper in a wrapper: no log has more.
NESTED = 6
# ECMA-48: control sequences, operating system commands up to their end, and two-character escapes.
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_BACKSPACE = re.compile(r"[^\b]\x08")
# Control characters of ASCII and of Latin-1 (a terminal may take 0x9b for an escape), separators of lines, and what
# turns the direction of writing around.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def without_colour(content: bytes) -> bytes:
    """Return the text without terminal escapes; line ends stay where they are."""
    return _ESCAPES.sub(b"", content) if b"\x1b" in content else content


def clean(line: bytes) -> str:
    """Return what a tool wrote in this line, without leading and trailing blanks.

    Of a line that was overwritten by carriage returns (progress bars) the last text that is not blank counts.
    """
    text = without_colour(line[:LINE_BYTES]).decode(errors="replace")
    if "\r" in text:
        parts = [part for part in text.split("\r") if part.strip()]
        text = parts[-1] if parts else ""
    if "\x08" in text:
        text = _BACKSPACE.sub("", text)
    for _ in range(NESTED):
        shorter = _without_prefix(text)
        if shorter == text:
            break
        text = shorter
    return visible(text)


def visible(text: str) -> str:
    """Return the text without what a terminal obeys, and without leading and trailing blanks."""
    return _INVISIBLE.sub("", text).strip()


def _without_prefix(text: str) -> str:
    if not compiled(_any_prefix()).match(text):
        return text
    for pattern, kept in _prefixes():
        match = compiled(pattern).match(text)
        if match and match.end() > kept:
            return text[match.end() - kept :]
    return text


@functools.cache
def _any_prefix() -> str:
    """Return one expression for all prefixes: nearly every line has none, and that is seen at once."""
    return "|".join(f"(?:{pattern})" for pattern, _ in _prefixes())


@functools.cache
def _prefixes() -> tuple[tuple[str, int], ...]:
    """Return each pattern, and how much of its end belongs to what follows."""
    facts = tomllib.loads(data.read("logs/prefixes.toml").decode())
    return tuple((each["pattern"], each.get("kept", 0)) for each in facts["prefix"])
