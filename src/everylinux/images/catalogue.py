"""The catalogue: images known by name, shipped in ``data/images`` or added by the user.

An entry was measured from a real file system, or documents tell what is in it; both answer as a folder would.
"""

from __future__ import annotations

import difflib
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypeVar

import msgspec

from everylinux import data
from everylinux.decoding import decoded
from everylinux.errors import UsageError
from everylinux.folders import user_data
from everylinux.images.described import DescribedTree
from everylinux.images.libraries import open_library
from everylinux.images.stored import Catalogue, EntryFile, damaged, file_name
from everylinux.target import cpu_of_elf, version_key

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.images.interface import Provenance
    from everylinux.images.stored import Listing

Record = TypeVar("Record", bound=msgspec.Struct)
USUAL_PLATFORM = "linux/amd64"
EVERYTHING = "all"
MUSL = "musl"
# Registries that people write in front of the same names.
PREFIXES = ("docker.io/library/", "docker.io/", "library/", "gcr.io/")


class CatalogueImage:
    """One entry, as an image."""

    def __init__(self, name: str, folder: Path, listing: Listing) -> None:
        self.name = name
        self.provenance: Provenance = listing.provenance
        self._folder = folder
        self._listing = listing
        self._trees: dict[str, DescribedTree] = {}

    def platforms(self) -> tuple[str, ...]:
        """Return its platforms, the usual one first; empty when it takes the file's."""
        return self._platforms

    @cached_property
    def _platforms(self) -> tuple[str, ...]:
        return tuple(sorted(self._listing.platforms, key=lambda one: (one != USUAL_PLATFORM, one)))

    def tree(self, platform: str) -> DescribedTree:
        """Return the files of one platform; raises `KeyError` for a platform that it does not have."""
        if platform not in self._trees:
            if platform not in self._listing.platforms:
                raise KeyError(platform)
            self._trees[platform] = DescribedTree(self._folder, self._entry, platform)
        return self._trees[platform]

    def packages(self, platform: str) -> dict[str, str]:
        """Return the packages that a platform was measured from, with their versions; none where documents tell."""
        return self._entry.platforms[platform].packages

    @cached_property
    def _entry(self) -> EntryFile:
        path = self._folder / "entries" / file_name(self._listing.name)
        entry = _read(path, EntryFile)
        if not entry.is_sound(self._listing.platforms):
            raise damaged(path, "it names platforms or sets of platforms that it does not have")
        return entry


def shipped_folder() -> Path:
    """Return the catalogue that comes with the package."""
    return data.FOLDER / "images"


def user_folder() -> Path:
    """Return where the user's own entries lie, each a catalogue of its own: ``XDG_DATA_HOME`` decides."""
    return user_data() / "everylinux" / "images"


@cache
def listings() -> Mapping[str, Listing]:
    """Return every image by its name, in the order in which they are listed; the user's own come last."""
    return {name: listing for name, (_, listing) in _located().items()}


def names() -> list[str]:
    """Return the names of all images, without aliases."""
    return list(_located())


def groups() -> dict[str, tuple[str, ...]]:
    """Return the images of each group: the families (``debian``, ``alpine``), and ``all``."""
    found: dict[str, list[str]] = {}
    for name, listing in listings().items():
        found.setdefault(listing.family, []).append(name)
    families = {family: tuple(members) for family, members in found.items() if family not in listings()}
    return {**families, EVERYTHING: tuple(names())}


def expand(reference: str) -> tuple[str, ...]:
    """Return the images that a name or a group stands for; a reference that is no group stands for itself."""
    return groups().get(reference, (reference,))


def open_entry(name: str) -> CatalogueImage:
    """Return an image by its name or one of its aliases; raises `UsageError` for an unknown one."""
    folder, listing = _located()[canonical_name(name)]
    return CatalogueImage(name, folder, listing)


def canonical_name(name: str) -> str:
    """Return the name under which an image is listed; raises `UsageError` for an unknown one."""
    known = _located()
    wanted = _without_registry(name)
    canonical = wanted if wanted in known else _aliases().get(wanted)
    if canonical is None:
        close = difflib.get_close_matches(wanted, [*known, *_aliases(), *groups()], n=3)
        raise UsageError(
            f"there is no image {name!r} in the catalogue",
            meaning=f"did you mean {', '.join(close)}?" if close else "",
            hint="`everylinux image list` lists them; a real one is dir:PATH, and `everylinux image add` keeps it",
        )
    return canonical


def is_alias(name: str) -> bool:
    """Return whether another name stands for an image."""
    return name in _aliases()


def forget() -> None:
    """Read the catalogue again when it is asked for next: an image was added."""
    _located.cache_clear()
    listings.cache_clear()
    _aliases.cache_clear()
    open_library.cache_clear()


def musl_versions(cpu: str) -> tuple[str, ...]:
    """Return the releases of musl whose symbols are known for a CPU, oldest first."""
    return tuple(sorted(_musl_builds(cpu), key=version_key))


def musl_symbols(version: str, cpu: str) -> frozenset[str]:
    """Return the names that musl's C library offers in one release (``1.2.3``) on one CPU (``x86_64``).

    Raises `UsageError` for a release or a CPU whose list is not known; `musl_versions` says which are.
    """
    builds = _musl_builds(cpu)
    if version not in builds:
        raise UsageError(
            f"the symbols of musl {version} on {cpu} are not known",
            hint=f"known are {', '.join(musl_versions(cpu)) or 'none for that CPU'}",
        )
    return frozenset(open_library(shipped_folder(), MUSL).elf(builds[version]).exports)


def _musl_builds(cpu: str) -> dict[str, str]:
    """Return the build of each release for a CPU: hard-float ARM stands for both."""
    found: dict[str, str] = {}
    for build in open_library(shipped_folder(), MUSL).builds:
        known = cpu_of_elf(build.identity.machine, build.identity.bits, build.identity.endian)
        if known and known.name == cpu and build.loader and build.loader.version:
            found.setdefault(build.loader.version, build.id)
    return found


@cache
def _located() -> dict[str, tuple[Path, Listing]]:
    """Return every image with the folder that describes it."""
    user = user_folder()
    own = sorted(user.iterdir()) if user.is_dir() else []
    folders = [shipped_folder(), *(path for path in own if not path.name.startswith("."))]
    found: dict[str, tuple[Path, Listing]] = {}
    for folder in folders:
        for listing in _read(folder / "catalogue.json", Catalogue).images:
            found.setdefault(listing.name, (folder, listing))
    return found


@cache
def _aliases() -> dict[str, str]:
    return {alias: name for name, listing in listings().items() for alias in listing.aliases}


def _without_registry(name: str) -> str:
    for prefix in PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def _read(path: Path, kind: type[Record]) -> Record:
    try:
        return decoded(path.read_bytes(), kind)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise damaged(path, error) from error
