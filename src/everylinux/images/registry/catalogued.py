"""The real images behind the catalogue's names, fetched when a file is to run in one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from everylinux.errors import InputOutputError, NotProvenError
from everylinux.images.registry.facts import references
from everylinux.images.registry.reference import Reference, parse_reference
from everylinux.images.registry.transport import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.images.access import Access
    from everylinux.images.interface import Image, Provenance, Tree


class Fetcher:
    """Opens registries' images, and asks no registry again that has not answered."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._refused: dict[str, UnreachableError] = {}
        self._lock = threading.Lock()

    def open(self, reference: Reference) -> Image:
        """Open an image; raises `InputOutputError`."""
        from everylinux.images.registry.image import open_registry

        with self._lock:
            known = self._refused.get(reference.host)
            if known:
                raise InputOutputError(f"docker://{reference}: {known.message}", hint=known.hint)
            try:
                return open_registry(str(reference), reference, self._access)
            except UnreachableError as error:
                if isinstance(error.__cause__, UnreachableError):
                    self._refused[reference.host] = error.__cause__
                raise


class FetchedImage:
    """An image of the catalogue whose files are fetched; its name and its platforms are the catalogue's."""

    provenance: Provenance = "real"

    def __init__(self, described: Image, reference: Reference, fetcher: Fetcher) -> None:
        self.name = described.name
        self._described = described
        self._reference = reference
        self._fetcher = fetcher
        self._real: Image | None = None
        self._lock = threading.Lock()

    def platforms(self) -> tuple[str, ...]:
        """Return the platforms that the catalogue knows."""
        return self._described.platforms()

    def tree(self, platform: str) -> Tree:
        """Return the real files of one platform; raises `NotProvenError` with the reason when they cannot be had."""
        try:
            with self._lock:
                self._real = self._real or self._fetcher.open(self._reference)
            if platform not in self._real.platforms():
                raise NotProvenError(f"docker://{self._reference} has no {platform}")
            return self._real.tree(platform)
        except InputOutputError as error:
            raise NotProvenError(error.message, meaning=error.meaning, hint=error.hint) from error


def at_hand(images: Sequence[Image], access: Access) -> list[Image]:
    """Return the same images to run files in: those that are only described are fetched when they are needed."""
    fetcher = Fetcher(access)
    found: list[Image] = []
    for image in images:
        reference = _reference_of(image)
        found.append(FetchedImage(image, parse_reference(reference), fetcher) if reference else image)
    return found


def _reference_of(image: Image) -> str | None:
    from everylinux.images import EMPTY, catalogue

    if image.provenance == "real" or image.name == EMPTY:
        return None
    known = references()
    return known.get(image.name) or known.get(catalogue.canonical_name(image.name))
