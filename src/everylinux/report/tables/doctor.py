"""The table of `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import DoctorReport


def render(report: DoctorReport, console: Console) -> None:
    """Write the machine, one row a tool, and the commands that bring what is missing."""
    machine = dict(report.machine)
    console.print(
        f"everylinux {machine['everylinux']}, Python {machine['python']}, "
        f"{machine['cpu']} with {machine['cores']} cores, Linux {machine['kernel']}"
    )
    for fact in ("cache", "native", "emulated", "not runnable"):
        if fact in machine:
            console.print(f"{fact}: {machine[fact]}", soft_wrap=True)
    console.print()
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("tool", "found", "version", "needed for", "what it does"):
        table.add_column(heading)
    for tool in report.tools:
        found = "yes" if tool.path else "MISSING" if tool.required else "no"
        table.add_row(tool.name, found, tool.version or "", ", ".join(tool.needed_for), tool.purpose)
    console.print(table)
    missing = [tool for tool in report.tools if tool.path is None]
    if not missing:
        console.print("\nEverything is here.")
    for tool in missing:
        need = "needed" if tool.required else "only needed where it is used"
        console.print(f"\n{tool.name} ({tool.purpose}; {need}):\n  {tool.install}", soft_wrap=True)
