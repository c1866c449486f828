"""A line for a shell as the simple commands in it, so that an argument can be given to one of them.

The grammar is that of POSIX.1-2017, Shell Command Language, 2.10, as far as needed to find where a simple command ends:
quotes, escapes, and the operators between commands. Nothing is expanded and nothing is run.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPERATORS = frozenset(";&|()\n")
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
# Programs that start the one that their arguments name; and of Python, the module.
_STARTERS = frozenset({"env", "time", "nice", "command", "exec", "sudo", "ccache", "sccache", "nohup"})
_PYTHON = re.compile(r"python[\d.]*")
_ZIG_COMPILERS = {"cc": "cc", "c++": "c++"}
_SHELLS = frozenset({"sh", "bash", "dash"})
_LINE_FOLLOWS = ("-c", "-lc")


@dataclass(frozen=True)
class SimpleCommand:
    """One simple command: where it ends in the line, and its words without quotes."""

    end: int
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """The name of what it starts, without folders: ``zig cc`` and ``python -m ziglang cc`` are ``cc``.

        ``sh ./configure`` is ``configure``.
        """
        words = [word for word in self._started() if word]
        if not words:
            return ""
        name = PurePosixPath(words[0]).name
        if _PYTHON.fullmatch(name) and words[1:2] == ["-m"]:
            words = words[2:]
            name = words[0] if words else name
        if name in _SHELLS and len(words) > 1 and not words[1].startswith("-"):
            return PurePosixPath(words[1]).name
        if name in {"zig", "ziglang"} and len(words) > 1:
            return _ZIG_COMPILERS.get(words[1], name)
        return name

    def _started(self) -> list[str]:
        words = list(self.words)
        while words and (_ASSIGNMENT.match(words[0]) or words[0] in _STARTERS):
            del words[0]
        return words


def line_of(words: Sequence[str]) -> str:
    """Return a command's words as a line for a shell: the line itself where they are a shell that is given one."""
    match words:
        case [line]:
            return line
        case [shell, option, line] if PurePosixPath(shell).name in _SHELLS and option in _LINE_FOLLOWS:
            return line
    return shlex.join(words)


def simple_commands(line: str) -> tuple[SimpleCommand, ...]:
    """Return the simple commands of a line, in order; one whose quotes do not end is left out."""
    commands = []
    start = 0
    for end in (*_separators(line), len(line)):
        text = line[start:end]
        try:
            words = tuple(shlex.split(text, comments=False))
        except ValueError:
            words = ()
        if words:
            commands.append(SimpleCommand(start + len(text.rstrip()), words))
        start = end + 1
    return tuple(commands)


def with_arguments(line: str, commands: tuple[SimpleCommand, ...], arguments: str) -> str:
    """Return the line with arguments, quoted as need be, at the end of some of its commands."""
    for command in sorted(commands, key=lambda each: -each.end):
        line = f"{line[: command.end]} {arguments}{line[command.end :]}"
    return line


def _separators(line: str) -> list[int]:
    """Return where operators stand that are neither quoted nor escaped."""
    found = []
    quote = ""
    escaped = False
    for place, character in enumerate(line):
        if escaped:
            escaped = False
        elif character == "\\" and quote != "'":
            escaped = True
        elif quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        # `2>&1` and `>&2` redirect, and end no command.
        elif character in _OPERATORS and not (character == "&" and line[place - 1 : place] in {">", "<"}):
            found.append(place)
    return found
