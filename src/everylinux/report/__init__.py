"""Reports: one record in, one format out; a module a format."""

from __future__ import annotations

import contextlib
import importlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import InputOutputError, UsageError
from everylinux.report.output import Output, opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.evidence import CheckedFile, Package, Report, Skipped
    from everylinux.report.interface import CheckSink, Reporter

# Findings are what these formats are made of; every other format can show every record.
FORMATS_OF_FINDINGS = ("sarif", "junit")
FORMATS = ("table", "json", "sarif", "junit", "markdown", "html")
# These name a judged file by its path alone.
FORMATS_WITHOUT_DIGESTS = ("table", "markdown")
# As a file's name, what it is to other programs.
STANDARD_OUTPUT = "-"
VERBS_WITH_FINDINGS = ("check", "prove", "matrix")


def formats_of(verb: str) -> list[str]:
    """Return the formats that a verb can give."""
    return [name for name in FORMATS if verb in VERBS_WITH_FINDINGS or name not in FORMATS_OF_FINDINGS]


def parse_outputs(values: Sequence[str], verb: str) -> list[Output]:
    """Read the values of ``-o`` for one verb; a table on standard output when there are none.

    Raises `UsageError` for a format that is not known or that the verb cannot give, `InputOutputError` for a file that
    cannot be written.
    """
    offered = formats_of(verb)
    outputs = []
    for value in values or ("table",):
        name, has_file, file = value.partition("=")
        if name not in FORMATS:
            raise UsageError(f"unknown output format {name!r}", hint=f"use {', '.join(offered)}")
        if name not in offered:
            raise UsageError(
                f"`everylinux {verb}` cannot be reported as {name}: it has no findings",
                hint=f"use {', '.join(offered)}",
            )
        if has_file and not file:
            raise UsageError(f"-o {value}: no file after '='", hint=f"write -o {name}=FILE")
        outputs.append(Output(name, _writable(Path(file)) if has_file and file != STANDARD_OUTPUT else None))
    files = [output.path for output in outputs if output.path is not None]
    if len(set(files)) < len(files):
        raise UsageError("two formats in one file", hint="give each its own: -o json=report.json -o html=report.html")
    if len(outputs) - len(files) > 1:
        raise UsageError("two formats on standard output", hint="give all but one a file: -o json=report.json")
    return outputs


def show_digests(outputs: Sequence[Output]) -> bool:
    """Return whether one of the formats shows the digests of files: only for these they are read to the end."""
    return any(output.format not in FORMATS_WITHOUT_DIGESTS for output in outputs)


def _writable(path: Path) -> Path:
    """Return the path; raises `InputOutputError` before hours of work for one that nothing can be written to."""
    if path.is_dir():
        raise InputOutputError(f"{path} is a folder", hint=f"name a file in it: {path / 'report'}")
    if not path.parent.is_dir():
        raise InputOutputError(f"{path.parent} is not a folder", hint=f"make it first: mkdir -p {path.parent}")
    # A regular file is replaced, which its folder has to allow; all else is opened and written.
    written = path if path.exists() and not path.is_file() else path.parent
    if not os.access(written, os.W_OK):
        raise InputOutputError(f"{path} cannot be written: {written} does not allow it", hint="name another file")
    return path


def write_report(report: Report, outputs: Sequence[Output], *, color: bool | None = None, verbosity: int = 0) -> None:
    """Write one report in every format asked for. ``color`` forces or forbids colour on a table."""
    for output in outputs:
        with opened(output) as stream:
            _reporter(output).render(report, stream, color=color, verbosity=verbosity)


@contextlib.contextmanager
def open_check(outputs: Sequence[Output], *, color: bool | None = None, verbosity: int = 0) -> Iterator[CheckSink]:
    """Yield a sink that feeds every output as files are judged; its `end` is called inside the block.

    Files are replaced when the block ends; when an error or an interruption ends it, they stay as they were.
    """
    with contextlib.ExitStack() as stack:
        streams = [stack.enter_context(opened(output)) for output in outputs]
        yield _Everywhere(
            [
                _reporter(output).begin_check(stream, color=color, verbosity=verbosity)
                for output, stream in zip(outputs, streams, strict=True)
            ]
        )


class _Everywhere:
    """Hands everything on to the sinks of all formats."""

    def __init__(self, sinks: Sequence[CheckSink]) -> None:
        self._sinks = sinks

    def add(self, file: CheckedFile) -> None:
        for sink in self._sinks:
            sink.add(file)

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        for sink in self._sinks:
            sink.end(packages, skipped)


def _reporter(output: Output) -> Reporter:
    reporter: Reporter = importlib.import_module(f"everylinux.report.{output.format}").REPORTER
    return reporter
