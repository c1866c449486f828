"""A copy of a project for a build that writes into its source tree.

What an earlier build left there, mostly one for this machine, does not count: folders that hold nothing else stay
behind, and what a compiler or linker made comes along as older than every source, so that make makes it again. It is
not removed: nobody can tell it from a library that the project brings.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory, locked
from everylinux.elf.magic import ARCHIVES
from everylinux.elf.numbers import ELF_MAGIC
from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.builders.interface import Project
    from everylinux.target import Target

# Left out of a copy: history, and what builds made; a project's own `dist` may be everylinux's output.
LEFT_OUT = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv"})
# What a program marks a folder with whose content it can make again (Cache Directory Tagging Specification).
CACHE_MARK = "CACHEDIR.TAG"
# setuptools' folders below `build` (setuptools/_distutils/command/build.py), and modules that it built in place, named
# as CPython names them (PEP 3149, PEP 384).
SETUPTOOLS_FOLDERS = ("bdist.", "lib.", "temp.")
MODULE_NAME = re.compile(r"\.(cpython-\d+[a-z]*-[\w-]+|abi3)\.so$", re.ASCII)
# How what compilers and linkers make begins: ELF, ar's archives, and libtool's text beside them (ltmain.in).
MADE = (ELF_MAGIC, *ARCHIVES)
MADE_BY_LIBTOOL = (b" - a libtool object file", b" - a libtool library file")
# What makefiles, CMake's own files and a compiler's list of included files cannot name: make's separators, comments and
# wildcards (GNU make manual, Rule Syntax, Using Wildcard Characters), CMake's quotes and separator of lists, ends of
# lines, and bytes that are no UTF-8.
_UNNAMEABLE = re.compile(r'[\x00-\x1f\x7f"#;:|\\*?\[\]\ud800-\udfff]')
LONGEST_FIRST_LINE = 300
LONG_AGO = (1, 1)
# A larger file is no source: a disk image, a core dump.
LARGEST_FILE = 1 << 30
# A larger tree is probably not a project (a home folder, a mounted disk).
MAXIMUM_BYTES = 8 << 30
MAXIMUM_FILES = 500_000


@contextlib.contextmanager
def scratch_folder(project: Project, target: Target) -> Iterator[Path]:
    """Yield an empty folder that is gone afterwards, always the same for one project and target.

    Compilers write paths into files and use them as keys of their caches: a random path would spoil both. A second
    build of the same project for the same target waits; what a killed one left is removed first.
    """
    place = hashlib.sha256(os.fsencode(project.folder)).hexdigest()[:16]
    folder = cache_directory("scratch", place) / target.name
    with locked(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def can_be_named(folder: Path) -> bool:
    """Return whether every build system can be told of a folder, whatever it writes of it into files of its own."""
    return not _UNNAMEABLE.search(str(folder))


def is_left_out(folder: Path) -> bool:
    """Return whether a folder below a project's is none of its sources: history, or what a build made."""
    if folder.name in LEFT_OUT or os.path.lexists(folder / CACHE_MARK):
        return True
    if folder.name == "build" and any(name.startswith(SETUPTOOLS_FOLDERS) for name in _names(folder)):
        return True
    # A build tree of CMake's; one that is the source tree, too, is needed.
    return os.path.lexists(folder / "CMakeCache.txt") and not os.path.lexists(folder / "CMakeLists.txt")


def _names(folder: Path) -> list[str]:
    try:
        return [path.name for path in folder.iterdir()]
    except OSError:
        return []


def copy_project(project: Project, destination: Path, *, without: Path) -> Path:
    """Copy all parts of a project, at the same places relative to each other; return the copy of its folder."""
    for part in project.parts:
        target = destination / part.relative_to(project.root)
        if part.is_dir():
            copy_tree(part, target, without=without)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(part, target)
    return destination / project.folder.relative_to(project.root)


def copy_tree(source: Path, destination: Path, *, without: Path) -> None:
    """Copy regular files and folders; links stay links when they lead inside the tree, otherwise what they lead to.

    Sockets, pipes, devices, huge files and the folder ``without`` are left out. Times are kept, for make's sake, but
    those of what an earlier build made. Raises `UsageError` for a tree too large to be a project.
    """
    root = source.resolve()
    left_out = without.resolve()
    total, count = 0, 0
    for parent, folders, names in os.walk(root):
        folders[:] = [
            name for name in folders if Path(parent, name) != left_out and not is_left_out(Path(parent, name))
        ]
        target = destination / Path(parent).relative_to(root)
        target.mkdir(parents=True, exist_ok=True)
        for name in [*names, *(name for name in folders if Path(parent, name).is_symlink())]:
            path = Path(parent, name)
            status = path.lstat()
            count += 1
            if stat.S_ISLNK(status.st_mode):
                _copy_link(path, target / name, root)
            elif stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST_FILE and not MODULE_NAME.search(name):
                total += status.st_blocks * 512
                shutil.copy2(path, target / name)
                if _was_made(path):
                    os.utime(target / name, LONG_AGO)
            if total > MAXIMUM_BYTES or count > MAXIMUM_FILES:
                raise UsageError(
                    f"{source} is too large to be a project: over {MAXIMUM_BYTES >> 30} GiB or {MAXIMUM_FILES} files",
                    hint="name the project's own folder",
                )


def _was_made(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline(LONGEST_FIRST_LINE)
    return first.startswith(MADE) or (first.startswith(b"# ") and any(word in first for word in MADE_BY_LIBTOOL))


def _copy_link(path: Path, target: Path, root: Path) -> None:
    try:
        led_to = path.resolve(strict=True)
    except (OSError, RuntimeError):  # it leads nowhere, or to itself
        return
    text = path.readlink()
    if led_to.is_relative_to(root) and not text.is_absolute():
        target.symlink_to(text)
    elif led_to.is_file():
        shutil.copy2(led_to, target)
