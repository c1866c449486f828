"""Tables for people: readable without colour, at any width."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, TextIO

import msgspec

from everylinux.report.text import printable

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import Report
    from everylinux.report.interface import Reporter

WIDTH_WITHOUT_TERMINAL = 160


class TableReporter:
    """Renders each record with its own module in ``report/tables``, named after the verb."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None) -> None:
        """Write the verb's table; without a terminal lines are not wrapped at 80 columns."""
        verb = report.schema.removeprefix("everylinux.").partition("/")[0]
        tables = importlib.import_module(f"everylinux.report.tables.{verb}")
        tables.render(_without_control_characters(report), make_console(stream, color=color))


def _without_control_characters(report: Report) -> Report:
    """Return the record with `printable` text in every field: none of it may steer the terminal."""
    return msgspec.convert(_printable(msgspec.to_builtins(report)), type(report))


def _printable(value: object) -> object:
    match value:
        case str():
            return printable(value)
        case dict():
            return {printable(key): _printable(content) for key, content in value.items()}
        case list() | tuple():
            return [_printable(content) for content in value]
    return value


def make_console(stream: TextIO, *, color: bool | None = None) -> Console:
    """Return a rich console that honours ``--color``, ``NO_COLOR`` and a stream that is no terminal."""
    from rich.console import Console

    terminal = stream.isatty() if color is None else color
    width = None if stream.isatty() or "COLUMNS" in os.environ else WIDTH_WITHOUT_TERMINAL
    return Console(
        file=stream,
        force_terminal=terminal,
        no_color=None if color is None else not color,
        width=width,
        markup=False,
        highlight=False,
        emoji=False,
        soft_wrap=stream is not sys.stdout,
    )


REPORTER: Reporter = TableReporter()
