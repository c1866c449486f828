"""The line of a build log that a person would look at first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, BinaryIO

from everylinux.reading import read_tail

if TYPE_CHECKING:
    from pathlib import Path

# How much of a log is searched for the first error; beyond it only the last lines are read.
SEARCHED_BYTES = 16 << 20
TAIL_BYTES = 4096
END_BYTES = 64 << 10
LINE_BYTES = 4096
# Of one message.
MOST_LINES = 3
SHOWN_CHARACTERS = 300
# How a sentence, or a part of it that stands for itself, ends.
_ENDS = (b".", b":", b"!", b"?", b")", b'"', b"'")

# strerror(ENOSPC), and zig's name for it.
_DISK_FULL = (b"no space left on device", b"nospaceleft", b"disk quota exceeded")
# The forms in which compilers, linkers and build systems write an error, the most telling first.
_FORMS = tuple(
    re.compile(form)
    for form in (
        rb"^everylinux: .+",
        rb"^[^\s:][^:\n]{0,300}:\d+:(?:\d+:)? (?:fatal )?error: .+",
        rb"^[^\s:][^:\n]{0,300}\.go:\d+:\d+: .+",
        rb"^(?:ld\.lld|zig|clang|ar|go)?:? ?error: .+",
        rb"^(?:go|cgo): .+",
        rb"^configure: error:.*",
        rb"^configure\.ac:\d+: error: .+",
        rb"^CMake Error.*",
        rb"^[^\s:]*meson\.build:\d+:\d+: ERROR: .+",
        rb"^.*\bERROR: .+",
        # How Python ends: the exception, with its module where it is not built in.
        rb"^(?:[a-z_]\w{0,60}\.){0,5}[A-Z]\w{0,60}(?:Error|Exception|NotFound): .+",
        # A build that runs what it made for the target; or lacks a tool of its own.
        rb"^[^\s].*: (?:cannot execute binary file: )?Exec format error$",
        rb"^[^\s].*: (?:not found|command not found|No such file or directory|No space left on device)$",
        # A program of the project's own that the build runs.
        rb"^Error: .+",
        rb"^g?make(?:\[\d+\])?: \*\*\* .+",
        # As a word, not in the name of a file: error.cpp.o, src/error/.
        rb"^.*(?<![\w/.-])error(?![\w/.-]).+",
    )
)
# Where CMake has its own modules: only the module's name tells.
_OWN_MODULE = re.compile(r"^(CMake Error at )/\S*/Modules/(?=\S+\.cmake:\d+ )")


def first_error(log: Path, start: int) -> str | None:
    """Return the first line after byte ``start`` that has the most telling form found, else the last line."""
    best: tuple[int, bytes] | None = None
    with log.open("rb") as file:
        file.seek(start)
        while file.tell() - start < SEARCHED_BYTES and (line := file.readline(LINE_BYTES)):
            rank = _rank(line, len(_FORMS) if best is None else best[0])
            if rank is not None:
                best = (rank, _whole(line, file))
            if rank == 0:
                break
    line = best[1] if best else _last_line(log, start)
    text = " ".join(line.decode(errors="replace").split())
    return _OWN_MODULE.sub(r"\1", text)[:SHOWN_CHARACTERS] or None


def says_disk_full(log: Path, start: int) -> bool:
    """Return whether the end of the output after byte ``start`` says that the disk is full, in any tool's words."""
    end = read_tail(log, start, END_BYTES).lower()
    return any(words in end for words in _DISK_FULL)


def _rank(line: bytes, below: int) -> int | None:
    return next((rank for rank, form in enumerate(_FORMS[:below]) if form.match(line.rstrip())), None)


def _whole(line: bytes, file: BinaryIO) -> bytes:
    """Return a message with the lines that it announces: CMake writes where, then what, then of what, after colons.

    What it writes is wrapped, and what it names stands in a paragraph of its own: it goes on while it is indented, to
    the end of a sentence.
    """
    wrapped = line.startswith(b"CMake Error") and line.rstrip().endswith(b":")
    for number in range(MOST_LINES):
        if not line.rstrip().endswith(b":"):
            break
        wrapped = wrapped and number == 0
        line += _next_line(file)
    for _ in range(MOST_LINES):
        if not wrapped or line.rstrip().endswith(_ENDS) or not (more := _next_line(file)).startswith(b"   "):
            break
        line += more
    return line


def _next_line(file: BinaryIO) -> bytes:
    """Return the next line that is not blank, behind a blank."""
    while line := file.readline(LINE_BYTES):
        if line.strip():
            return b" " + line
    return b""


def _last_line(log: Path, start: int) -> bytes:
    lines = [line for line in read_tail(log, start, TAIL_BYTES).splitlines() if line.strip()]
    return lines[-1] if lines else b""
