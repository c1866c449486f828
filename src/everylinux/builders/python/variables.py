"""What a project's own build script can be told: the variables that the script which ended a build reads.

A script that asks the libraries of this machine (``ctypes``, ``h5cc``) knows nothing of a target's; mostly it takes the
answers from the environment, too.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from everylinux.decoding import read_facts
from everylinux.reading import read_head, read_tail
from everylinux.toolchains.wiring import HOST_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MOST_SCRIPTS, LARGEST, MOST_NAMES = 50, 1 << 20, 12
TRACEBACK_BYTES = 64 << 10
# As much of a message stands in the script that wrote it: the rest is made at run time.
TELLING = 20
_READ = re.compile(r"""(?:environ(?:\.get\(|\[)|getenv\()\s*["']([A-Z][A-Z0-9_]{2,60})["']""")
# What an error is called, where it goes through several hands each time again.
_KINDS = re.compile(r"^(?:[\w.]{1,60}: )+")
_FRAME = re.compile(r'^ *File "([^"\n]{1,4096}\.py)", line \d+', re.MULTILINE)


class _Common(msgspec.Struct, frozen=True):
    """Variables that every build has; none is an answer of a project's own."""

    date: str
    source: str
    variables: tuple[str, ...]


class _Script(NamedTuple):
    path: Path
    content: str
    has: int
    """So many characters of the message, in one piece."""


def variables_told(said: str, folder: Path, named: Sequence[Path] = ()) -> tuple[str, tuple[str, ...]]:
    """Return the script at the top of a project that has a message's text, and the variables that it reads.

    Of several it is the one that a traceback names first in ``named``, then the one that has most of the text, then
    setup.py. Those variables come first that have a word of the message in their name. Both are empty where no script
    has the text.
    """
    text = _KINDS.sub("", said)
    order = [*named, folder / "setup.py"]
    found = [script for path in sorted(folder.glob("*.py"))[:MOST_SCRIPTS] if (script := _script(path, text))]
    if not found:
        return "", ()

    def rank(script: _Script) -> tuple[int, int, int]:
        place = order.index(script.path) if script.path in order else len(order)
        return min(place, len(named)), -script.has, place

    script = min(found, key=rank)
    words = {word.upper() for word in re.findall(r"\w{3,}", text)}
    own = {*read_facts("python/common-variables.json", _Common).variables, *HOST_VARIABLES}
    names = dict.fromkeys(name for name in _READ.findall(script.content) if name not in own)
    return script.path.name, tuple(sorted(names, key=lambda name: words.isdisjoint(name.split("_"))))


def variables_about(words: re.Pattern[str], folder: Path) -> tuple[str, tuple[str, ...]]:
    """Return the first script at the top of a project that reads variables with such words in their names, and them."""
    for path in sorted(folder.glob("*.py"))[:MOST_SCRIPTS]:
        content = read_head(path, LARGEST).decode(errors="replace") if path.is_file() else ""
        names = tuple(dict.fromkeys(name for name in _READ.findall(content) if words.search(name)))
        if names:
            return path.name, names
    return "", ()


def scripts_named(log: Path, start: int, folder: Path) -> list[Path]:
    """Return the project's scripts that tracebacks at a log's end name: the last first, which is the innermost."""
    frames = _FRAME.findall(read_tail(log, start, TRACEBACK_BYTES).decode(errors="replace"))
    paths = dict.fromkeys(folder / frame for frame in reversed(frames))  # a relative one is the backend's, run there
    return [path for path in paths if path.parent == folder]


def _script(path: Path, text: str) -> _Script | None:
    content = read_head(path, LARGEST).decode(errors="replace") if path.is_file() else ""
    has = _longest(text, content)
    return _Script(path, content, has) if has >= TELLING else None


def _longest(text: str, content: str) -> int:
    """Return the length of the longest piece of a text, whole words with what is between them, that a content has."""
    words = [(word.start(), word.end()) for word in re.finditer(r"\w+", text)]
    longest = TELLING - 1
    for start, _ in words:
        for _, end in words:
            if end - start <= longest:
                continue
            if text[start:end] not in content:
                break
            longest = end - start
    return longest if longest >= TELLING else 0
