"""Where reports go: standard output, a file that is replaced as a whole, a device or a pipe."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import stat
import sys
from typing import TYPE_CHECKING, BinaryIO, TextIO

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FOR_PEOPLE = "table"
# What tables write beyond ASCII, for terminals that have no Unicode.
PLAIN = {"≥": ">=", "≤": "<=", "→": "->", "…": "..."}
PLAINLY = "everylinux.plainly"


class Output(msgspec.Struct, frozen=True):
    """One ``-o FORMAT[=FILE]``; ``path`` is ``None`` for standard output."""

    format: str
    path: Path | None = None


@contextlib.contextmanager
def opened(output: Output) -> Iterator[TextIO]:
    """Yield the stream of one output; a file keeps its old content when an error ends the block."""
    if output.path is None:
        _encode(sys.stdout, output.format)
        yield sys.stdout
        sys.stdout.flush()
        return
    with _opened_file(output.path) as file:
        stream = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="\n")
        try:
            yield stream
            stream.flush()
        finally:
            with contextlib.suppress(OSError):  # an error in the block is the one to tell
                stream.detach()


@contextlib.contextmanager
def _opened_file(path: Path) -> Iterator[BinaryIO]:
    """Open what is neither absent nor a regular file; replace everything else as a whole, its mode kept."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        umask = os.umask(0)
        os.umask(umask)
        mode = stat.S_IFREG | (0o666 & ~umask)
    if stat.S_ISREG(mode):
        from everylinux.cache import file_made_whole

        with file_made_whole(path.resolve(), mode=stat.S_IMODE(mode)) as file:
            yield file
    else:
        with path.open("wb") as file:
            yield file


def _encode(stream: TextIO, name: str) -> None:
    """Make standard output take every text: documents are UTF-8, a table is in the terminal's encoding."""
    if isinstance(stream, io.TextIOWrapper):
        codecs.register_error(PLAINLY, _plainly)
        stream.reconfigure(encoding=stream.encoding if name == FOR_PEOPLE else "utf-8", errors=PLAINLY)


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace what an encoding lacks: a sign of ours by its spelling in ASCII, all else by an escape."""
    if isinstance(error, UnicodeEncodeError):
        lacking = error.object[error.start : error.end]
        return "".join(
            PLAIN.get(sign, sign.encode("ascii", "backslashreplace").decode()) for sign in lacking
        ), error.end
    raise error
