"""The table of `matrix`: rows are files and targets, columns images, each cell both answers.

Where so many images have no room beside each other, a row is one answer, and names the images that have it.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from everylinux.evidence import ended_by_us
from everylinux.report.places import Place, name_places
from everylinux.report.tables.failed import render_failed
from everylinux.report.tables.prove import host_failed, host_said, smoke_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from rich.console import Console

    from everylinux.evidence import Cell, MatrixReport, Reason, Run, Verdict

PREDICTED = {"ok": "ok", "fails": "no", "unknown": "?"}
# Wider than any table: what a table would like to have is asked of it with this much room.
NO_LIMIT = 100_000


def render(report: MatrixReport, console: Console) -> None:
    """Write the failed builds, the matrix, why cells and smoke tests fail, what is unknown, every disagreement."""
    render_failed(report.builds, console)
    if report.cells:
        wide = _matrix(report.cells)
        fits = Measurement.get(console, console.options.update(width=NO_LIMIT), wide).maximum <= console.width
        console.print(wide if fits else _answers(report.cells))
        console.print(f"\n{'Each cell' if fits else 'Each answer'}: what check predicted / what the run did.")
        _explain_failures(report.cells, console)
        _explain_smoke_tests(report.cells, console)
        _explain_hosts(report.cells, console)
        _explain_unknowns(report.cells, console)
        _shout_disagreements(report.cells, console)
    console.print(f"\n{summary(report)}")


def _matrix(cells: tuple[Cell, ...]) -> Table:
    images = list(dict.fromkeys(cell.image for cell in cells))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("file", "target", *(image_label(image) for image in images)):
        table.add_column(heading, overflow="fold")
    for (path, target), row in groupby(cells, key=lambda cell: (cell.path, cell.target)):
        answers = {cell.image: _cell(cell) for cell in row}
        table.add_row(Path(path).name, target, *(answers.get(image, Text("-")) for image in images))
    return table


def _answers(cells: tuple[Cell, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("file", "target", "answer", "images"):
        table.add_column(heading, overflow="fold")
    above: tuple[str, str] | None = None
    for path, target, where in answered_alike(cells, lambda cell: (_cell(cell).plain, _cell(cell).style)):
        names = ("", "") if (path, target) == above else (Path(path).name, target)
        table.add_row(*names, _cell(where[0]), name_images(where, cells))
        above = path, target
    return table


def answered_alike(cells: Sequence[Cell], answer: Callable[[Cell], Hashable]) -> Iterator[tuple[str, str, list[Cell]]]:
    """Yield each file and target with its cells that have one answer, in the order of the first of them."""
    for (path, target), row in groupby(cells, key=lambda cell: (cell.path, cell.target)):
        found: dict[Hashable, list[Cell]] = {}
        for cell in row:
            found.setdefault(answer(cell), []).append(cell)
        for where in found.values():
            yield path, target, where


def _cell(cell: Cell) -> Text:
    text = f"{predicted(cell.check)} / {measured(cell.prove)}"
    if cell.agree is False:
        return Text(f"!! {text} !!", style="bold red")
    run = cell.prove
    if run is not None and (smoke_failed(run) or host_failed(run) or ended_by_us(run)):
        return Text(text, style="red")
    if cell.agree is None:
        return Text(text, style="yellow")
    return Text(text, style="green" if cell.check.verdict == "ok" else "")


def predicted(verdict: Verdict) -> str:
    """Return what check said, in a word."""
    return verdict.reasons[0].code if verdict.reasons else PREDICTED[verdict.verdict]


def measured(run: Run | None) -> str:
    """Return what the run did, in a word."""
    if run is None:
        return "not run"
    if run.verdict == "ok" and smoke_failed(run):
        return "smoke failed"
    if run.verdict == "ok" and host_failed(run):
        return "host failed"
    if run.verdict == "ok":
        return "ran"
    if run.verdict == "fails":
        return run.reasons[0].code if ended_by_us(run) else "failed"
    return "unknown"


def _explain_failures(cells: tuple[Cell, ...], console: Console) -> None:
    """Say once for each reason where it holds; the cells only have its code."""
    found: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        for reason in cell.check.reasons[:1]:
            # There the subject is the file itself; what the image has instead is in the hint.
            subject = f"{cell.platform} {reason.hint}" if reason.code == "exec-format" else reason.subject
            found.setdefault((reason.code, subject, reason.allowed), []).append(cell)
    if not found:
        return
    console.print("\nWhy not:")
    for (code, _, allowed), where in found.items():
        reason = where[0].check.reasons[0]
        console.print(f"  {code}: {reason.message}", soft_wrap=True)
        console.print(f"    {name_cells(where, cells)}", soft_wrap=True, style="dim")
        if allowed:
            console.print(f"    allowed: {allowed}", soft_wrap=True)
        elif reason.hint:
            console.print(f"    hint: {reason.hint}", soft_wrap=True)


def smoke_reasons(cell: Cell) -> list[Reason]:
    """Return what came instead of what the smoke tests of a file expect."""
    runs = [*([] if cell.prove is None else [cell.prove]), *cell.other_runs]
    return [reason for run in runs if run.smoke is not None for reason in run.smoke.reasons]


def _explain_smoke_tests(cells: tuple[Cell, ...], console: Console) -> None:
    failed: dict[str, list[Cell]] = {}
    for cell in cells:
        for reason in smoke_reasons(cell):
            failed.setdefault(reason.message, []).append(cell)
    for message, where in failed.items():
        console.print(f"\nsmoke failed: {message}\n    {name_cells(where, cells)}", soft_wrap=True, style="red")


def hosts_said(cell: Cell) -> list[str]:
    """Return what hosts say that stubs in their place did not: another answer, or that more than a loader is needed."""
    if cell.prove is None:
        return []
    verdict = cell.prove.verdict
    news = (host for host in cell.prove.host_runs if host.verdict != verdict or (verdict == "ok" and not host.imported))
    return [host_said(host) for host in news]


def _explain_hosts(cells: tuple[Cell, ...], console: Console) -> None:
    said: dict[str, list[Cell]] = {}
    for cell in cells:
        for line in hosts_said(cell):
            said.setdefault(line, []).append(cell)
    for line, where in said.items():
        console.print(f"\nhost: {line}\n    {name_cells(where, cells)}", soft_wrap=True)


def _explain_unknowns(cells: tuple[Cell, ...], console: Console) -> None:
    notes: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell.prove is not None and cell.prove.verdict == "unknown":
            notes.setdefault(cell.prove.note or "no reason given", []).append(cell)
    for note, where in notes.items():
        console.print(f"\nunknown: {note}\n    {name_cells(where, cells)}", soft_wrap=True, style="yellow")


def _shout_disagreements(cells: tuple[Cell, ...], console: Console) -> None:
    for cell in cells:
        if cell.agree is not False or cell.prove is None:
            continue
        predicted = cell.check.reasons[0].message if cell.check.reasons else "it starts"
        ran = cell.prove.reasons[0].message if cell.prove.reasons else "it started"
        console.print(
            f"\n!! DISAGREE !! {cell.path} on {cell.image} ({cell.platform})", style="bold red", soft_wrap=True
        )
        console.print(f"   check said: {predicted}\n   the run said: {ran}", soft_wrap=True)
        console.print("   That is a bug of everylinux: please report it with the output of -o json.", soft_wrap=True)


def name_images(cells: Iterable[Cell], judged: Iterable[Cell]) -> str:
    """Name the images of some cells in few words, where all these were judged."""

    def places(of: Iterable[Cell]) -> list[Place]:
        # The platform is told by the target.
        return [Place(image_label(cell.image), "") for cell in of]

    return name_places(dict.fromkeys(places(cells)), list(dict.fromkeys(places(judged))))


def name_cells(cells: Iterable[Cell], judged: Sequence[Cell]) -> str:
    """Name where some of the cells that were judged are: ``debian:10, 11; ubi:7: x86_64-linux-gnu.2.34``.

    Images with the same targets are named together.
    """
    targets: dict[str, dict[str, None]] = {}
    at: dict[str, list[Cell]] = {}
    for cell in cells:
        targets.setdefault(cell.image, {})[cell.target] = None
        at.setdefault(cell.image, []).append(cell)
    alike: dict[str, list[Cell]] = {}
    for image, names in targets.items():
        alike.setdefault(", ".join(names), []).extend(at[image])
    return "; ".join(f"on {name_images(where, judged)}: {names}" for names, where in alike.items())


def summary(report: MatrixReport) -> str:
    """Count the cells by whether both answers agree."""
    agree = sum(cell.agree is True for cell in report.cells)
    differ = sum(cell.agree is False for cell in report.cells)
    unknown = sum(cell.agree is None for cell in report.cells)
    count = len(report.cells)
    return f"{count} cell{'' if count == 1 else 's'}: {agree} agree, {differ} disagree, {unknown} not proven"


def image_label(image: str) -> str:
    """Return the short name of an image for a heading: the last part of a folder's path."""
    scheme, colon, rest = image.partition(":")
    return Path(rest).name or image if colon and scheme in {"dir", "tar", "oci"} else image
