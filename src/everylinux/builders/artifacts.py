"""What a build made: the files that are installed, or what appeared or changed, or what the globs name."""

from __future__ import annotations

import mmap
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from everylinux.builders.interface import Artifact
from everylinux.elf.numbers import ELF_MAGIC
from everylinux.errors import BuildFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# e_type, the two bytes at offset 16 (ELF specification): an executable or a shared object.
LOADABLE = {2, 3}
HEAD_BYTES = 18
LLD_SIGNATURE = b"Linker: LLD"
# Folders in which build systems keep their own trial programs.
PRIVATE_FOLDERS = {"CMakeFiles", "meson-private", "meson-logs", ".git", "autom4te.cache"}
# What a library is used by: the archive, its headers in C and C++, and its description for pkg-config.
OF_LIBRARIES = (".a", ".h", ".hpp", ".hh", ".pc")
SHOWN = 12


@dataclass(frozen=True)
class Snapshot:
    """The regular files of a folder, with what changes when one is written: inode, size and times."""

    files: dict[str, tuple[int, int, int]]

    @classmethod
    def of(cls, folder: Path) -> Snapshot:
        """Return what is in a folder now."""
        return cls({name: _state(path) for name, path in regular_files(folder)})


EMPTY = Snapshot({})


def _state(path: Path) -> tuple[int, int, int]:
    status = path.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def regular_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name relative to ``folder`` and the path of every regular file below it, sorted; links stay out."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in PRIVATE_FOLDERS)
        for name in sorted(names):
            path = Path(parent, name)
            if stat.S_ISREG(path.lstat().st_mode):
                yield str(path.relative_to(folder)), path


def files_left(folder: Path, before: Snapshot, globs: Sequence[str]) -> list[Artifact]:
    """Return what appeared or changed in a folder since the snapshot."""
    made = [Artifact(path, name) for name, path in regular_files(folder) if before.files.get(name) != _state(path)]
    return choose(made, globs)


def files_installed(
    stage: Path, prefix: str, build: Path, globs: Sequence[str], before: Snapshot = EMPTY
) -> list[Artifact]:
    """Return what was installed into the stage; where nothing of use was, what the build left since the snapshot.

    A glob that matches an installed file takes installed ones only: a header is meant as installed, not its source.
    """
    base = stage / prefix.lstrip("/")
    installed = [Artifact(path, name) for name, path in regular_files(base)]
    installed += [Artifact(path, name) for name, path in regular_files(stage) if not path.is_relative_to(base)]
    left = [Artifact(path, name) for name, path in regular_files(build) if before.files.get(name) != _state(path)]
    if globs:
        unmatched = [glob for glob in globs if not any(PurePosixPath(each.name).match(glob) for each in installed)]
        matching = [each for each in left if any(PurePosixPath(each.name).match(glob) for glob in unmatched)]
        return choose([*installed, *matching], globs)
    installs_programs, left_programs = (any(is_program(each.path) for each in made) for made in (installed, left))
    return choose(installed if installs_programs or (installed and not left_programs) else left, ())


def choose(made: Sequence[Artifact], globs: Sequence[str]) -> list[Artifact]:
    """Return the artifacts that the globs name, or the executables and shared objects when there are none.

    A glob without a slash is compared with the file's name, one with a slash with the end of its path. Raises
    `BuildFailedError` when nothing is left.
    """
    if globs:
        chosen = [each for each in made if any(PurePosixPath(each.name).match(glob) for glob in globs)]
        missing = [glob for glob in globs if not any(PurePosixPath(each.name).match(glob) for each in made)]
        if missing:
            programs = [each.name for each in made if is_program(each.path)]
            raise BuildFailedError(
                f"the build made no file that matches {', '.join(missing)}",
                hint=f"it made: {', '.join(programs[:SHOWN])}" if programs else "it made no program at all",
            )
    else:
        chosen = [each for each in made if is_program(each.path)]
        if not chosen:
            raise BuildFailedError("the build made no executable and no shared object", hint=_to_keep(made))
    return list({each.name: each for each in reversed(chosen)}.values())[::-1]


def _to_keep(made: Sequence[Artifact]) -> str:
    """Return the flags that keep what a library is used by, where one was made."""
    if not any(each.name.endswith(".a") for each in made):
        return "choose other outputs with --artifact, or name what to build after --"
    suffixes = {PurePosixPath(each.name).suffix for each in made}
    flags = " ".join(f"--artifact '*{suffix}'" for suffix in OF_LIBRARIES if suffix in suffixes)
    return f"it made a static library: keep it with {flags}; such a folder is what --sysroot takes"


def is_program(path: Path) -> bool:
    """Return whether a file is an ELF executable or shared object, by its header alone."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if len(head) < HEAD_BYTES or head[:4] != ELF_MAGIC:
        return False
    return int.from_bytes(head[16:18], "little" if head[5] == 1 else "big") in LOADABLE


def is_linked_by_lld(path: Path) -> bool:
    """Return whether zig's linker made a file: it signs in the section ``.comment``."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(LLD_SIGNATURE) >= 0


def without_common_folder(names: Sequence[str]) -> dict[str, str]:
    """Return the name of each file in the output folder: its path without the folders that all share."""
    parents = [PurePosixPath(name).parent.parts for name in names]
    shared = 0
    while parents and all(len(parts) > shared and parts[shared] == parents[0][shared] for parts in parents):
        shared += 1
    return {name: str(PurePosixPath(*PurePosixPath(name).parts[shared:])) for name in names}


def links_to(path: Path) -> list[str]:
    """Return, sorted, the names of the links beside a file that lead to it: ``libx.so.1`` for ``libx.so.1.2``."""
    return sorted(
        other.name for other in path.parent.iterdir() if other.is_symlink() and other.resolve() == path.resolve()
    )
