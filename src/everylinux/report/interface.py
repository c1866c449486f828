"""What every report format implements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from everylinux.evidence import Report


class Reporter(Protocol):
    """Turns a record into text of one format."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None) -> None:
        """Write ``report`` to ``stream``; ``color`` is ``None`` when the stream decides."""
