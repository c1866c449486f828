"""Text that is safe on a terminal."""

from __future__ import annotations

import re

# C0 and C1 control characters, DEL, and the Unicode characters that change the direction of text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text with every control character shown as an escape; newline and tab stay.

    Names and messages come from hostile files: none of them may move the cursor or change the title.
    """
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}", text.encode("utf-8", "replace").decode())
