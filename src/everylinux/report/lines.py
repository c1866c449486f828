"""Lines for people: wrapped between words, styled only where that is wanted."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

WIDTH_WITHOUT_TERMINAL = 100
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


class Lines:
    """Writes lines to a stream; a word is never broken, so that paths and commands can be copied."""

    def __init__(self, stream: TextIO, *, color: bool | None) -> None:
        self._stream = stream
        self._color = stream.isatty() if color is None else color
        self._width = max(width_of(stream), NARROWEST)

    def write(self, text: str = "", *, label: str = "", indent: int = 0, style: str = "") -> None:
        """Write one paragraph ``indent`` columns from the left, its label in front of it and alone styled."""
        margin = " " * indent
        hanging = indent + (len(label) or HANGING)
        for number, line in enumerate(self._wrapped(text, indent + len(label), hanging)):
            if number:
                self._stream.write(f"{' ' * hanging}{self._styled(line, '' if label else style)}\n")
            elif label:
                self._stream.write(f"{margin}{self._styled(label, style)}{line}".rstrip(" ") + "\n")
            else:
                self._stream.write(f"{margin}{self._styled(line, style)}\n")

    def _wrapped(self, text: str, first: int, hanging: int) -> list[str]:
        if len(text) + first <= self._width:
            return [text.replace(UNBROKEN, " ")]
        import textwrap

        room = max(self._width - hanging, LEAST_ROOM)
        lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
        return [line.replace(UNBROKEN, " ") for line in lines] or [""]

    def _styled(self, text: str, style: str) -> str:
        if not (self._color and style and text):
            return text
        import click

        return click.style(text, **STYLES[style])  # type: ignore[arg-type]  # the arguments differ in type


def width_of(stream: TextIO) -> int:
    """Return how many columns there are: ``COLUMNS``, else the terminal's, else a width that is read easily."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    return shutil.get_terminal_size().columns if stream.isatty() else WIDTH_WITHOUT_TERMINAL
