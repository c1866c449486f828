"""The table of `build`: a row a target, then what went wrong and where its log is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from everylinux.report.tables.advised import render_advice
from everylinux.report.tables.failed import render_failed

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import Build, BuildReport, BuiltFile

UNITS = ("B", "KiB", "MiB", "GiB")
STYLES = {"failed": "red", "unchanged": "dim"}
UNIT_STEP = 1024
# Sizes below this many units are shown with one digit after the point.
PRECISE_BELOW = 10
SHOWN_FILES = 4


def render(report: BuildReport, console: Console) -> None:
    """Write one row a target, then the failures with problem, hint and log."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("target", "kind", "status", "libc", "files", "seconds"):
        table.add_column(heading, justify="right" if heading == "seconds" else "left")
    for build in report.builds:
        row = (build.target, build.kind, build.status, libc_asked(build), files_built(build), f"{build.seconds:.1f}")
        table.add_row(*row, style=STYLES.get(build.status, ""))
    console.print(table)
    render_failed(report.builds, console)
    render_advice(report.builds, console)


def libc_asked(build: Build) -> str:
    """Say what the files ask of a system: nothing, or a libc of at least a release; wheels say it in their names."""
    if build.kind == "python":
        return "see the tags"
    _, _, abi = build.target.partition("-linux-")
    name, _, floor = abi.partition(".")
    if name.startswith("musl"):
        return f"musl >= {floor}" if floor else "static"
    return f"glibc >= {floor}"


def files_built(build: Build) -> str:
    """Name the files that a build left, with their sizes."""
    shown = [_file(file) for file in build.files[:SHOWN_FILES]]
    more = len(build.files) - len(shown)
    return ", ".join([*shown, *([f"and {more} more"] if more > 0 else [])])


def _file(file: BuiltFile) -> str:
    try:
        return f"{Path(file.path).name} ({_size(Path(file.path).stat().st_size)})"
    except OSError:
        return Path(file.path).name


def _size(count: int) -> str:
    size, unit = float(count), 0
    while size >= UNIT_STEP and unit < len(UNITS) - 1:
        size, unit = size / UNIT_STEP, unit + 1
    digits = 1 if unit and size < PRECISE_BELOW else 0
    return f"{size:.{digits}f} {UNITS[unit]}"
