"""Packages: whether what one says of itself is true of the files in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.evidence import CheckedFile, Package
    from everylinux.inputs.interface import UnpackedPackage


def judge_package(package: UnpackedPackage, files: Sequence[CheckedFile]) -> Package:
    """Return whether all that a package declares is true, which wheel tags would be, and why not.

    ``files`` are those of the package that were checked; they are read again where they lie unpacked. Nothing is raised
    for a file that is gone or cannot be read: it was judged for itself.
    """
    from everylinux.packages.declared import judge_declared
    from everylinux.packages.modules import read_modules
    from everylinux.packages.wheel import judge_wheel

    modules = read_modules(_located(package, files))
    if package.kind == "wheel":
        return judge_wheel(package, modules)
    return judge_declared(package, modules)


def _located(package: UnpackedPackage, files: Sequence[CheckedFile]) -> list[tuple[str, Path]]:
    """Return the files' paths in the package with where they lie; a link or a path that leads out is passed over.

    A wheel may lie as pip installs it, or as it is packed.
    """
    from everylinux.inputs.packages import in_site
    from everylinux.packages.modules import inner_paths

    root = package.directory.resolve()
    found = []
    for path in inner_paths(files, package.member):
        places = (in_site(path, 0)[0], path) if package.kind == "wheel" else (path,)
        candidates = [(root / place).resolve() for place in places]
        real = next((one for one in candidates if one.is_relative_to(root) and one.is_file()), None)
        if real is not None:
            found.append((path, real))
    return sorted(found)
