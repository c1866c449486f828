"""Reports: one record in, one format out; a module a format."""

from __future__ import annotations

import importlib
import io
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import write_atomically
from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import Report
    from everylinux.report.interface import Reporter

FORMATS = ("table", "json")


@dataclass(frozen=True)
class Output:
    """One ``-o FORMAT[=FILE]``; ``path`` is ``None`` for standard output."""

    format: str
    path: Path | None = None


def parse_outputs(values: Sequence[str]) -> list[Output]:
    """Read the values of ``-o``; a table on standard output when there are none."""
    outputs = []
    for value in values or ("table",):
        name, has_file, file = value.partition("=")
        if name not in FORMATS:
            raise UsageError(f"unknown output format {name!r}", hint=f"use {', '.join(FORMATS)}")
        if has_file and not file:
            raise UsageError(f"-o {value}: no file after '='", hint=f"write -o {name}=FILE")
        outputs.append(Output(name, Path(file) if has_file else None))
    if len([output for output in outputs if output.path is None]) > 1:
        raise UsageError("two formats on standard output", hint="give all but one a file: -o json=report.json")
    return outputs


def write_report(report: Report, outputs: Sequence[Output], *, color: bool | None = None) -> None:
    """Write one report in every format asked for. ``color`` forces or forbids colour on a table."""
    for output in outputs:
        reporter: Reporter = importlib.import_module(f"everylinux.report.{output.format}").REPORTER
        if output.path is None:
            reporter.render(report, sys.stdout, color=color)
            sys.stdout.flush()
        else:
            text = io.StringIO()
            reporter.render(report, text, color=False)
            write_output(output.path, text.getvalue().encode())


def write_output(path: Path, content: bytes) -> None:
    """Replace a file atomically when it is absent or regular; open and write devices and pipes."""
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        regular = True
    if not regular:
        with path.open("wb") as file:
            file.write(content)
        return
    target = path.resolve()
    umask = os.umask(0)
    os.umask(umask)
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o666 & ~umask
    write_atomically(target, content, mode=mode)
