"""Logs that a configuration keeps in the project: the console says that a check failed, and these say why.

- autoconf's ``config.log`` (Autoconf manual, "config.log"),
- CMake's ``CMakeConfigureLog.yaml``, before 3.26 ``CMakeError.log`` (cmake-configure-log(7)),
- Meson's ``meson-logs/meson-log.txt``.

Many checks "fail" in a healthy build. One counts only where the error that ended the configuration is about it: it
names what was checked, stands in the build file right after the check, or is about the compiler as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from everylinux.diagnosis.project.tree import Tree

# One check prints a page; what one prints beyond this is not what made it fail.
MOST_LINES = 400
MOST_PARTS = 5
# What a check is called for this many characters tells it from others.
SHORTEST_WORD = 3
# What is said when the compiler itself does not work, whatever was checked last.
_COMPILER = re.compile(r"cannot (?:create|run|compute|compile)|compiler|sanity", re.IGNORECASE)
# Words in the names of checks that every check has.
_COMMON = frozenset({"checking", "for", "whether", "the", "test", "performing", "have", "lib", "works", "usability"})
Numbered = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a log about one failed check: its file, what was checked, and its lines with their numbers from 1."""

    path: Path
    name: str
    lines: tuple[Numbered, ...]


def failed_checks(tree: Tree, message: str, near: str) -> list[Part]:
    """Return the failed checks in the project's logs that an error is about, those that ran last first.

    ``message`` is the error, ``near`` what stands in the build file where it was raised.
    """
    found = []
    for file, read in READERS.items():
        for path in tree.named(file):
            text = tree.text(path)
            for name, lines in read(text.split("\n")) if text else ():
                if lines and _is_about(name, message, near):
                    found.append((path.stat().st_mtime, Part(path, name, tuple(lines[-MOST_LINES:]))))
    found.sort(key=lambda each: (each[0], each[1].lines[0][0]), reverse=True)
    return [part for _, part in found[:MOST_PARTS]]


def _is_about(name: str, message: str, near: str) -> bool:
    if _COMPILER.search(message):
        return "compil" in name.lower() or not name
    words = {word.lower() for word in re.findall(r"\w+", name) if len(word) >= SHORTEST_WORD} - _COMMON
    said = {word.lower() for word in re.findall(r"\w+", f"{message} {near}")}
    return bool(words & said)


def _autoconf(lines: Sequence[str]) -> Iterator[tuple[str, list[Numbered]]]:
    """Yield what stands between the last ``checking`` and the error that ended configure, without the test's source.

    ``configure:3000: error: ...`` ends it; what follows are variables.
    """
    starts = [number for number, line in enumerate(lines) if re.match(r"configure:\d+: checking ", line)]
    ends = [number for number, line in enumerate(lines) if re.match(r"configure:\d+: error: ", line)]
    before = [start for start in starts if ends and start < ends[-1]]
    if before:
        name = lines[before[-1]].partition(" checking ")[2]
        yield (
            name,
            [
                (number + 1, lines[number])
                for number in range(before[-1] + 1, ends[-1])
                if not re.match(r"\| |configure:\d+: (?:checking|result:) ", lines[number])
            ],
        )


def _cmake(lines: Sequence[str]) -> Iterator[tuple[str, list[Numbered]]]:
    """Yield the output of each check that did not build: ``exitCode`` follows it."""
    output: list[Numbered] = []
    name, depth = "", -1
    for number, line in enumerate(lines, start=1):
        indent = len(line) - len(line.lstrip(" "))
        if line == "  -":
            name = ""
        if line.strip() == "stdout: |":
            output, depth = [], indent
        elif depth >= 0 and (indent > depth or not line.strip()):
            output.append((number, line.strip()))
        else:
            depth = -1
            variable = re.match(r'\s*variable: "?([^"]+)', line)
            name = variable[1] if variable else name
            if re.match(r"\s*exitCode: [1-9]", line):
                yield name, output


def _cmake_before(lines: Sequence[str]) -> Iterator[tuple[str, list[Numbered]]]:
    """Yield each part of CMakeError.log, which holds failed checks only."""
    name: str | None = None
    part: list[Numbered] = []
    for number, line in enumerate(lines, start=1):
        heading = re.match(r"(?:Performing|Determining|Compiling|Checking|Detecting|Run) .* fail", line)
        if heading or line.startswith("Source file was:"):
            if name is not None:
                yield name, part
            name, part = (heading[0].removesuffix(" fail") if heading else None), []
        elif name is not None:
            part.append((number, line))
    if name is not None:
        yield name, part


def _meson(lines: Sequence[str]) -> Iterator[tuple[str, list[Numbered]]]:
    """Yield what each command printed that returned an error; ``Checking if "name" compiles: NO`` follows it."""
    part: list[Numbered] | None = None
    for number, line in enumerate(lines, start=1):
        if re.match(r"Command line: .* -> [1-9]\d*$|Compiler stderr:|Sanity check compile stderr:", line):
            part = []
        elif part is not None:
            end = re.match(
                r"(?:Checking (?:if|for|whether)|Has header) (.*): NO|.*meson\.build:\d+|Running compile:", line
            )
            if end:
                yield end[1] or "", part
                part = None
            else:
                part.append((number, line))


READERS: dict[str, Callable[[Sequence[str]], Iterator[tuple[str, list[Numbered]]]]] = {
    "config.log": _autoconf,
    "CMakeConfigureLog.yaml": _cmake,
    "CMakeError.log": _cmake_before,
    "meson-log.txt": _meson,
}
