"""What word processors, forums, trackers and consoles made of a log, undone where it hides what the log tells."""

from __future__ import annotations

import re

# What is made of straight quotes, and of the curved ones that tools write in UTF-8.
_QUOTES = {"'": "\u2018\u2019\u201a\u2032", '"': "\u201c\u201d\u201e\u2033"}
# The first byte that `cat -v` writes with the letter of its lower seven bits, not of a control character.
_FIRST_LETTER = 0xA0


def _escaped(quote: str) -> tuple[bytes, ...]:
    """Return a curved quote as printers write it that have ASCII only.

    JSON's and Java's escape, those of Python's bytes, those of octal digits (`ls -b`, git), and `cat -v`'s.
    """
    written = quote.encode()
    return (
        quote.encode("unicode_escape"),
        b"".join(b"\\x%02x" % byte for byte in written),
        b"".join(b"\\%03o" % byte for byte in written),
        b"".join(b"M-%c" % (byte - 128) if byte >= _FIRST_LETTER else b"M-^%c" % (byte - 64) for byte in written),
    )


_STRAIGHT = {
    written: straight.encode()
    for straight, curved in _QUOTES.items()
    for quote in curved
    for written in (quote.encode(), *_escaped(quote))
}
_CURVED = re.compile(b"|".join(map(re.escape, _STRAIGHT)))
# What stands for a quote where a console or a program had no character for it, or for each of its bytes. (`re` finds a
# first byte ten times as fast as a first choice.)
_LOST = (rb"\?\??\??", rb"\xef\xbf\xbd(?:\xef\xbf\xbd){0,2}")
# A word, or a few, within lost quotes, and a word in those of GNU tools before 2012.
_WITHIN = (
    re.compile(rb"`([^\s`']+)'"),
    *(re.compile(rb"%b([^\s?\xef]+(?: [^\s?\xef]+){0,3})%b(?![\w?])" % (lost, lost)) for lost in _LOST),
)
# What Markdown has for its own marks in a text, and for the end of a line (CommonMark 0.31, 2.4 and 6.7).
_MARKED = re.compile(rb"\\([*_\[\](){}<>#+\-.!|~`])|\\$", re.MULTILINE)
# No tool writes these: escapes of curved quotes, stars of make that are none of Markdown's, quotes that were lost.
_SURE = re.compile(
    rb"\\(?:u20|xe2\\x80\\x|342\\200\\)\d|M-bM-\^@M-\^[XY]|\\\*\\\*\\\* |"
    rb"(?:error|warning|note): (?:[^?\n]{0,200} )?%(q)b[^\s?\xef]+%(q)b(?:[\s;:,.)]|$)"
    % {b"q": b"(?:%b)" % b"|".join(_LOST)},
    re.MULTILINE,
)


def is_typeset(content: bytes) -> bool:
    """Return whether a log shows that what its tools wrote was written anew: it has what no tool writes."""
    return _SURE.search(content) is not None or 2 * content.count(b"\\\n") > content.count(b"\n")


def plain(content: bytes) -> bytes:
    """Return the text with straight quotes for all others, and without what Markdown puts before marks.

    Tools write curved quotes and backslashes, too: this is for a text that `is_typeset`, or tells nothing as it is.
    """
    content = _CURVED.sub(lambda quote: _STRAIGHT[quote[0]], content)
    for within in _WITHIN:
        content = within.sub(rb"'\1'", content)
    return _MARKED.sub(lambda mark: mark[1] or b"", content)
