"""What a base image offers: real folders and archives, the empty image, and the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.images.interface import Image

EMPTY = "scratch"
EVERYTHING = "all"
LATER = ("docker://",)
REAL = ("dir", "tar", "oci")


def open_images(references: Sequence[str]) -> list[Image]:
    """Open images: ``scratch``, ``dir:PATH``, ``tar:PATH``, ``oci:PATH``, a catalogue name, or one of its groups.

    ``NAME=dir:PATH`` calls a real image by another name. The order is kept and an image named twice is opened once.
    Raises `UsageError` for a reference that names nothing and `InputOutputError` for an archive that cannot be read.
    """
    names: dict[str, None] = {}
    for reference in references:
        names.update(dict.fromkeys(_members(reference)))
    return [_open(name) for name in names]


def directories_of(image: Image) -> tuple[Path, ...]:
    """Return the folders in which an image's files really lie, each once; none for one that is only described."""
    directories = [image.tree(platform).directory for platform in image.platforms() or ("",)]
    return tuple(dict.fromkeys(directory for directory in directories if directory is not None))


def catalogue_names() -> list[str]:
    """Return the names of all images that need no file on this machine."""
    from everylinux.images import catalogue

    return [EMPTY, *(name for name in catalogue.names() if name != EMPTY)]


def open_real(name: str, kind: str, path: Path) -> Image:
    """Open a real image: ``kind`` is one of `REAL`, ``name`` what it is called."""
    if kind == "dir":
        from everylinux.images.directory import DirectoryImage

        return DirectoryImage(name, path)
    from everylinux.images import archive

    return archive.open_tar(name, path) if kind == "tar" else archive.open_oci(name, path)


def _members(reference: str) -> Sequence[str]:
    """Return the images of a group; any other reference is its own only member."""
    if reference == EVERYTHING:
        return catalogue_names()
    if ":" in reference or reference == EMPTY:
        return (reference,)
    from everylinux.images import catalogue

    return catalogue.expand(reference)


def _open(reference: str) -> Image:
    if reference == EMPTY:
        from everylinux.images.empty import EmptyImage

        return EmptyImage()
    kind, _, path = reference.partition(":")
    alias, _, aliased = kind.rpartition("=")
    if aliased in REAL and (alias or kind == aliased):
        return open_real(alias or reference, aliased, Path(path))
    if reference.startswith(LATER):
        kind = reference.partition(":")[0]
        raise UsageError(
            f"{reference}: images of the kind {kind}: cannot be read yet",
            hint="unpack it into a folder and name that: dir:PATH",
        )
    if "/" in reference and Path(reference).is_dir():
        raise UsageError(f"{reference} is a folder, not an image's name", hint=f"write dir:{reference}")
    from everylinux.images import catalogue

    return catalogue.open_entry(reference)
