"""A copy of a project in which a build may do what it likes.

Links are copied as links: in the sandbox they lead to what the sandbox shows, never to the user's files. Sockets,
pipes, devices and files that this user cannot read are left out, and so is what builds made and can make again. The
history and the packages of a project are not copied but shown as they are (`SHOWN`).
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path

from everylinux.builders.scratch import CACHE_MARK
from everylinux.errors import UsageError

# Folders that a build reads and does not change.
SHOWN = frozenset({".git", ".hg", ".svn", "node_modules", ".venv"})
LEFT_OUT = frozenset({"__pycache__"})
LARGEST_FILE = 1 << 30
MOST_BYTES = 4 << 30
MOST_FILES = 200_000


@dataclass
class Copied:
    """What was done: folders that are shown instead, and how many files and bytes were copied."""

    shown: list[Path] = field(default_factory=list)
    files: int = 0
    size: int = 0


def copy_project(source: Path, destination: Path, *, without: Path | None = None) -> Copied:
    """Copy a project into an empty folder; paths of ``shown`` are relative to it. Times and modes are kept.

    ``without`` is a folder that is left out: the copy itself may lie in the project.

    Raises `UsageError` for a tree too large to be a project, and `OSError` for a copy that cannot be written.
    """
    copied = Copied()
    for parent, folders, names in os.walk(source):
        place = destination / Path(parent).relative_to(source)
        kept = []
        for name in sorted(folders):
            path = Path(parent, name)
            if path.is_symlink():
                (place / name).symlink_to(path.readlink())
            elif name in SHOWN:
                copied.shown.append(path.relative_to(source))
            elif path != without and not is_left_out(path):
                kept.append(name)
                (place / name).mkdir(mode=0o755)
            copied.files += 1
        folders[:] = kept
        for name in names:
            copied.files += 1
            copied.size += _copy(Path(parent, name), place / name)
        if copied.size > MOST_BYTES or copied.files > MOST_FILES:
            raise UsageError(
                f"{source} is too large to be copied: over {MOST_BYTES >> 30} GiB or {MOST_FILES} files",
                hint="name the project's own folder with --project",
            )
    return copied


def is_left_out(folder: Path) -> bool:
    """Return whether a folder holds what builds made and can make again."""
    return folder.name in LEFT_OUT or os.path.lexists(folder / CACHE_MARK)


def _copy(path: Path, target: Path) -> int:
    """Copy one entry and return how many bytes that took; what is neither a link nor a regular file is left out."""
    if path.is_symlink():
        target.symlink_to(path.readlink())
        return 0
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return 0
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
            return 0
        with target.open("xb") as copy:
            shutil.copyfileobj(file, copy)
        # The owner may write: an edit has to.
        target.chmod(stat.S_IMODE(status.st_mode) & 0o777 | stat.S_IWUSR)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    return status.st_size
