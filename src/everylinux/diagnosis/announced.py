"""Messages that a line announces and the lines below it hold: what a project's own build files say when they refuse.

CMake prints the text of `message(FATAL_ERROR)`, and what it says of a target that it does not know, indented, in
paragraphs of 77 columns (Source/cmMessenger.cxx, cmDocumentationFormatter), Rust the text of a panic below its place
(library/std/src/panicking.rs), a configure script that of AC_MSG_ERROR as it is written, which may begin on the next
line (autoconf's lib/m4sugar/m4sh.m4, AS_ERROR).
"""

from __future__ import annotations

import re

# The announcement, and what goes on with it: indented lines and what is blank between them; for Rust what is not blank,
# up to the note about a backtrace; for configure what begins like a sentence. What a wrapper puts before a line stands
# before each.
_CMAKE = re.compile(
    rb"(.*?)CMake Error at .+:\d+ \((?:message|MESSAGE|target_link_libraries|add_(?:executable|library))\):$"
)
_PANIC = re.compile(rb"(.*?)thread '<?main>?'(?: \(\d+\))? panicked at \S*build\.rs:\d+:\d+:$")
_CONFIGURE = re.compile(rb"(.*?)configure: error:$")
# A blank line of a quotation keeps its mark.
_PARAGRAPHS = rb"(?: {2,}\S|[|>]?$)"
_TEXT = rb"(?! *(?:note: |stack backtrace:)).*\S"
# Rules and blank lines above and below a text, of which only the text counts.
_RULE = b"=-*#+_~"
_SENTENCE = rb" *(?!See `config|make\b|g?make\[|error\b|ninja\b)(?:[\w('\"*].*|[=\-*#+_~]{4,} *$|$)"
# What another program said comes below.
_QUOTED = (b"following output:", b"following errors:")
# No text is longer.
MOST_LINES = 30
_VARIABLE = re.compile(rb"[\d.:]+")


def gathered(lines: list[bytes]) -> tuple[list[bytes], list[int]]:
    """Return the lines with each announced message put behind its announcement, and the number of each line from 1."""
    told: list[bytes] = []
    begins: list[int] = []
    goes_on: re.Pattern[bytes] | None = None
    for number, line in enumerate(lines, 1):
        if goes_on and number - begins[-1] <= MOST_LINES and (found := goes_on.match(line)):
            text = line[found.end(1) :].strip(b" |>")
            told[-1] = told[-1].rstrip(b" ") + (b" " + text if text.strip(_RULE) else b"")
            if text.endswith(_QUOTED):
                goes_on = None
            continue
        told.append(line)
        begins.append(number)
        goes_on = _continuation(line)
    return told, begins


def _continuation(line: bytes) -> re.Pattern[bytes] | None:
    """Return what matches the lines that go on with what a line announces, after what wrappers put before them."""
    line = line.rstrip(b" ")
    if not line.endswith(b":"):
        return None
    for announcement, text in ((_CMAKE, _PARAGRAPHS), (_PANIC, _TEXT), (_CONFIGURE, _SENTENCE)):
        found = announcement.match(line)
        if found is not None:
            # Only the time, or a number of a line, is another one.
            parts = [re.escape(part) for part in _VARIABLE.split(found[1].rstrip())]
            return re.compile(rb"(" + rb"[\d.:]+".join(parts) + rb")" + _spaces(found[1]) + text)
    return None


def _spaces(before: bytes) -> bytes:
    """Return what matches the blanks between what a wrapper puts before a line and the line: none where it is blank."""
    return rb"(?: |$)" if before.strip() and before.endswith(b" ") else rb""
