"""The oldest release of each family of images on which a file starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from everylinux.evidence import Verdict
    from everylinux.images.stored import Listing


def oldest_releases(verdicts: Iterable[Verdict], listings: Mapping[str, Listing]) -> dict[str, str]:
    """Return for each family the name of its oldest image on which it starts (``{"debian": "debian:11"}``).

    ``listings`` is the catalogue, each family's releases oldest first. A family is left out when the file starts on
    none of its images, and an image outside the catalogue (``dir:PATH``) is of no family.
    """
    good = {verdict.image for verdict in verdicts if verdict.verdict == "ok"}
    oldest: dict[str, str] = {}
    for name, listing in listings.items():
        if not good.isdisjoint((name, *listing.aliases)):
            oldest.setdefault(listing.family, name)
    return oldest
