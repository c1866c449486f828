"""`scratch`: an image with nothing in it, for every platform."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from everylinux.images.interface import Entry, Provenance


class EmptyTree:
    """No files at all."""

    directory = None
    complete = True
    lists_libraries = True

    def find(self, path: str) -> Entry | None:
        """Return nothing: only the root itself is there, and nobody looks for that."""
        del path
        return None

    def lacks(self, path: str) -> bool:
        """Return ``True``: nothing is there."""
        del path
        return True

    def names(self, path: str) -> tuple[str, ...]:
        """Return no names."""
        del path
        return ()


_NOTHING = EmptyTree()


class EmptyImage:
    """`scratch`; it takes the platform of the file that is judged."""

    name = "scratch"
    provenance: Provenance = "real"

    def platforms(self) -> tuple[str, ...]:
        """Return none: it binds no file to a CPU."""
        return ()

    def tree(self, platform: str) -> EmptyTree:
        """Return the empty tree, the same one for all: what is known of it is kept with it."""
        del platform
        return _NOTHING
