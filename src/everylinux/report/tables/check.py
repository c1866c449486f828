"""The table of `check`: a block a file, then what was opened and passed over, and for several files a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.evidence import named
from everylinux.report.facts import counted
from everylinux.report.tables.check_file import write_file
from everylinux.report.tables.check_summary import Summary
from everylinux.report.text import with_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, Package, Skipped
    from everylinux.report.lines import Lines

# Places in which the same was passed over for the same reason.
FEWEST_TO_SUM_UP = 3


class CheckTable:
    """Writes a block a file, then the packages, what was skipped, and for several files a summary."""

    def __init__(self, lines: Lines, *, verbosity: int) -> None:
        self._lines = lines
        self._verbosity = verbosity
        self._summary = Summary()

    def add(self, file: CheckedFile) -> None:
        """Write one file's block."""
        file = with_lines(file)
        if self._summary.files:
            self._lines.write()
        self._summary.add(file)
        write_file(file, self._lines, self._verbosity, first=self._summary.files == 1)

    def end(self, packages: Sequence[Package], skipped: Sequence[Skipped]) -> None:
        """Write what was opened and passed over, and the summary."""
        for package in packages:
            self._write_package(with_lines(package))
        if skipped:
            self._lines.write()
            self._lines.write(f"not judged: {counted(sum(one.count for one in skipped))}", style="title")
            self._write_skipped([with_lines(one) for one in skipped])
        if self._summary.files > 1:
            self._summary.write(self._lines)

    def _write_skipped(self, skipped: Sequence[Skipped]) -> None:
        """Write what was passed over; what is so in many places for one reason only once, unless all is asked for."""
        alike: dict[str, list[Skipped]] = {}
        for one in skipped:
            # What could not be read is for somebody to mend, each of it.
            apart = one.incomplete or self._verbosity
            alike.setdefault("" if apart else one.why, []).append(one)
        summed_up = {why for why, found in alike.items() if why and len(found) >= FEWEST_TO_SUM_UP}
        for one in skipped:
            if one.incomplete or one.why not in summed_up:
                count = f"{one.count} files: " if one.count > 1 else ""
                self._lines.write(f"{named(one.path, one.member)}: {count}{one.why}", indent=2)
        for why, found in alike.items():
            if why in summed_up:
                files = counted(sum(one.count for one in found))
                self._lines.write(f"{files} in {len(found)} archives or folders: {why}", indent=2)
        if summed_up:
            self._lines.write("(-v names them)", indent=2, style="aside")

    def _write_package(self, package: Package) -> None:
        lines = self._lines
        lines.write()
        lines.write(named(package.path, package.member), style="title")
        identity = f"{package.name} {package.version}".strip()
        lines.write(", ".join(word for word in (package.kind, identity, package.arch) if word), indent=2)
        if package.truth is not None:
            word, style = ("true", "ok") if package.truth else ("not true", "fails")
            said = f"it says {', '.join(package.tags) or package.arch}"
            lines.write(said, label=f"{word:<12}", indent=2, style=style)
        for reason in package.reasons:
            allowed = f" [allowed: {reason.allowed}]" if reason.allowed else ""
            lines.write(f"{reason.code}: {reason.message or reason.subject}{allowed}", indent=4)
            if reason.hint:
                lines.write(reason.hint, label="hint: ", indent=6)
        if package.true_tags and package.truth is not True:
            lines.write(", ".join(package.true_tags), label=f"{'true is':<12}", indent=2)
