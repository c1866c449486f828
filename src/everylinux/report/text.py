"""Text that is safe on a terminal and in every format, and text that can be encoded."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

from everylinux.decoding import converted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Record = TypeVar("Record", bound=msgspec.Struct)
# C1 control characters and DEL, the Unicode characters that change the direction of text or break lines, and those that
# are no characters (Unicode, section 23.7): XML 1.0 and HTML forbid them. Nearly every text is printable as Python sees
# it, which is far stricter, so that most runs never need the expressions: they take as long to compile as a file to
# judge.
_NO_CHARACTERS = "\ufdd0-\ufdef" + "".join(
    f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000)
)
_OTHERS = f"\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069{_NO_CHARACTERS}"
_UNSAFE = f"[\x00-\x08\x0b-\x1f{_OTHERS}]"
_UNSAFE_IN_LINE = f"[\x00-\x1f{_OTHERS}]"
_UNSAFE_AS_IT_IS = f"[{_OTHERS}]"
_SURROGATE = "[\ud800-\udfff]"
# C0 control characters in JSON.
_ESCAPED_IN_JSON = r"\\[bfnrtu]"


def printable(text: str) -> str:
    """Return the text with every control character shown as an escape; newline and tab stay.

    Names and messages come from hostile files: none of them may move the cursor or change the title.
    """
    return text if text.isprintable() else re.sub(_UNSAFE, _escape, _without_surrogates(text))


def one_line(text: str) -> str:
    """Return the text likewise, newline and tab shown as escapes too: a name cannot pretend to be a line of ours."""
    return text if text.isprintable() else re.sub(_UNSAFE_IN_LINE, _escape, _without_surrogates(text))


def encodable(text: str) -> str:
    """Return the text with the replacement character for what is no character: bytes of a name that are not UTF-8."""
    return text if text.isprintable() else re.sub(_SURROGATE, "\ufffd", text)


def safe_json(text: str) -> str:
    """Return the same JSON document with escapes for what JSON allows and a terminal obeys."""
    # JSON has escapes for all other control characters; this is seen at once, the rest by looking at each character.
    if (text.isascii() and "\x7f" not in text) or text.isprintable():
        return text
    return re.sub(_UNSAFE_AS_IT_IS, _escape_in_json, text)


def with_lines(record: Record) -> Record:
    """Return the record with every text in it made one safe line; what a program wrote keeps its lines.

    Nearly every record is so already, and that is seen fast.
    """
    try:
        text = msgspec.json.encode(record).decode()
        if not re.search(_ESCAPED_IN_JSON, text) and safe_json(text) == text:
            return record
    except UnicodeEncodeError:
        pass
    return converted(_changed(msgspec.to_builtins(record), one_line, _IN_FIELDS), type(record))


def with_text(record: Record, change: Callable[[str], str]) -> Record:
    """Return the record with every text in it changed."""
    return converted(_changed(msgspec.to_builtins(record), change, {}), type(record))


def _without_surrogates(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 1 << 8 else f"\\u{code:04x}" if code < 1 << 16 else f"\\U{code:08x}"


def _escape_in_json(match: re.Match[str]) -> str:
    """Return the character as JSON escapes it: by its UTF-16 units (RFC 8259, section 7)."""
    units = match[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))


def _quoted(line: str) -> str:
    """Return a line of a file or of a log as one that is safe; nobody needs to know its tabs."""
    return one_line(line.replace("\t", " "))


# Fields that hold what a program wrote or several lines of a file, and those that hold one line.
_IN_FIELDS = {"stdout": printable, "stderr": printable, "edits": printable, "text": _quoted}


def _changed(value: object, change: Callable[[str], str], in_fields: Mapping[str, Callable[[str], str]]) -> object:
    """Return the value with ``change`` made to every text, another change to the texts of some fields."""
    match value:
        case str():
            return change(value)
        case dict():
            return {
                change(key): _changed(content, in_fields.get(key, change), in_fields) for key, content in value.items()
            }
        case list() | tuple():
            return [_changed(content, change, in_fields) for content in value]
    return value
