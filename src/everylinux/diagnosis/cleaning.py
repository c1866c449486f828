"""One line of a log as the tool wrote it: without colour, carriage returns, and what CI put before it.

The prefixes are data (``data/logs/prefixes.toml``). A line keeps its number: nothing here adds or removes one.
"""

from __future__ import annotations

import functools
import re

from everylinux.diagnosis.forms import forms
from everylinux.diagnosis.patterns import compiled_for_bytes

# Of a longer line only this much is looked at: no tool's message is longer, and hostile lines are.
LINE_BYTES = 16 << 10
# A wrapper in a wrapper in a wrapper: no log has more.
NESTED = 6
# ECMA-48: control sequences, operating system commands up to their end, and two-character escapes.
_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
# Those of what tools say (HTML Living Standard, 13.5).
_ENTITIES = re.compile(rb"&(?:quot|apos|lt|gt|amp|nbsp|[lr][sd]quo|#0?\d{2,4}|#[xX][\da-fA-F]{2,4});")
# A tracker takes `libc.so` for the name of a site of Somalia's, and makes `[libc.so](http://libc.so/)` of it.
_LINKED = re.compile(rb"\[([\w.\-]+)\]\(https?://\1/?\)")
# Backticks, and the three stars of make, which GitHub's importer of old trackers wrote so (CommonMark 0.31, 2.4).
_ESCAPED = ((rb"\`", b"`"), (rb"**\*", b"***"))
# Curved quotes of UTF-8 that were taken for Latin-1 or Windows-1252, also with the characters lost that none can see.
_MISREAD = re.compile(
    rb"\xc3\xa2(?:\xc2\x80\xc2[\x98\x99\x9c\x9d]|\xe2\x82\xac(?:\xcb\x9c|\xe2\x84\xa2|\xc5\x93|\xc2\x9d))"
    rb"|(?<=[ (])\xc3\xa2(?=\S[^\n\xa2]{0,200}?\S?\xc3\xa2(?:[\s:;,.)]|$))|(?<=\S)\xc3\xa2(?=[\s:;,.)]|$)",
    re.MULTILINE,
)
# Records of JSON, whose strings hold what a program printed (RFC 8259, 7).
_RECORDS = (b'"errorMessage"', b'"message"', b'"msg"', b'{"log":')
_STRING = re.compile(rb'"(?:errorMessage|message|msg|log)": ?"(?:[^"\\\n]|\\.)+')
_IN_STRING = re.compile(rb"\\[nrt]|\\([\"/\\])|(\\u201[89])|(\\u201[cd])")
_BACKSPACE = re.compile(r"[^\b]\x08")
# Control characters of ASCII and of Latin-1 (a terminal may take 0x9b for an escape), separators of lines, and what
# turns the direction of writing around.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def without_colour(content: bytes) -> bytes:
    """Return the text without terminal escapes; line ends stay where they are."""
    return _ESCAPES.sub(b"", content) if b"\x1b" in content else content


def without_markup(content: bytes) -> bytes:
    """Return the text without what web pages and trackers make of it.

    That is: entities of HTML, links of names of files, what stands before marks that Markdown takes for its own,
    quotes of which the encoding was mistaken, and what strings of JSON have for quotes and blanks.
    """
    if b"](http" in content:
        content = _LINKED.sub(rb"\1", content)
    # One byte is found much faster than several, and one text than four: most logs have none of these.
    if b'":' in content and b"\\" in content and any(record in content for record in _RECORDS):
        content = _STRING.sub(_unescaped, content)
    for escaped, mark in _ESCAPED:
        if escaped[-1:] in content and escaped in content:
            content = content.replace(escaped, mark)
    if b"\xc2" in content and b"\xc2\xa0" in content:
        content = content.replace(b"\xc2\xa0", b" ")
    if b"\xc3" in content and b"\xc3\xa2" in content:
        content = _MISREAD.sub(b"'", content)
    return _ENTITIES.sub(_character, content) if b"&" in content else content


def _unescaped(string: re.Match[bytes]) -> bytes:
    """Return a string of JSON with quotes and blanks for what stands for them; it stays one line."""
    return _IN_STRING.sub(
        lambda escape: escape[1] or (b"'" if escape[2] else b'"' if escape[3] else b" "),
        string[0],
    )


def _character(entity: re.Match[bytes]) -> bytes:
    """Return the character that an entity stands for; of one that is none to be shown, an end of a line, itself."""
    import html

    text = html.unescape(entity[0].decode()).replace("\N{NO-BREAK SPACE}", " ")
    return text.encode() if text.isprintable() else entity[0]


def clean(line: bytes) -> str:
    """Return what a tool wrote in this line, without leading and trailing blanks.

    Of a line that was overwritten by carriage returns (progress bars) the last text with a letter or a digit counts.
    """
    line = without_colour(line[:LINE_BYTES])
    text = line.decode(errors="replace")
    if text.isprintable():  # nearly every line: nothing to take out
        return _without_prefixes(text, line).strip()
    if "\r" in text:
        parts = [part for part in text.split("\r") if any(map(str.isalnum, part))]
        text = parts[-1] if parts else ""
    if "\x08" in text:
        text = _BACKSPACE.sub("", text)
    return visible(_without_prefixes(text, text.encode()))


def visible(text: str) -> str:
    """Return the text without what a terminal obeys, and without leading and trailing blanks."""
    return _INVISIBLE.sub("", text).strip()


def _without_prefixes(text: str, encoded: bytes) -> str:
    """Return the text without what wrappers put before it; ``encoded`` is the same in bytes."""
    start = 0
    for _ in range(NESTED):
        match = compiled_for_bytes(_any_prefix()).match(encoded, start)
        if match is None:
            break
        # What a pattern has to see of what follows is in the only group.
        end = match.end() if match[1] is None else match.start(1)
        if end == start:
            break
        start = end
    return encoded[start:].decode(errors="replace") if start else text


@functools.cache
def _any_prefix() -> str:
    """Return one expression for all prefixes, the first that fits counts."""
    return "|".join(f"(?:{each.pattern})" for each in forms().prefix)
