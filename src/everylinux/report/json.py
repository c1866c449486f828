"""JSON: the record itself, one document."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import msgspec

from everylinux.evidence import CheckReport
from everylinux.report.interface import feed
from everylinux.report.text import encodable, safe_json, with_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, Package, Report, Skipped
    from everylinux.report.interface import CheckSink, Reporter


class JsonReporter:
    """The record as JSON, its ``schema`` first."""

    def render(self, report: Report, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> None:
        """Write the document, indented; the one of `check` has a file a line."""
        if isinstance(report, CheckReport):
            feed(self.begin_check(stream, color=color, verbosity=verbosity), report)
        else:
            stream.write(msgspec.json.format(_encoded(report), indent=2) + "\n")

    def begin_check(self, stream: TextIO, *, color: bool | None, verbosity: int = 0) -> CheckSink:
        """Begin the document of `check`; colour has no meaning here, and everything is always told."""
        del color, verbosity
        return _JsonSink(stream)


class _JsonSink:
    """Writes `CheckReport` piece by piece: its fields in their order, each list one element a line."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "\n"
        stream.write(f'{{"schema":"{CheckReport().schema}",\n"files":[')

    def add(self, file: CheckedFile) -> None:
        self._stream.write(self._separator + _encoded(file))
        self._separator = ",\n"

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        self._list("packages", packages)
        self._list("skipped", skipped)
        self._stream.write("\n]}\n")

    def _list(self, name: str, records: Sequence[msgspec.Struct]) -> None:
        self._stream.write(f'\n],\n"{name}":[')
        for number, record in enumerate(records):
            self._stream.write((",\n" if number else "\n") + _encoded(record))


def _encoded(record: msgspec.Struct) -> str:
    try:
        encoded = msgspec.json.encode(record)
    except UnicodeEncodeError:  # a name that is not UTF-8; rare, and looking at every text costs time
        encoded = msgspec.json.encode(with_text(record, encodable))
    return safe_json(encoded.decode())


REPORTER: Reporter = JsonReporter()
