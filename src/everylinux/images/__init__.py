"""What a base image offers: real folders, archives and registries, the empty image, and the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.images.access import Access
    from everylinux.images.interface import Image

EMPTY = "scratch"
EVERYTHING = "all"
REGISTRY = "docker://"
REAL = ("dir", "tar", "oci")


def open_images(references: Sequence[str], access: Access | None = None) -> list[Image]:
    """Open images: a catalogue name or group, ``scratch``, ``dir:``, ``tar:``, ``oci:PATH``, ``docker://HOST/NAME``.

    ``NAME=dir:PATH`` calls a real image by another name. The order is kept and an image named twice is opened once.
    ``access`` says how registries may be asked (``None``: over TLS only).
    Raises `UsageError` for a reference that names nothing and `InputOutputError` for what cannot be read or fetched.
    """
    names: dict[str, None] = {}
    for reference in references:
        names.update(dict.fromkeys(_members(reference)))
    return [_open(name, access) for name in names]


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


def open_registry(name: str, reference: str, access: Access | None = None) -> Image:
    """Open ``docker://HOST/NAME:TAG@DIGEST`` under a name; raises as `open_images` does."""
    from everylinux.images.access import Access
    from everylinux.images.registry import open_reference

    return open_reference(name, reference.removeprefix(REGISTRY), access or Access())


def at_hand(images: Sequence[Image], access: Access) -> list[Image]:
    """Return the same images to run files in: those of the catalogue are fetched once a file is to run in them.

    Where that fails, asking such an image for its files raises `NotProvenError` with the reason.
    """
    if all(image.provenance == "real" or image.name == EMPTY for image in images):
        return list(images)
    from everylinux.images.registry.catalogued import at_hand as fetched

    return fetched(images, access)


def _members(reference: str) -> Sequence[str]:
    """Return the images of a group; any other reference is its own only member."""
    if reference == EVERYTHING:
        return catalogue_names()
    if ":" in reference or reference == EMPTY:
        return (reference,)
    from everylinux.images import catalogue

    return catalogue.expand(reference)


def _alias(reference: str) -> tuple[str, str]:
    """Return the name that a real image is called by, if it is, and its reference: ``debian:11``, ``dir:root``."""
    kinds = (*(f"{kind}:" for kind in REAL), REGISTRY)
    if not reference.startswith(kinds):
        for kind in kinds:
            alias, named, rest = reference.partition(f"={kind}")
            if alias and named:
                return alias, f"{kind}{rest}"
    return "", reference


def _open(reference: str, access: Access | None) -> Image:
    if reference == EMPTY:
        from everylinux.images.empty import EmptyImage

        return EmptyImage()
    alias, real = _alias(reference)
    kind, _, path = real.partition(":")
    if kind in REAL:
        return open_real(alias or reference, kind, Path(path))
    if real.startswith(REGISTRY):
        return open_registry(alias or reference, real, access)
    if "/" in reference and Path(reference).is_dir():
        raise UsageError(f"{reference} is a folder, not an image's name", hint=f"write dir:{reference}")
    from everylinux.images import catalogue

    return catalogue.open_entry(reference)
