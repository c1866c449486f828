"""The files of a project, which may be anybody's: regular ones only, bounded, and none outside of it."""

from __future__ import annotations

import functools
import os
import stat
from collections import deque
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from everylinux.builders.scratch import is_left_out
from everylinux.diagnosis.cleaning import visible
from everylinux.diagnosis.masking import masked
from everylinux.evidence import Place
from everylinux.reading import read_head

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

# A larger tree is looked at in part, the files nearest to its top first.
MOST_ENTRIES = 50_000
DEEPEST = 12
# Of one file; what people write is far smaller.
MOST_BYTES = 4 << 20
# Of one name; a project with more such files is looked at in part.
MOST_FILES = 200
LONGEST_TEXT = 300
MOST_NOTES = 20
# What is there is made by the kernel, and does not always end.
_KERNEL = ("/dev/", "/proc/", "/sys/")
_WILD = frozenset("*?[")
# What stands so many lines above an error was most likely the check that it is about.
LINES_BEFORE = 12


class Tree:
    """A project's folder. ``notes`` say what was left out, and why."""

    def __init__(self, folder: Path) -> None:
        self.root = Path(os.path.realpath(folder))
        self.notes: list[str] = []

    def note(self, path: Path, what: str) -> None:
        """Say that a file was left out."""
        text = visible(f"{self.name_of(path)}: {what}")
        if text not in self.notes and len(self.notes) < MOST_NOTES:
            self.notes.append(text)

    def name_of(self, path: Path) -> str:
        """Return a file's path in the project, or the path itself where it lies elsewhere."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)

    def named(self, *patterns: str, made: bool = True) -> list[Path]:
        """Return the files whose name, or path in the project, matches a pattern: those nearest to the top first.

        Without ``made`` those that a configuration wrote (below a CMakeCache.txt or a ``meson-private``) are left out.
        """
        found: dict[Path, None] = {}
        for pattern in patterns:
            if "/" in pattern:
                matching = [path for path, name in self._names if fnmatchcase(name, pattern)]
            elif _WILD.isdisjoint(pattern):
                matching = self._by_name.get(pattern, [])
            else:
                names = [name for name in self._by_name if fnmatchcase(name, pattern)]
                matching = [path for name in names for path in self._by_name[name]]
            found |= dict.fromkeys(path for path in matching if made or not self._is_made(path))
        return list(found)[:MOST_FILES]

    def text(self, path: Path) -> str | None:
        """Return the content of a file; ``None``, and a note, for one that leads out or is larger than a text."""
        if not self._is_inside(path):
            self.note(path, "it leads out of the project")
            return None
        content = read_head(path, MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            self.note(path, f"larger than {MOST_BYTES >> 20} MiB")
            return None
        if not content and not _is_readable(path):
            self.note(path, "it cannot be read")
            return None
        return content.decode(errors="replace").replace("\r\n", "\n")

    def place(self, path: Path, number: int = 0, text: str = "") -> Place:
        """Return the place of a line, counted from 1, as a reader may see it; without a line the file as a whole."""
        return Place(file=visible(self.name_of(path)), line=number, text=masked(visible(text[:LONGEST_TEXT])))

    def place_of(self, path: Path, text: str, match: re.Match[str]) -> Place:
        """Return the place of the line in which a match in a file's text begins, blanks before it apart."""
        start = match.end() - len(match[0].lstrip())
        begin = text.rfind("\n", 0, start) + 1
        return self.place(path, text.count("\n", 0, start) + 1, text[begin:].partition("\n")[0])

    def before(self, place: Place) -> str:
        """Return some lines of a file up to a place."""
        lines = (self.text(self.root / place.file) or "").split("\n")
        return "\n".join(lines[max(0, place.line - LINES_BEFORE) : place.line])

    def find(self, name: str) -> Path | None:
        """Return the file of the project that a message means, wherever the build took place; ``None`` without one.

        ``/build/app/src/a.c`` and ``../src/a.c`` are ``src/a.c`` when that is there: the longest end counts.
        A name alone counts where one file only has it.
        """
        parts = [part for part in PurePosixPath(name.partition("\0")[0]).parts if part not in {"/", ".", ".."}]
        for start in range(len(parts)):
            path = self.root.joinpath(*parts[start:])
            if _is_regular(path):
                return path if self._is_inside(path) else None
        same = self._by_name.get(parts[-1], []) if parts else []
        return same[0] if len(same) == 1 and _is_regular(same[0]) and self._is_inside(same[0]) else None

    def find_here(self, name: str) -> Path | None:
        """Return a file as `find` does, or one of this machine at its absolute path."""
        if name.startswith("/") and not name.startswith(_KERNEL):
            path = Path(os.path.normpath(name.partition("\0")[0]))
            if not path.is_relative_to(self.root) and _is_regular(path):
                return path
        return self.find(name)

    @functools.cached_property
    def _files(self) -> tuple[Path, ...]:
        return tuple(self._walk())

    @functools.cached_property
    def _names(self) -> tuple[tuple[Path, str], ...]:
        return tuple((path, path.relative_to(self.root).as_posix()) for path in self._files)

    @functools.cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for path in self._files:
            found.setdefault(path.name, []).append(path)
        return found

    def _walk(self) -> Iterator[Path]:
        queue: deque[tuple[str, int]] = deque([(str(self.root), 0)])
        left = MOST_ENTRIES
        while queue:
            folder, depth = queue.popleft()
            try:
                with os.scandir(folder) as entries:
                    for entry in sorted(entries, key=lambda entry: entry.name):
                        left -= 1
                        if left < 0:
                            self.note(self.root, f"more than {MOST_ENTRIES} files, of which the first were looked at")
                            return
                        if entry.is_dir(follow_symlinks=False):
                            if depth < DEEPEST and (not is_left_out(Path(entry.path)) or _is_configured(entry.path)):
                                queue.append((entry.path, depth + 1))
                        else:
                            yield Path(entry.path)
            except OSError:
                self.note(Path(folder), "it cannot be read")

    def _is_made(self, path: Path) -> bool:
        return any(path.is_relative_to(folder) for folder in self._configured)

    @functools.cached_property
    def _configured(self) -> frozenset[Path]:
        """The folders below the top that a configuration wrote."""
        marks = {path.parent for path in self._files if path.name == "CMakeCache.txt"}
        marks |= {path.parent.parent for path in self._files if path.parent.name == "meson-private"}
        return frozenset(marks - {self.root})

    def _is_inside(self, path: Path) -> bool:
        return Path(os.path.realpath(path)).is_relative_to(self.root)


def _is_configured(folder: str) -> bool:
    """Return whether a build system configured a build here: Meson marks its folders as caches."""
    return any(os.path.lexists(f"{folder}/{mark}") for mark in ("CMakeCache.txt", "meson-private"))


def _is_regular(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _is_readable(path: Path) -> bool:
    return _is_regular(path) and os.access(path, os.R_OK)
