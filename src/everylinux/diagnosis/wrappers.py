"""What a wrapper that nobody knows puts before each line: a time, a counter, the name of a step or of a container.

The known ones are data, taken off line by line (`cleaning`). Here the lines of one log tell it: nearly all begin in the
same form. Tools begin lines alike, too (`make[1]: `, `/usr/bin/ld: `): what is taken for a wrapper's is that without
which the most lines say something.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from everylinux.diagnosis.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# Of the beginning of a log so much is looked at, and of a line so much.
SAMPLE_BYTES = 64 << 10
SAMPLE_LINES = 300
FORM_BYTES = 100
# Fewer lines show no form. So many of them have it; a title, a command, an empty step may not.
LEAST_LINES = 3
SHARE = 0.85
# A counter or a time is another one in so many lines.
VARYING_SHARE = 0.3
_NUMBERS = re.compile(rb"\d+")
_BLANKS = re.compile(rb"[ \t]+")
# What a prefix may end with, before blanks, if it is not blank itself.
_ENDS = (b"]", b"|", b">", b":", b")", b"}", b"0", b" -", b" *", "│".encode(), "┃".encode())
# A place in a source is no counter.
_PLACE = re.compile(rb"\.\w+:0|[^0\s]:0:|line 0|\(0")


def wrapper_of(content: bytes, tells: Callable[[bytes], int]) -> re.Pattern[bytes] | None:
    """Return what matches a wrapper's prefix at the beginning of lines; ``None`` where these have none, or a known one.

    ``content`` is the beginning of a log; ``tells`` counts the lines of such a text in which tools say something.
    """
    sample = content[:SAMPLE_BYTES]
    lines = [line for line in sample.split(b"\n")[:SAMPLE_LINES] if line.strip()]
    if len(lines) < LEAST_LINES:
        return None
    common = _common([_form(line) for line in lines])
    forms = [
        common[: end + 1]
        for end, byte in enumerate(common)
        if byte == ord(" ") and (not end or common[:end].endswith(_ENDS))
    ]
    found = [(form, _pattern(form, lines)) for form in forms]
    if not found or _is_known(found[-1][1], lines) or (_PLACE.search(common) and _varies(found[-1][1], lines)):
        return None
    told = [tells(prefix.sub(b"", sample)) for _, prefix in found]
    best = told.index(max(told))
    said = tells(sample)
    form, prefix = found[best]
    return prefix if told[best] > said or (told[best] == said and b"0" in form and _varies(prefix, lines)) else None


def _form(line: bytes) -> bytes:
    """Return the beginning of a line with one digit for each number, and one blank for blanks."""
    return _BLANKS.sub(b" ", _NUMBERS.sub(b"0", line[:FORM_BYTES].rstrip(b"\r")))


def _common(forms: Sequence[bytes]) -> bytes:
    """Return the longest beginning that nearly all have."""
    least = SHARE * len(forms)
    common = b""
    while True:
        place = len(common)
        following = Counter(form[place] for form in forms if len(form) > place)
        byte, count = following.most_common(1)[0] if following else (0, 0)
        if count < least:
            return common
        common += bytes([byte])
        forms = [form for form in forms if form.startswith(common)]


def _pattern(form: bytes, lines: Sequence[bytes]) -> re.Pattern[bytes]:
    """Return what matches a form, with as few blanks at its end as any line has: more belong to what is wrapped."""
    parts = (
        rb"\d+" if part == b"0" else rb"[ \t]*" if part == b" " else re.escape(part)
        for part in re.findall(rb"0| |[^0 ]+", form[:-1])
    )
    begin = b"".join(parts)
    blanks = re.compile(begin + rb"([ \t]*)(?=\S)")
    least = min((len(match[1]) for line in lines if (match := blanks.match(line))), default=1)
    return re.compile(rb"^" + begin + rb"(?:[ \t]{%d}|[ \t]*$)" % max(least, 1), re.MULTILINE)


def _is_known(prefix: re.Pattern[bytes], lines: Sequence[bytes]) -> bool:
    """Return whether the prefix of the first line that has it is taken off already."""
    first = next((match[0] for line in lines if (match := prefix.match(line))), b"")
    return clean(first + b"x") == "x"


def _varies(prefix: re.Pattern[bytes], lines: Sequence[bytes]) -> bool:
    """Return whether the numbers in a prefix are those of a counter, or of a time: they are others in other lines."""
    return len({match[0] for line in lines if (match := prefix.match(line))}) > VARYING_SHARE * len(lines)
