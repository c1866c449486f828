"""Programs that need a library of the same build, and do not look for it where it lies."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from everylinux import elf

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from everylinux.builders.interface import Artifact
    from everylinux.elf import ElfFile

# How a program's place is written in what it tells the loader (ld.so(8), Dynamic string tokens).
ORIGINS = ("${ORIGIN}", "$ORIGIN")
# How a folder for the loader is given to a build, by its kind: CMake takes out what other flags say of one.
WAYS = {
    "cmake": "build with `-- '-DCMAKE_INSTALL_RPATH={folder}'`",
    "meson": "build with LDFLAGS='-Wl,-rpath,{folder}' in the environment",
}
ANY_WAY = "link it with -Wl,-rpath,'{folder}'"


def not_found_beside(artifacts: Sequence[Artifact], kind: str) -> list[str]:
    """Return in a sentence each what programs need of their own build and will not find as they lie there."""
    files = dict(_files(artifacts))
    places = {name: place for place, file in files.items() for name in (file.soname, place.name) if name}
    found = []
    for place, file in files.items():
        lacking = {name: places[name].parent for name in file.needed if name in places}
        lacking = {name: folder for name, folder in lacking.items() if folder not in _searched(place, file)}
        if file.interpreter and lacking:
            way = WAYS.get(kind, ANY_WAY).format(folder=_from_origin(place, lacking.values()))
            found.append(
                f"{place.name} looks for {', '.join(lacking)} of this build in the system's folders only: install"
                f" both there, or {way}"
            )
    return found


def _files(artifacts: Sequence[Artifact]) -> Iterator[tuple[PurePosixPath, ElfFile]]:
    for artifact in artifacts:
        try:
            yield PurePosixPath(artifact.name), elf.read(artifact.path)
        except (elf.NotElfError, elf.CorruptElfError):
            continue


def _searched(place: PurePosixPath, file: ElfFile) -> set[PurePosixPath]:
    """Return the folders of the build where the loader looks for what a file needs."""
    folders = set()
    for entry in (file.runpath or file.rpath or "").split(":"):
        origin = next((token for token in ORIGINS if entry.startswith(token)), None)
        if origin:
            folders.add(_plain(f"{place.parent}{entry.removeprefix(origin)}"))
    return folders


def _from_origin(place: PurePosixPath, folders: Iterable[PurePosixPath]) -> str:
    ways = (os.path.relpath(folder, place.parent) for folder in dict.fromkeys(folders))
    return ":".join("$ORIGIN" if way == "." else f"$ORIGIN/{way}" for way in ways)


def _plain(path: str) -> PurePosixPath:
    return PurePosixPath(os.path.normpath(path))
