"""Images in registries: ``docker://HOST/NAME:TAG@DIGEST``, and the real images behind the catalogue's names.

Documentation: docs/images.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from everylinux.images.access import Access
    from everylinux.images.interface import Image

PREFIX = "docker://"


def open_reference(name: str, text: str, access: Access) -> Image:
    """Open ``text`` (what follows ``docker://``) under a name; the registry is asked for its platforms at once.

    Raises `UsageError` for what is no name of an image and `InputOutputError` when it cannot be had.
    """
    from everylinux.images.registry.image import open_registry
    from everylinux.images.registry.reference import parse_reference

    return open_registry(name, parse_reference(text), access)
