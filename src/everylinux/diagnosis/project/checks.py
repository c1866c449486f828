"""Logs that a configuration keeps in the project: the console says that a check failed, and these say why.

- autoconf's ``config.log`` (Autoconf manual, "config.log"),
- CMake's ``CMakeConfigureLog.yaml``, before 3.26 ``CMakeError.log`` (cmake-configure-log(7)),
- Meson's ``meson-logs/meson-log.txt``.

In each most checks "fail" in a healthy build. The part of the check that ended the configuration is the last one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from everylinux.diagnosis.project.tree import Tree

# One check prints a page; what one prints beyond this is not what made it fail.
MOST_LINES = 400
MOST_LOGS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a log about one check: its file, and its lines with their numbers from 1."""

    path: Path
    lines: tuple[tuple[int, str], ...]


def failed_checks(tree: Tree, message: str) -> list[Part]:
    """Return the last failed check of each log in the project, the log that was written last first.

    A log of autoconf or Meson counts only where ``message``, which ended the configuration, stands in it, too.
    """
    found = []
    for name, read in READERS.items():
        for path in tree.named(name):
            text = tree.text(path)
            if text and name in REPEATING and message not in text:
                continue
            lines = read(text.split("\n")) if text else ()
            if lines:
                found.append((path.stat().st_mtime, Part(path, tuple(lines[-MOST_LINES:]))))
    return [part for _, part in sorted(found, key=lambda each: -each[0])][:MOST_LOGS]


def _autoconf(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return what stands between the last ``checking`` and the error that ended configure, without the test's source.

    ``configure:3000: error: ...`` ends it; what follows are variables. A check without a word of a compiler, which the
    error names only, is no help.
    """
    starts = [number for number, line in enumerate(lines) if re.match(r"configure:\d+: checking ", line)]
    ends = [number for number, line in enumerate(lines) if re.match(r"configure:\d+: error: ", line)]
    if not ends:
        return []
    before = [start for start in starts if start < ends[-1]]
    if not before:
        return []
    part = range(before[-1], ends[-1])
    return [
        (number + 1, lines[number])
        for number in part
        if not lines[number].startswith("| ") and not re.match(r"configure:\d+: (?:checking|result:) ", lines[number])
    ]


def _cmake(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return the output of the last check of a log that did not build: ``exitCode`` follows it."""
    output: list[tuple[int, str]] = []
    last: list[tuple[int, str]] = []
    depth = -1
    for number, line in enumerate(lines, start=1):
        indent = len(line) - len(line.lstrip(" "))
        if line.strip() == "stdout: |":
            output, depth = [], indent
        elif depth >= 0 and (indent > depth or not line.strip()):
            output.append((number, line.strip()))
        else:
            depth = -1
            if re.match(r"\s*exitCode: [1-9]", line):
                last = output
    return last


def _cmake_before(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return the last check of CMakeError.log: from the last line that says which failed."""
    starts = [
        number
        for number, line in enumerate(lines)
        if re.match(
            r"(?:Performing|Determining|Compiling|Checking|Detecting|Run) .*(?:fail|:$)|.*failed with the following",
            line,
        )
    ]
    return [(number + 1, lines[number]) for number in range(starts[-1] + 1, len(lines))] if starts else []


def _meson(lines: Sequence[str]) -> list[tuple[int, str]]:
    """Return what the last command printed that returned an error: ``Command line: ... -> 1`` stands above it."""
    starts = [number for number, line in enumerate(lines) if re.match(r"Command line: .* -> [1-9]\d*$", line)]
    if not starts:
        starts = [number for number, line in enumerate(lines) if line.startswith("Compiler stderr:")]
    if not starts:
        return []
    part = []
    for number in range(starts[-1] + 1, len(lines)):
        if re.match(r"Checking for |Compiler for |Has header |.*meson\.build:\d+:\d+: ERROR", lines[number]):
            break
        part.append((number + 1, lines[number]))
    return part


REPEATING = frozenset({"config.log", "meson-log.txt"})
READERS: dict[str, Callable[[Sequence[str]], list[tuple[int, str]]]] = {
    "config.log": _autoconf,
    "CMakeConfigureLog.yaml": _cmake,
    "CMakeError.log": _cmake_before,
    "meson-log.txt": _meson,
}
