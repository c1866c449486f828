"""JSON: the record itself, one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import msgspec

from everylinux.report.text import encodable, with_text

if TYPE_CHECKING:
    from everylinux.evidence import Report
    from everylinux.report.interface import Reporter


class JsonReporter:
    """The record as indented JSON, its ``schema`` first."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None) -> None:
        """Write the document; colour has no meaning here."""
        del color
        try:
            document = msgspec.json.encode(report)
        except UnicodeEncodeError:  # a name that is not UTF-8; rare, and looking at every text costs time
            document = msgspec.json.encode(with_text(report, encodable))
        stream.write(msgspec.json.format(document, indent=2).decode() + "\n")


REPORTER: Reporter = JsonReporter()
