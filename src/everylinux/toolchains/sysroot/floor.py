"""Whether a sysroot's libraries keep a target's floor: those of a newer system need its newer glibc."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux import elf
from everylinux.errors import BuildFailedError
from everylinux.target import version_key
from everylinux.toolchains.sysroot.debian import releases_up_to
from everylinux.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from everylinux.elf import ElfFile
    from everylinux.target import Target
    from everylinux.toolchains.sysroot.folder import Sysroot

FAMILY = "GLIBC_"
SHOWN = 4


@dataclass(frozen=True)
class TooNew:
    """A library that needs a newer glibc than the floor: its name as programs ask for it, and the release."""

    name: str
    glibc: str


def too_new(sysroot: Sysroot | None, target: Target) -> tuple[TooNew, ...]:
    """Return the sysroot's shared libraries that need a newer glibc than the target's floor, sorted by name."""
    if sysroot is None or target.libc != "gnu" or target.floor is None:
        return ()
    found = {}
    for path in _shared_objects(sysroot):
        try:
            file = elf.read(path)
        except (elf.NotElfError, elf.CorruptElfError):
            continue
        newest = _newest_need(file)
        if version_key(newest) > version_key(target.floor):
            name = file.soname or path.name
            found[name] = TooNew(name, newest)
    return tuple(found[name] for name in sorted(found))


def warning(libraries: Sequence[TooNew], target: Target) -> str:
    """Return what it means that these libraries are too new, in one sentence."""
    names = [each.name for each in libraries]
    newest = max((each.glibc for each in libraries), key=version_key)
    return (
        f"{shortened(names, SHOWN)} of the sysroot need{'s' if len(names) == 1 else ''} glibc {newest}:"
        f" what is linked with {'it' if len(names) == 1 else 'them'} dynamically cannot keep the floor {target.floor}"
    )


def cure(libraries: Sequence[TooNew], target: Target) -> str:
    """Return what can be done about libraries that are too new."""
    newest = max((each.glibc for each in libraries), key=version_key)
    ways = [f"raise the floor: {target.triple}.{newest}"]
    older = releases_up_to(target.floor or "")
    if older:
        ways.append(f"take the packages of {older[0]}, whose glibc is not newer than the floor")
    ways.append("build the library itself for this target and name its folder with --sysroot DIR")
    return "; or ".join(ways)


def explained(error: BuildFailedError, libraries: Sequence[TooNew], target: Target) -> BuildFailedError:
    """Return the error of a build: that the libraries are too new, where a linker lacks what they need of glibc."""
    if not libraries or f"@{FAMILY}" not in error.message:
        return error
    return BuildFailedError(
        warning(libraries, target), meaning=error.message, hint=f"{cure(libraries, target)}; {error.hint}"
    )


def problem_of_needs(path: Path, name: str, libraries: Sequence[TooNew]) -> str | None:
    """Return in one sentence which too new library a file asks for; ``None`` for none, and for what is no ELF file."""
    try:
        needed = elf.read(path).needed
    except (elf.NotElfError, elf.CorruptElfError):
        return None
    asked = next((each for each in libraries if each.name in needed), None)
    return f"{name} needs {asked.name} of the sysroot, which needs glibc {asked.glibc}" if asked else None


def _newest_need(file: ElfFile) -> str:
    versions = [need.version.removeprefix(FAMILY) for need in file.version_needs if need.version.startswith(FAMILY)]
    return max(versions, key=version_key, default="")


def _shared_objects(sysroot: Sysroot) -> Iterator[Path]:
    for folder in sysroot.libraries:
        for path in sorted((*folder.glob("*.so"), *folder.glob("*.so.*"))):
            if stat.S_ISREG(path.lstat().st_mode):
                yield path
