"""The table of `prove`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table

from everylinux.report.tables.explain import changes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from everylinux.evidence import HostRun, ProveReport, Run

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
        cells = (run.path, run.image, run.platform, verdict_of(run), how_run(run), what_was_seen(run))
        table.add_row(*cells, style=STYLES["fails" if smoke_failed(run) or host_failed(run) else run.verdict])
    console.print(table)
    for cause, where, fix in causes_shown(report.runs):
        console.print(f"\n{cause}  ({', '.join(where)})", style="red", soft_wrap=True)
        if fix:
            console.print(f"        fix: {fix}", soft_wrap=True)
    console.print("\n" + summary(report))


def causes_shown(runs: Iterable[Run]) -> list[tuple[str, tuple[str, ...], str]]:
    """Return each cause of failed runs in one line, the images where it shows, and its first fix."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for run in runs:
        for diagnosis in run.diagnoses[:1]:
            fix = diagnosis.fixes[0] if diagnosis.fixes else None
            changes = ", ".join(changes_of(fix)) if fix else ""
            told = f"{diagnosis.cause}: {diagnosis.because or diagnosis.title}"
            cure = f"{fix.title}: {changes}" if fix and changes else fix.title if fix else ""
            found.setdefault((told, cure), {})[run.image] = None
    return [(told, tuple(images), cure) for (told, cure), images in found.items()]


def summary(report: ProveReport) -> str:
    """Count the verdicts, and the smoke tests by what came of them."""
    counts: Counter[str] = Counter(run.verdict for run in report.runs)
    told = [f"{counts[word]} {word}" for word in STYLES if counts[word]]
    tests = [run.smoke for run in report.runs if run.smoke is not None]
    if tests:
        passed = sum(test.passed is True for test in tests)
        told.append(f"{passed} of {counted_tests(len(tests))} passed")
    refused = sum(host_failed(run) for run in report.runs)
    if refused:
        told.append(f"{refused} not taken by the host of the image")
    return ", ".join(told)


def counted_tests(count: int) -> str:
    """Return a number of smoke tests in words."""
    return "1 smoke test" if count == 1 else f"{count} smoke tests"


def smoke_failed(run: Run) -> bool:
    """Return whether the run was not as its smoke test expects."""
    return run.smoke is not None and run.smoke.passed is False


def host_failed(run: Run) -> bool:
    """Return whether a program of the image that a shared object is made for did not take it."""
    return any(host.verdict == "fails" for host in run.host_runs)


def verdict_of(run: Run) -> str:
    """Return the verdict, and what came of the smoke test or of the hosts where it had some."""
    if run.verdict == "ok" and host_failed(run):
        return "ok, host fails"
    if run.smoke is None or run.smoke.passed is None:
        return run.verdict
    return f"{run.verdict}, smoke {'passed' if run.smoke.passed else 'failed'}"


def how_run(run: Run) -> str:
    """Say whether an emulator ran the program, or nothing did."""
    if not run.command:
        return "not run"
    return run.emulator or "native"


def what_was_seen(run: Run) -> str:
    """Return the first line that a program wrote, or why it failed; and what the hosts of a shared object said."""
    return "; ".join([_seen_itself(run), *map(host_said, run.host_runs)])


def host_said(host: HostRun) -> str:
    """Return in a line what a host made of a shared object."""
    name = f"{host.host} {host.version}"
    said = " ".join(host.error.split()) or host.note
    if host.verdict == "ok":
        return f"{name} imports it" if host.imported else _shortened(f"{name} loads it, and then: {said}")
    if host.verdict == "unknown":
        return _shortened(f"{name} was not asked: {host.note}")
    told = [f"{reason.code}: {reason.subject}" for reason in host.reasons[:1]] or [said]
    return _shortened(f"{name} does not take it: {told[0]}")


def _seen_itself(run: Run) -> str:
    if run.reasons:
        reason = run.reasons[0]
        more = f" (and {len(run.reasons) - 1} more)" if len(run.reasons) > 1 else ""
        detail = reason.note or ("" if run.command else reason.message)
        return _shortened(f"{reason.code}: {reason.subject}{more}" + (f", {detail}" if detail else ""))
    if run.verdict == "unknown":
        return _shortened(run.note)
    if run.smoke is not None and run.smoke.reasons:
        return "; ".join(reason.message for reason in run.smoke.reasons)
    lines = [line.strip() for line in (run.stdout + "\n" + run.stderr).splitlines() if line.strip()]
    return _shortened(lines[0]) if lines else run.note or "it wrote nothing"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else text[: LONGEST_LINE - 3] + "..."
