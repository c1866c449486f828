"""What `explain` found, for people: the root cause first, with the line that tells it and what cures it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from everylinux.evidence import Diagnosis, Explanation

WHOSE = {
    "source": "your source",
    "toolchain": "your toolchain",
    "machine": "your machine or network",
    "image": "the image it runs in",
    "nobody": "nobody",
}


def render(report: Explanation, console: Console) -> None:
    """Write a block a failure, or one line that there is none or that none is known."""
    if report.outcome == "succeeded":
        console.print(f"nothing failed in {report.lines} lines", style="green")
        return
    if report.outcome == "unknown":
        told = (
            "it failed, and the cause is not known" if report.best else "the log breaks off, and nothing failed in it"
        )
        console.print(told, style="yellow")
        if report.best:
            console.print(f"  line {report.best.line}: {report.best.text}", soft_wrap=True)
        return
    for number, diagnosis in enumerate(report.diagnoses):
        if number:
            console.print("\nand, apart from that:")
        _render(diagnosis, console)


def _render(diagnosis: Diagnosis, console: Console) -> None:
    likely = "" if diagnosis.confidence == "sure" else " (likely)"
    console.print(f"{diagnosis.cause}: {diagnosis.title}{likely}", style="bold red", soft_wrap=True)
    if diagnosis.because:
        console.print(f"  because  {diagnosis.because}", soft_wrap=True)
    for evidence in diagnosis.evidence:
        console.print(f"  line     {evidence.line}: {evidence.text}", soft_wrap=True)
    console.print(f"  whose    {WHOSE[diagnosis.answer]}")
    for fix in diagnosis.fixes:
        console.print(f"  fix      {fix.title}", soft_wrap=True)
        for command in fix.commands:
            console.print(f"             {command}", soft_wrap=True)
    for consequence in diagnosis.consequences:
        console.print(f"  then     {consequence.line}: {consequence.text}", style="dim", soft_wrap=True)
    console.print(f"  more     everylinux explain {diagnosis.cause}", style="dim")
