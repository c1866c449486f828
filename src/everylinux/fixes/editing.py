"""Edits of a project's files: which files, and what becomes of them; nothing is written.

The project is hostile: links that lead out of it are not followed, neither devices nor huge files are read, and what an
edit makes is bounded. A file's line ends stay what they are.
"""

from __future__ import annotations

import functools
import os
import stat
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from everylinux.builders.scratch import is_left_out
from everylinux.diagnosis.patterns import compiled
from everylinux.errors import UsageError

if TYPE_CHECKING:
    import re

LARGEST_FILE = 4 << 20
# Of one edit: files that are looked at, and that it changes.
MOST_FILES = 20_000
MOST_CHANGED = 200
# Bytes that one edit may look at, and that all together may change.
MOST_READ = 256 << 20
MOST_WRITTEN = 64 << 20


class Edited:
    """The files of a project as edits make them; ``changed`` has the new content of each by its real path."""

    def __init__(self, project: Path) -> None:
        self._root = project.resolve()
        self.changed: dict[Path, bytes] = {}

    def replace(self, file: str, find: str, replacement: str, spare: str = "") -> bool:
        r"""Replace what matches (RE2; ``^`` and ``$`` at lines) in each file of a name or pattern; ``\1`` is a group.

        What ``spare`` matches (whole lines) stays as it is. Returns whether anything changed. Raises `UsageError` for
        an expression that is refused, and for a result that is far larger than the file was.
        """
        expression = compiled(f"(?m){find}")
        done, read = False, 0
        for path in self._files(file):
            text = self._text(path)
            if text is None:
                continue
            read += len(text)
            if read > MOST_READ:
                raise UsageError(f"the files {file} are too large to be looked at: over {MOST_READ >> 20} MiB")
            ends = "\r\n" if "\r\n" in text and "\\r" not in find else ""
            plain = text.replace(ends, "\n") if ends else text
            count = sum(1 for _ in expression.finditer(plain))
            if count * (len(replacement) + 1) > LARGEST_FILE:
                raise UsageError(f"the edit of {path.name} would make it larger than {LARGEST_FILE >> 20} MiB")
            new = _substituted(expression, replacement, plain, spare) if count else plain
            if new != plain:
                self._put(path, new.replace("\n", ends) if ends else new)
                done = True
        return done

    def append(self, file: str, text: str) -> bool:
        """Add text at the end of a file, or make the file; nothing is added twice. Returns whether it changed."""
        path = self._place(file)
        if path is None:
            return False
        before = self._text(path) if path in self.changed or path.exists() else ""
        if before is None or before.endswith(text):
            return False
        gap = "\n" if before and not before.endswith("\n") else ""
        self._put(path, f"{before}{gap}{text}")
        return True

    def _put(self, path: Path, text: str) -> None:
        if len(self.changed) >= MOST_CHANGED and path not in self.changed:
            raise UsageError(f"the fix would change more than {MOST_CHANGED} files")
        self.changed[path] = text.encode()
        if sum(map(len, self.changed.values())) > MOST_WRITTEN:
            raise UsageError(f"the fix would change more than {MOST_WRITTEN >> 20} MiB")

    def _text(self, path: Path) -> str | None:
        """Return the content of a regular file that is text; ``None`` for any other."""
        content = self.changed.get(path) or _content(path)
        if content is None or b"\0" in content:
            return None
        try:
            return content.decode()
        except UnicodeDecodeError:
            return None

    def _files(self, name: str) -> list[Path]:
        """Return the files that a name or pattern means, sorted; a name from a log may be that of one file below."""
        if any(character in name for character in "*?["):
            return sorted(path for path in self._regular if _matches(path.relative_to(self._root).as_posix(), name))
        path = self._place(name)
        if path is not None and path.is_file():
            return [path]
        parts = tuple(part for part in PurePosixPath(name).parts if part not in {".", ".."})
        found = [each for each in self._regular if parts and each.parts[-len(parts) :] == parts]
        return found if len(found) == 1 else []

    def _place(self, name: str) -> Path | None:
        """Return where a path in the project really leads; ``None`` when that is outside it."""
        if not name or "\0" in name:
            return None
        try:
            path = (self._root / name).resolve()
        except (OSError, RuntimeError):
            return None
        return path if path.is_relative_to(self._root) and path != self._root else None

    @functools.cached_property
    def _regular(self) -> tuple[Path, ...]:
        """The regular files of the project, without what builds made and brought; the first ones of very many."""
        found: list[Path] = []
        for parent, folders, names in os.walk(self._root):
            folders[:] = sorted(name for name in folders if not is_left_out(Path(parent, name)))
            paths = (Path(parent, name) for name in names)
            found += [path for path in paths if path.is_file() and not path.is_symlink()]
            if len(found) > MOST_FILES:
                break
        return tuple(found[:MOST_FILES])


def _substituted(expression: re.Pattern[str], replacement: str, text: str, spare: str) -> str:
    """Return the text with what matches replaced, but for the lines that ``spare`` matches."""
    parts, begin = [], 0
    for kept in compiled(f"(?m){spare}").finditer(text) if spare else ():
        parts += [expression.sub(replacement, text[begin : kept.start()]), kept[0]]
        begin = kept.end()
    return "".join([*parts, expression.sub(replacement, text[begin:])])


def _matches(path: str, pattern: str) -> bool:
    """Return whether a pattern means a path; ``**/`` is any folders or none, other stars stay in one folder."""
    if pattern.startswith("**/"):
        pattern = pattern.removeprefix("**/")
        parts = path.split("/")
        return any(_matches("/".join(parts[start:]), pattern) for start in range(len(parts)))
    if pattern.count("/") != path.count("/"):
        return False
    return all(fnmatchcase(part, wanted) for part, wanted in zip(path.split("/"), pattern.split("/"), strict=True))


def _content(path: Path) -> bytes | None:
    """Return what is in a regular file; ``None`` for what is none, is too large, or cannot be read."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
            return None
        content = file.read(LARGEST_FILE + 1)
    return content if len(content) <= LARGEST_FILE else None
