"""Where a file is put in the sandbox, and what comes along with it.

A file that lies in the image stays where it is. Any other is put below a folder of its own together with the shared
libraries that ``$ORIGIN`` reaches, all at the same places relative to each other. Only ELF shared libraries come along:
a search path that a hostile file makes lead to /etc or to somebody's home shows nothing of what is there. What an
extension of Python is imported with is its whole package: the folder that it lies in, not one that it names.
"""

from __future__ import annotations

import itertools
import os
import stat
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from everylinux import elf
from everylinux.loader.subject import SYSTEM_DIRECTORIES
from everylinux.sandbox.interface import Mount

FOLDER = "app"  # with a number where the image has it already
MOST_LIBRARIES = 512
NOT_SHOWN = ("proc", "dev", "sys", "run")  # folders of an image in whose place the sandbox has its own
_MAGIC = b"\x7fELF"


@dataclass(frozen=True)
class Placement:
    """The path of the program in the sandbox, and the mounts that bring it there."""

    program: str
    mounts: tuple[Mount, ...] = ()


def place(path: Path, root: Path | None, *, alone: bool = False, package: Path | None = None) -> Placement:
    """Return where a file (without links in its path) is run in the image at ``root``.

    ``package`` is a folder above the file that comes along as it is, ``None`` for none.
    """
    if root is not None and path.is_relative_to(root.resolve()):
        inside = path.relative_to(root.resolve())
        program = f"/{inside}"
        if inside.parts[0] not in NOT_SHOWN:
            return Placement(program)
    brought = [path] if alone else [path, *reached_libraries(path)]
    if package is not None:
        brought = [package, *(file for file in brought if not file.is_relative_to(package))]
    # What $ORIGIN reaches is kept beside the program even when it is left behind: never the image's own folders.
    missed = [folder for folder in _origin_folders(path) if not _is_system(folder)] if alone else []
    base = Path(os.path.commonpath([*(file.parent for file in brought), *missed]))
    names = itertools.chain([FOLDER], (f"{FOLDER}-{number}" for number in itertools.count(2)))
    top = next(name for name in names if root is None or not os.path.lexists(root / name))
    mounts = tuple(Mount(file, f"/{top}/{file.relative_to(base)}") for file in brought)
    return Placement(f"/{top}/{path.relative_to(base)}", mounts)


def reached_libraries(path: Path) -> list[Path]:
    """Return the libraries in the folders that ``$ORIGIN`` names, of the file and of those libraries in turn."""
    found: dict[Path, None] = {}
    folders: set[Path] = set()
    waiting = deque([path])
    while waiting and len(found) < MOST_LIBRARIES:
        file = waiting.popleft()
        for folder in _origin_folders(file):
            if folder in folders or _is_system(folder):
                continue
            folders.add(folder)
            for library in _libraries(folder):
                if library not in found and library != path and len(found) < MOST_LIBRARIES:
                    found[library] = None
                    waiting.append(library)
    return sorted(found)


def _origin_folders(file: Path) -> list[Path]:
    """Return the folders of a file's own search path and needs that depend on where it lies (ld.so(8))."""
    try:
        facts = elf.read(file)
    except (elf.NotElfError, elf.CorruptElfError, OSError):
        return []
    folders = []
    by_path = [name.rpartition("/")[0] for name in facts.needed if "/" in name]
    for entry in [*(facts.runpath or facts.rpath or "").split(":"), *by_path]:
        expanded = entry.replace("${ORIGIN}", "$ORIGIN")
        if expanded.startswith("$ORIGIN"):
            relative = expanded.removeprefix("$ORIGIN").lstrip("/")
            if "$" not in relative and "\0" not in relative:
                folders.append(Path(os.path.normpath(file.parent / relative)))
    return folders


def _is_system(folder: Path) -> bool:
    """Return whether a folder holds this machine's own libraries: those are no part of a file's surroundings."""
    return str(folder) in SYSTEM_DIRECTORIES or (str(folder.parent) in SYSTEM_DIRECTORIES and "-linux-" in folder.name)


def _libraries(folder: Path) -> list[Path]:
    """Return the shared libraries in a folder, by the names they are searched by."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return []
    return [folder / entry.name for entry in entries if ".so" in entry.name and _is_elf(folder / entry.name)]


def _is_elf(path: Path) -> bool:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:
        return False


def forbids_execution(path: Path) -> bool:
    """Return whether the file system that a file lies on is mounted noexec."""
    return bool(os.statvfs(path).f_flag & os.ST_NOEXEC)
