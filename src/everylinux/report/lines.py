"""Lines for people: wrapped between words, styled only where that is wanted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

# Of a screen that is not known.
WIDTH_WITHOUT_TERMINAL, ROWS = 100, 24
NARROWEST = 40
LEAST_ROOM = 20
# A space at which no line may end.
UNBROKEN = "\u00a0"
# How much deeper the lines after the first of a paragraph without a label begin.
HANGING = 2
STYLES: Mapping[str, Mapping[str, str | bool]] = {
    "ok": {"fg": "green"},
    "fails": {"fg": "red"},
    "unknown": {"fg": "yellow"},
    "risk": {"fg": "yellow"},
    "title": {"bold": True},
    "aside": {"dim": True},
}


class Paragraph(msgspec.Struct, frozen=True):
    """One paragraph ``indent`` columns from the left; of one with a label that alone is styled."""

    text: str = ""
    label: str = ""
    indent: int = 0
    style: str = ""


class Lines:
    """Writes lines to a stream; a word is never broken, so that paths and commands can be copied.

    ``rows`` is how many lines a screen has.
    """

    def __init__(self, stream: TextIO, *, color: bool | None) -> None:
        self._stream = stream
        self._color = stream.isatty() if color is None else color
        self._width = max(width_of(stream), NARROWEST)
        self.rows = max(_size(stream).lines, ROWS)

    def write(self, text: str = "", *, label: str = "", indent: int = 0, style: str = "") -> None:
        """Write one paragraph; its fields are those of `Paragraph`."""
        self.write_paragraph(Paragraph(text, label, indent, style))

    def write_paragraph(self, one: Paragraph) -> None:
        """Write one paragraph, its lines after the first further to the right."""
        margin = " " * one.indent
        for number, line in enumerate(self._wrapped(one)):
            if number:
                self._stream.write(f"{' ' * _hanging(one)}{self._styled(line, '' if one.label else one.style)}\n")
            elif one.label:
                self._stream.write(f"{margin}{self._styled(one.label, one.style)}{line}".rstrip(" ") + "\n")
            else:
                self._stream.write(f"{margin}{self._styled(line, one.style)}\n")

    def height(self, one: Paragraph) -> int:
        """Return how many lines a paragraph takes."""
        return len(self._wrapped(one))

    def _wrapped(self, one: Paragraph) -> list[str]:
        if len(one.text) + one.indent + len(one.label) <= self._width:
            return [one.text.replace(UNBROKEN, " ")]
        import textwrap

        room = max(self._width - _hanging(one), LEAST_ROOM)
        lines = textwrap.wrap(one.text, room, break_long_words=False, break_on_hyphens=False)
        return [line.replace(UNBROKEN, " ") for line in lines] or [""]

    def _styled(self, text: str, style: str) -> str:
        if not (self._color and style and text):
            return text
        import click

        return click.style(text, **STYLES[style])  # type: ignore[arg-type]  # the arguments differ in type


def _hanging(one: Paragraph) -> int:
    return one.indent + (len(one.label) or HANGING)


def width_of(stream: TextIO) -> int:
    """Return how many columns there are: ``COLUMNS``, else the terminal's, else a width that is read easily."""
    columns = os.environ.get("COLUMNS", "")
    return int(columns) if columns.isdecimal() and int(columns) else _size(stream).columns


def _size(stream: TextIO) -> os.terminal_size:
    """Return the size of the stream's terminal, or of a screen that is not known."""
    try:
        size = os.get_terminal_size(stream.fileno())
    except OSError:  # no terminal, or no file at all
        return os.terminal_size((WIDTH_WITHOUT_TERMINAL, ROWS))
    return size if size.columns else os.terminal_size((WIDTH_WITHOUT_TERMINAL, ROWS))
