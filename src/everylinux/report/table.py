"""Tables for people: readable without colour, at any width."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, TextIO

from everylinux.evidence import CheckReport, Explanation
from everylinux.report.interface import feed
from everylinux.report.text import with_lines

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import Report
    from everylinux.report.interface import CheckSink, Reporter

WIDTH_WITHOUT_TERMINAL = 160


class TableReporter:
    """Renders each record with its own module in ``report/tables``, named after the verb."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> None:
        """Write the verb's table, no control character in it; without a terminal it is not held to 80 columns."""
        if isinstance(report, CheckReport):
            feed(self.begin_check(stream, color=color, verbosity=verbosity), report)
            return
        if isinstance(report, Explanation):
            from everylinux.report.lines import Lines
            from everylinux.report.tables.explain import render

            render(with_lines(report), Lines(stream, color=color))
            return
        verb = report.schema.removeprefix("everylinux.").partition("/")[0]
        tables = importlib.import_module(f"everylinux.report.tables.{verb}")
        tables.render(with_lines(report), make_console(stream, color=color))

    def begin_check(self, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> CheckSink:
        """Begin the table of `check`."""
        from everylinux.report.lines import Lines
        from everylinux.report.tables.check import CheckTable

        return CheckTable(Lines(stream, color=color), verbosity=verbosity)


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
