"""Packages: whether what one says of itself is true of the files in it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, Package
    from everylinux.inputs.interface import InputFile, UnpackedPackage
    from everylinux.packages.modules import Reading


def judge_package(package: UnpackedPackage, files: Sequence[CheckedFile | InputFile]) -> Package:
    """Return whether all that a package declares is true, which wheel tags would be, and why not.

    ``files`` are those of the package; they are read (again) where they lie unpacked. Nothing is raised for a file that
    is gone or cannot be read: it was judged for itself.
    """
    from everylinux.packages.declared import judge_declared
    from everylinux.packages.modules import read_modules
    from everylinux.packages.wheel import judge_wheel

    modules = read_modules(_located(package, files))
    if package.kind == "wheel":
        return judge_wheel(package, modules)
    return judge_declared(package, modules)


def _located(package: UnpackedPackage, files: Sequence[CheckedFile | InputFile]) -> list[tuple[str, Reading]]:
    """Return the files' paths in the package, each with what reads it; a link or path that leads out is passed over.

    A wheel may lie as pip installs it, or as it is packed.
    """
    from everylinux.inputs.packages import in_site
    from everylinux.packages.modules import inner_paths

    found = []
    for path in sorted(inner_paths(files, package.member)):
        places = (in_site(path, 0)[0], path) if package.kind == "wheel" else (path,)
        reading = next(filter(None, (_reading(package, place) for place in places)), None)
        if reading is not None:
            found.append((path, reading))
    return found


def _reading(package: UnpackedPackage, place: str) -> Reading | None:
    from everylinux import elf

    if package.held is not None:
        return partial(package.held.read, f"/{place}") if package.held.holds(place) else None
    root = package.directory.resolve()
    real = (root / place).resolve()
    return partial(elf.read, real) if real.is_relative_to(root) and real.is_file() else None
