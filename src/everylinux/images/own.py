"""Adding images of the user's own to the catalogue, in the format of the shipped one."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from everylinux.cache import directory_made_whole, remove_directory
from everylinux.errors import NothingSelectedError, UsageError
from everylinux.images import catalogue
from everylinux.images.directory import DirectoryImage
from everylinux.images.measure import Measured, measure
from everylinux.images.platforms import platform_of
from everylinux.images.shelf import Shelf
from everylinux.images.stored import Listing, file_name
from everylinux.images.summary import libc_of, releases_of

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = "own"
# As registries allow it, so that a name can never be taken for a path or a flag.
NAME = re.compile(r"[a-z0-9][a-z0-9._/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?")
RESERVED = ("dir", "tar", "oci", "docker")


def add_image(name: str, source: str, *directories: Path) -> Listing:
    """Measure root file systems in folders and keep them as one image; one of the same name is replaced as a whole.

    Of two folders with libraries for one platform the first counts.

    Raises `UsageError` for a name that cannot be used or a folder that is none, `NothingSelectedError` for a folder
    without anything that a file could need.
    """
    _check_name(name)
    for directory in directories:
        DirectoryImage(source, directory)
    platforms = _by_platform([one for directory in directories for one in measure(directory.resolve())])
    if not any(measured.libraries or measured.paths.get("programs") for measured in platforms.values()):
        raise NothingSelectedError(
            f"{source} holds neither libraries nor programs",
            meaning="it is not the root of a Linux file system, or an empty one: that is `scratch`",
        )
    listing = Listing(
        name=name,
        family=FAMILY,
        platforms=tuple(sorted(platforms)),
        libc=libc_of(platforms.values()),
        provenance="measured",
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        source=source,
        releases=releases_of(platforms.values()),
    )
    shelf = Shelf()
    shelf.add_image(listing, platforms)
    folder = catalogue.user_folder() / file_name(name).removesuffix(".json")
    with directory_made_whole(folder) as partial:
        shelf.write(partial, listing.date)
    catalogue.forget()
    return catalogue.listings()[name]


def remove_image(name: str) -> Listing:
    """Take an image of the user's own out of the catalogue and return what it was.

    Raises `UsageError` for a name that is not in the catalogue, and for an image that is shipped in it.
    """
    listing = catalogue.listings()[catalogue.canonical_name(name)]
    if listing.family != FAMILY:
        raise UsageError(
            f"{listing.name} comes with everylinux and cannot be removed",
            hint="what was added by `everylinux image add` can be; `everylinux image list` shows it last",
        )
    remove_directory(catalogue.user_folder() / file_name(listing.name).removesuffix(".json"))
    catalogue.forget()
    return listing


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name) or name.partition(":")[0] in RESERVED:
        raise UsageError(f"{name!r} cannot be an image's name", hint="use one as for containers: name or name:tag")
    known = catalogue.listings().get(name)
    if name in catalogue.groups() or catalogue.is_alias(name) or (known and known.family != FAMILY):
        raise UsageError(f"{name} is in the catalogue already", hint=f"take another name, for instance my-{name}")


def _by_platform(measurements: list[Measured]) -> dict[str, Measured]:
    """Return the measurements by platform, without CPUs that are no target."""
    found: dict[str, Measured] = {}
    for measured in measurements:
        platform = platform_of(measured.platform.identity) if measured.platform.identity else None
        if platform:
            found.setdefault(platform, measured)
    return found
