"""Images that are kept in archives: ``tar:PATH`` (a root file system), ``oci:PATH`` (a layout, or its archive).

Each is unpacked once into the cache, below the digest of its content, and used from there as a folder is.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.archives import tar
from everylinux.archives.budget import Budget
from everylinux.archives.compression import decompressed
from everylinux.archives.errors import ArchiveError
from everylinux.archives.streams import CHUNK, FilePart, open_regular
from everylinux.cache import cache_directory, directory_made_whole, locked
from everylinux.errors import InputOutputError, UsageError
from everylinux.images.blobs import MARKS, ArchiveBlobs, FolderBlobs, is_mark
from everylinux.images.directory import DirectoryImage, DirectoryTree
from everylinux.images.layers import apply_layer
from everylinux.images.oci import read_images, unpack_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from everylinux.images.interface import Image, Provenance
    from everylinux.images.oci import StoredImage

# Part of the names in the cache: raised when the same archive would unpack to something else.
FORMAT = 1
_MADE = re.compile(r"[a-z]+-sha256-([0-9a-f]{64})-\d+")


class PlatformsImage:
    """A container image for several platforms; each is unpacked when it is asked for."""

    provenance: Provenance = "real"

    def __init__(self, name: str, images: dict[str, Callable[[], Path]]) -> None:
        self.name = name
        self._images = images
        self._unpacked: dict[str, DirectoryImage] = {}

    def platforms(self) -> tuple[str, ...]:
        """Return the platforms that it lists, in its order."""
        return tuple(self._images)

    def tree(self, platform: str) -> DirectoryTree:
        """Return the files for one platform; raises `InputOutputError` when they cannot be unpacked."""
        if platform not in self._unpacked:
            directory = self._images[platform]()
            self._unpacked[platform] = DirectoryImage(self.name, directory)
        image = self._unpacked[platform]
        return image.tree(platform if platform in image.platforms() else (*image.platforms(), platform)[0])


def open_tar(name: str, path: Path) -> Image:
    """Open the archive of one root file system.

    Raises `UsageError` when there is no such file and `InputOutputError` when it cannot be unpacked.
    """
    _require_file(name, path)

    def unpack(directory: Path) -> None:
        with open_regular(path) as file:
            budget = Budget(path.stat().st_size)
            stream = decompressed(FilePart(file), budget)
            apply_layer(tar.members(stream, budget), directory, budget, whiteouts=False)
        found = ((mark, DirectoryTree(directory).find(f"/{mark}")) for mark in MARKS)
        if any(entry is not None and is_mark(mark, entry.head(tar.BLOCK)) for mark, entry in found):
            raise UsageError(f"{name} is a container image, not a root file system", hint=f"write oci:{path}")

    with _clear_errors(path):
        directory = made_once("tar", _digest_of(path), unpack)
    return DirectoryImage(name, directory)


def open_oci(name: str, path: Path) -> Image:
    """Open an OCI layout or its archive, or what ``docker save`` wrote; ``PATH:TAG`` chooses one of several images.

    Raises `UsageError` when there is no such file or tag, and `InputOutputError` when it cannot be unpacked.
    """
    tag = ""
    if not path.exists() and ":" in path.name:
        base, _, tag = str(path).rpartition(":")
        path = Path(base)
    if not path.is_dir():
        _require_file(name, path)
    with _clear_errors(path), open_blobs(path) as blobs:
        images = _chosen(name, read_images(blobs), tag)
    unpackers = {platform: _unpacker(path, image) for platform, image in images.items()}
    if len(unpackers) == 1:
        (unpack,) = unpackers.values()
        return DirectoryImage(name, unpack())
    return PlatformsImage(name, unpackers)


def open_blobs(path: Path, budget: Budget | None = None) -> FolderBlobs | ArchiveBlobs:
    """Open the files of a layout or an archive; raises `OSError` or `ArchiveError`."""
    if path.is_dir():
        return FolderBlobs(path)
    return ArchiveBlobs(path, budget or Budget(path.stat().st_size), cache_directory("images"))


def size_of(path: Path) -> int:
    """Return the bytes that a file, or all files of a layout, take."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(blob.lstat().st_size for blob in path.glob("blobs/*/*"))


def _unpacker(path: Path, image: StoredImage) -> Callable[[], Path]:
    def unpack(directory: Path) -> None:
        budget = Budget(size_of(path))
        with open_blobs(path, budget) as blobs:
            unpack_image(blobs, image, directory, budget)

    def unpacked() -> Path:
        with _clear_errors(path):
            return made_once("oci", image.digest.replace(":", "-"), unpack)

    return unpacked


def _chosen(name: str, images: tuple[StoredImage, ...], tag: str) -> dict[str, StoredImage]:
    """Return the images with a tag by platform, the first of each platform; all have to be of one tag."""
    tags = dict.fromkeys(tag for image in images for tag in image.tags)
    if tag:
        images = tuple(image for image in images if any(one == tag or one.endswith(f":{tag}") for one in image.tags))
        if not images:
            raise UsageError(f"{name} has no image {tag!r}", hint=f"it has {', '.join(tags) or 'no named images'}")
    chosen: dict[str, StoredImage] = {}
    for image in images:
        other = chosen.setdefault(image.platform, image)
        if other.digest != image.digest and not tag:
            raise UsageError(
                f"{name} holds several images for {image.platform}",
                hint=f"choose one: {name}:TAG" + (f", with {', '.join(tags)}" if tags else ""),
            )
    return chosen


def made_once(kind: str, digest: str, unpack: Callable[[Path], None]) -> Path:
    """Return the folder in the cache for a digest; two processes that want it at once make it once."""
    final = cache_directory("images") / f"{kind}-{digest}-{FORMAT}"
    if not final.is_dir():
        with locked(final):
            if not final.is_dir():
                with directory_made_whole(final) as partial:
                    unpack(partial)
    return final.resolve()


def digest_of_folder(directory: Path | None) -> str:
    """Return the digest (``sha256:…``) of what a folder in the cache was made from; empty for any other folder.

    It is that of a platform's manifest, or of the archive of a root file system.
    """
    name = _MADE.fullmatch(directory.name) if directory else None
    if name is None or directory is None or directory.parent != cache_directory("images").resolve():
        return ""
    return f"sha256:{name[1]}"


def _digest_of(path: Path) -> str:
    with open_regular(path) as file:
        part, digest = FilePart(file), hashlib.sha256()
        while data := part.read(CHUNK):
            digest.update(data)
        return f"sha256-{digest.hexdigest()}"


def _require_file(name: str, path: Path) -> None:
    if not path.is_file():
        raise UsageError(f"{name}: there is no file {path}", hint="the path is taken from the current folder")


@contextlib.contextmanager
def _clear_errors(path: Path) -> Iterator[None]:
    """Turn what is wrong with an archive into an error for the user."""
    try:
        yield
    except ArchiveError as error:
        raise InputOutputError(
            f"{path}: {error}",
            meaning="the archive is damaged, or made to do harm",
            hint="make or download it again",
        ) from error
