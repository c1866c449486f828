"""A log whose lines were broken again, by a mail program, a terminal or hand, with its lines put together.

Nothing in such a log says so. What does is that lines end where the next word did not fit any more (RFC 3676, 4.2), all
at the same last column, or in the middle of a message.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec

from everylinux.diagnosis.announced import gathered

if TYPE_CHECKING:
    from everylinux.evidence import Diagnosis, Explanation

# Mail is broken at 65 to 78 columns between words, terminals have 80 and more and break anywhere.
NARROWEST, WIDEST_OF_MAIL = 60, 100
USUAL_TERMINAL = 80
# Of a broken log so many lines and such a share of them at least end at the edge.
BROKEN_LINES, BROKEN_SHARE = 4, 0.25
_QUOTED = re.compile(rb"(?:>(?: >)* |\| )?")
_TOOLS = rb"ld|as|ar|cc|gcc|clang|[gc]\+\+|clang\+\+"
# A tool that says something, by its name or whole path, wherever lines end.
_SAYS = re.compile(rb"(?:/\S*/)?(?:[\w.+\-]*-)?(?:%s|collect2|g?make(?:\[\d+\])?): " % _TOOLS)
# A line that begins a message of its own: who says it, a place in a file, a prompt, a step.
_BEGINS = re.compile(
    rb"[\w+\-]+(?:\[\d+\])?:\s|\S*[/\-](?:%s)(?:\.\w+)?:"
    rb"|\S+:\d+[:)]|[$#*\-+\[=|] ?[\w\[*|^~]|(?:fatal )?(?:error|warning|note)\b" % _TOOLS
)
# An end of a line that is no end of a message. What ends with a colon is one when it has said something before.
_UNFINISHED = re.compile(rb"(?:\S: \S.*:|[,(]|\b(?:required by|needed by|reference to|file or|symbol))$")
# An end that announces the message, which is in the next line, whatever that begins with: configure's AC_MSG_ERROR with
# a text of several lines (Autoconf manual, Printing Messages).
_ANNOUNCES = re.compile(rb"(?:^|[\s:])configure(?:\.sh)?: error:$")
# So much of a line's end is looked at.
END_BYTES = 400


class Rejoined(msgspec.Struct, frozen=True):
    """A log with lines put together: its ``content``, and in which line of the log each of its lines begins.

    ``sure``: so many of its lines end at one edge that this is no chance.
    """

    content: bytes
    begins: tuple[int, ...]
    sure: bool

    def leaves(self, line: int) -> bool:
        """Whether a line of the log, by its number from 1, is as it was."""
        place = bisect_left(self.begins, line)
        return self.begins[place : place + 2] in {(line, line + 1), (line,)}

    def begin(self, line: int) -> int:
        """Return in which line of the log the whole line begins of which a line of the log, by its number, is part."""
        return self.begins[bisect_right(self.begins, line) - 1]


def rejoined(content: bytes) -> Rejoined | None:
    """Return a log with the lines put together that were broken; ``None`` where none seems to be."""
    split = [_QUOTED.sub(b"", _unpadded(line), count=1) for line in content.split(b"\n")]
    lines, numbers = gathered(split)
    # What was put together already has no edge.
    whole = {number for number, following in pairwise([*numbers, len(split) + 1]) if following > number + 1}
    edge = _Edge([line for number, line in zip(numbers, lines, strict=True) if number not in whole] or [b""])
    joined, begins, broken = [lines[0]], [1], 0
    for (before, number), (line, after) in zip(pairwise(numbers), pairwise(lines), strict=True):
        glue = None if whole & {before, number} else edge.glue(line, after)
        broken += glue is not None
        if glue is None and after[:1].isspace() and _goes_on(line[-END_BYTES:].rstrip(), after):
            glue = b" "
        if glue is None:
            joined.append(after)
            begins.append(number)
        elif glue:
            joined[-1] = joined[-1].rstrip() + glue + after.lstrip()
        else:
            joined[-1] += after
    if len(joined) == len(split):
        return None
    filled = sum(map(bool, lines))
    sure = broken >= BROKEN_LINES and broken >= BROKEN_SHARE * filled
    return Rejoined(b"\n".join(joined), tuple(begins), sure)


def _unpadded(line: bytes) -> bytes:
    """Return a line without what it was filled with; one blank may be that of a message that was broken behind it."""
    bare = line.rstrip()
    return line if line == bare + b" " else bare


def tells_more(log: Explanation, other: Explanation, whole: Rejoined) -> bool:
    """Return whether the log tells more with its lines put together (``other``, in the lines of the log)."""
    causes = {each.cause for each in other.diagnoses}
    lost = [each for each in log.diagnoses if each.cause not in causes]
    # What stood in a line that is whole is not taken back.
    if causes <= {each.cause for each in log.diagnoses} or any(whole.leaves(each.evidence[0].line) for each in lost):
        return False
    if whole.sure or log.outcome == "unknown":
        return True
    # Were they broken at all? A message says so that is only there when they are put together, where the log without
    # it tells nothing, or what the rest of that message seems to say, or makes a guess of what is not before it.
    first = other.diagnoses[0]
    return (
        first.confidence == "sure"
        and not whole.leaves(first.evidence[0].line)
        and all(_gives_way(each, first.evidence[0].line, whole) for each in lost)
    )


def _gives_way(diagnosis: Diagnosis, line: int, whole: Rejoined) -> bool:
    """Return whether the message that begins in a line of the log shows that there is no such failure."""
    shown = diagnosis.evidence[0]
    if diagnosis.confidence == "likely" and shown.line >= line:
        return True
    return whole.begin(shown.line) == line != shown.line and not _begins(shown.text.encode())


def _goes_on(end: bytes, after: bytes) -> bool:
    """Return whether a message is not finished at the end of a line: the next one has more of it."""
    return bool(_ANNOUNCES.search(end)) or (bool(_UNFINISHED.search(end)) and not _begins(after))


class _Edge:
    """Where the lines of a log were broken, if they were: after ``width`` columns within words, or between words."""

    def __init__(self, lines: list[bytes]) -> None:
        lengths = Counter(map(len, lines))
        widest = max(lengths)
        self._anywhere = widest >= NARROWEST and (
            lengths[widest] > 1 or widest > WIDEST_OF_MAIL or widest == USUAL_TERMINAL
        )
        # A word that is wider than mail stands in a line of its own.
        self._width = widest if self._anywhere else max((len(line) for line in lines if b" " in line), default=0)
        self._between = NARROWEST <= self._width <= WIDEST_OF_MAIL
        self._first = Counter(_first(line) for line in lines)

    def glue(self, line: bytes, after: bytes) -> bytes | None:
        """Return what stood between two lines before they were broken, ``None`` for two lines of the log."""
        if not line or not after:
            return None
        if self._anywhere:
            return b"" if len(line) == self._width and not _SAYS.match(after) else None
        word = _first(after)
        if not self._between or len(line) + 1 + len(word) <= self._width:
            return None
        return None if self._first[word] > 1 or _begins(after) else b" "


def _first(line: bytes) -> bytes:
    return line.split(None, 1)[0] if line.strip() else b""


def _begins(line: bytes) -> bool:
    return _BEGINS.match(line.lstrip()) is not None
