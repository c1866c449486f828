"""The table of `prove`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import ProveReport, Run

LONGEST_LINE = 100
NARROWEST = 40
STYLES = {"ok": "green", "fails": "red", "unknown": "yellow"}


def render(report: ProveReport, console: Console) -> None:
    """Write one row a run: what was run where, the verdict, how, and the first line it wrote or why it failed."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("file", "image"):
        table.add_column(heading, overflow="fold")
    for heading in ("platform", "verdict", "how"):
        table.add_column(heading, no_wrap=True)
    table.add_column("what was seen", overflow="fold", min_width=NARROWEST)
    for run in report.runs:
        cells = (run.path, run.image, run.platform, run.verdict, how_run(run), what_was_seen(run))
        table.add_row(*cells, style=STYLES[run.verdict])
    console.print(table)
    counts: Counter[str] = Counter(run.verdict for run in report.runs)
    console.print("\n" + ", ".join(f"{counts[word]} {word}" for word in STYLES if counts[word]))


def how_run(run: Run) -> str:
    """Say whether an emulator ran the program, or nothing did."""
    if not run.command:
        return "not run"
    return run.emulator or "native"


def what_was_seen(run: Run) -> str:
    """Return the first line that a program wrote, or why it failed."""
    if run.reasons:
        reason = run.reasons[0]
        more = f" (and {len(run.reasons) - 1} more)" if len(run.reasons) > 1 else ""
        detail = reason.note or ("" if run.command else reason.message)
        return _shortened(f"{reason.code}: {reason.subject}{more}" + (f", {detail}" if detail else ""))
    if run.verdict == "unknown":
        return _shortened(run.note)
    lines = [line.strip() for line in (run.stdout + "\n" + run.stderr).splitlines() if line.strip()]
    return _shortened(lines[0]) if lines else run.note or "it wrote nothing"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 3] + "..."
