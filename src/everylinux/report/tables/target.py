"""The table of `target`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import TargetReport


def render(report: TargetReport, console: Console) -> None:
    """Write one row a target: its name, its other spellings, and the floors it may have."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    vocabularies = [name for name in report.targets[0].spellings if name != "everylinux"] if report.targets else []
    for heading in ("target", *vocabularies, "floors"):
        table.add_column(heading, no_wrap=True)
    for target in report.targets:
        oldest, newest = target.floors
        floors = f"{oldest} to {newest}" if oldest else ""
        table.add_row(target.name, *(target.spellings.get(name, "") for name in vocabularies), floors)
    console.print(table)
    console.print("\nA spelling without a libc takes --libc. Groups: all, gnu, musl, native.")
