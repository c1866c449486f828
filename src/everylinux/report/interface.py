"""What every report format implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, CheckReport, Package, Report, Skipped


class CheckSink(Protocol):
    """Takes what `check` finds, a file at a time: memory does not grow with the number of files.

    `end` is called once, after the last file; a report without it is not whole.
    """

    def add(self, file: CheckedFile) -> None:
        """Take one file."""

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Take the packages that the files came in and what was passed over, and finish."""


class Reporter(Protocol):
    """Turns a record into text of one format.

    ``color`` is ``None`` when the stream decides; ``verbosity`` is how often ``-v`` was given. Only tables heed either.
    """

    def render(self, report: Report, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> None:
        """Write ``report`` to ``stream``."""

    def begin_check(self, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> CheckSink:
        """Begin the report of `check` on ``stream``."""


def feed(sink: CheckSink, report: CheckReport) -> None:
    """Give a whole report to a sink."""
    for file in report.files:
        sink.add(file)
    sink.end(report.packages, report.skipped)
