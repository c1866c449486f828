"""A package installed into an image: its files lie over those of the image, at their own paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.images.interface import Entry, Tree

# Since usr-merge these are links into /usr; packages still name their files either way.
MERGED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


class OverlayTree:
    """The files of an image with those of a package over them; nothing is copied.

    Links of the package resolve within the package; those of the image may lead to a file of the package.
    """

    directory: Path | None = None

    def __init__(self, image: Tree, package: Tree) -> None:
        self._image = image
        self._package = package
        self.complete = image.complete
        self.lists_libraries = image.lists_libraries

    def find(self, path: str) -> Entry | None:
        """Return what is at an absolute path: the package's file, else the image's."""
        found = self._of_package(path)
        if found is not None:
            return found
        entry = self._image.find(path)
        if entry is None:
            return self._package.find(path)
        return (not entry.directory and self._of_package(entry.resolved)) or entry

    def lacks(self, path: str) -> bool:
        """Return whether it is known that neither has anything at an absolute path."""
        return self.find(path) is None and self._image.lacks(path)

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in a folder of both."""
        return tuple(sorted({*self._image.names(path), *self._package.names(path)}))

    def _of_package(self, path: str) -> Entry | None:
        """Return the package's file at a path, however the package spells it."""
        for spelling in (path, self._other_spelling(path)):
            found = self._package.find(spelling) if spelling else None
            if found is not None and not found.directory:
                return found
        return None

    def _other_spelling(self, path: str) -> str:
        """Return the same path with or without ``/usr`` where the image has both merged, else nothing."""
        top = path.removeprefix("/usr").lstrip("/").partition("/")[0]
        if top not in MERGED:
            return ""
        found = self._image.find(f"/{top}")
        if found is None or found.resolved != f"/usr/{top}":
            return ""
        return path.removeprefix("/usr") if path.startswith("/usr/") else f"/usr{path}"
