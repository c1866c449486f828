"""The table of `check`: for each file what it is, then the images in groups with the same answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from everylinux.report.text import printable, with_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from everylinux.evidence import CheckedFile, Package, Reason, Skipped, Verdict

MOST_REASONS = 5
STYLES = {"ok": "green", "fails": "red", "unknown": "yellow"}


class CheckTable:
    """Writes a block a file; files that were given no image have only their first lines."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0

    def add(self, file: CheckedFile) -> None:
        """Write one file's block."""
        console = self._console
        file = with_text(file, printable)
        if self._number:
            console.print()
        self._number += 1
        _write_facts(file, console)
        good = [verdict for verdict in file.verdicts if verdict.verdict == "ok"]
        if good:
            _line(console, "starts on", _images(good), "green")
        for word, label in (("fails", "fails"), ("unknown", "unknown")):
            _write_groups([one for one in file.verdicts if one.verdict == word], label, console, STYLES[word])
        _write_risks(file.verdicts, console)

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Write nothing more."""


def _write_facts(file: CheckedFile, console: Console) -> None:
    console.print(Text(file.path, style="bold"), soft_wrap=True)
    words = [file.kind, file.arch or "", {"gnu": "glibc"}.get(file.libc or "", file.libc or "")]
    console.print("  " + ", ".join(word for word in words if word), soft_wrap=True)
    if file.needed:
        console.print(f"  needs {', '.join(file.needed)}", soft_wrap=True)
    if file.floor:
        console.print(f"  floor {', '.join(_floor(file))}", soft_wrap=True)


def _floor(file: CheckedFile) -> Iterable[str]:
    for family, version in file.floor.items():
        symbol = file.floor_symbols.get(family)
        yield f"{family} {version} (for {symbol})" if symbol else f"{family} {version}"


def _write_groups(verdicts: Sequence[Verdict], label: str, console: Console, style: str) -> None:
    """Write the images with the same reasons together, all their reasons below."""
    groups: dict[tuple[tuple[str, str], ...], list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(tuple((one.code, one.subject) for one in verdict.reasons), []).append(verdict)
    for members in groups.values():
        reasons = members[0].reasons
        _line(console, f"{label} on", _images(members), style)
        for reason in reasons[:MOST_REASONS]:
            _write_reason(reason, console)
        if len(reasons) > MOST_REASONS:
            console.print(f"      and {len(reasons) - MOST_REASONS} more reasons (-o json has them all)")
        hint = next((reason.hint for reason in reasons if reason.hint), "")
        if hint:
            console.print(f"      hint: {hint}", soft_wrap=True)


def _write_reason(reason: Reason, console: Console) -> None:
    forced = ""
    if reason.asked_by is not None and reason.asked_by.symbol and reason.asked_by.symbol != reason.subject:
        forced = f" (for {reason.asked_by.symbol})"
    console.print(f"      {reason.code}: {reason.message}{forced}", soft_wrap=True)
    if reason.note:
        console.print(f"        {reason.note}", soft_wrap=True, style="dim")


def _write_risks(verdicts: Sequence[Verdict], console: Console) -> None:
    seen: dict[tuple[str, str], list[Verdict]] = {}
    messages: dict[tuple[str, str], str] = {}
    for verdict in verdicts:
        for risk in verdict.risks:
            seen.setdefault((risk.code, risk.subject), []).append(verdict)
            messages.setdefault((risk.code, risk.subject), risk.message)
    for key, members in seen.items():
        where = "everywhere" if len(members) == len(verdicts) else _images(members)
        console.print(f"  risk {key[0]}: {messages[key]} [{where}]", soft_wrap=True, style="yellow")


def _line(console: Console, label: str, images: str, style: str) -> None:
    console.print(Text(f"  {label:<10}", style=style), images, soft_wrap=True)


def _images(verdicts: Sequence[Verdict]) -> str:
    """Return the images by family, each family's releases together: ``debian:11, 12, 13; scratch``."""
    families: dict[tuple[str, str], dict[str, None]] = {}
    for verdict in verdicts:
        family, colon, release = verdict.image.partition(":")
        if family == "dir":
            family, colon, release = verdict.image, "", ""
        families.setdefault((family + colon, verdict.platform), {})[release] = None
    several = len({platform for _, platform in families}) > 1
    return "; ".join(
        f"{family}{', '.join(releases)}" + (f" ({platform})" if several else "")
        for (family, platform), releases in families.items()
    )
