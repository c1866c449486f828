"""Texts of records on a terminal: names show every control character, quoted lines do without their tabs."""

from __future__ import annotations

from everylinux.evidence import Place
from everylinux.report.text import with_lines


def test_a_name_shows_its_tabs_and_a_quoted_line_does_without() -> None:
    place = with_lines(Place(file="odd\tname.c", line=3, text="size_t\t\tlength;\x1b[2J"))
    assert place == Place(file=r"odd\x09name.c", line=3, text=r"size_t  length;\x1b[2J")
