"""Text that is safe on a terminal, and text that can be encoded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


Record = TypeVar("Record", bound=msgspec.Struct)
# C0 and C1 control characters, DEL, and the Unicode characters that change the direction of text.
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text with every control character shown as an escape; newline and tab stay.

    Names and messages come from hostile files: none of them may move the cursor or change the title.
    """
    return _UNSAFE.sub(lambda match: f"\\x{ord(match[0]):02x}", text.encode("utf-8", "replace").decode())


def encodable(text: str) -> str:
    """Return the text with the replacement character for every byte of a file's name that is not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def with_text(record: Record, change: Callable[[str], str]) -> Record:
    """Return the record with every text in it changed."""
    return msgspec.convert(_changed(msgspec.to_builtins(record), change), type(record))


def _changed(value: object, change: Callable[[str], str]) -> object:
    match value:
        case str():
            return change(value)
        case dict():
            return {change(key): _changed(content, change) for key, content in value.items()}
        case list() | tuple():
            return [_changed(content, change) for content in value]
    return value
