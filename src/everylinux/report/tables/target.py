"""The table of `target`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import TargetReport

NAMES = {
    "debian": "CPU",
    "oci": "OCI platform",
    "rust": "Rust",
    "go": "Go",
    "triple": "triple",
    "wheel": "wheel tag",
}


def render(report: TargetReport, console: Console) -> None:
    """Write a block a target: its name and floors, then its other spellings, one vocabulary a line."""
    for target in report.targets:
        oldest, newest = target.floors
        console.print(Text(target.name, style="bold"), f"  floors {oldest} to {newest}" if oldest else "")
        for vocabulary, label in NAMES.items():
            if vocabulary in target.spellings:
                console.print(f"  {label:<13} {', '.join(target.spellings[vocabulary])}", soft_wrap=True)
    console.print("\nCPU and OCI spellings name no libc: add --libc gnu, gnu.2.28, musl or musl.1.2.3.")
    console.print("Groups: all, gnu, musl, native.")
