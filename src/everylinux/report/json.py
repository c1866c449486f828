"""JSON: the record itself, one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import msgspec

if TYPE_CHECKING:
    from everylinux.evidence import Report
    from everylinux.report.interface import Reporter


class JsonReporter:
    """The record as indented JSON, its ``schema`` first."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None) -> None:
        """Write the document; colour has no meaning here."""
        del color
        stream.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")


REPORTER: Reporter = JsonReporter()
