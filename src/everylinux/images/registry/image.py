"""Images in registries: the platforms by the index alone, the layers of a platform once it is asked for.

Sources: OCI image specification (image-index.md, manifest.md), OCI distribution specification ("Pull").
"""

from __future__ import annotations

import contextlib
import hashlib
from typing import TYPE_CHECKING

import msgspec

from everylinux.archives.budget import Budget
from everylinux.archives.errors import ArchiveError, DamagedError, UnsupportedError
from everylinux.cache import write_atomically
from everylinux.errors import InputOutputError
from everylinux.images.archive import PlatformsImage, made_once
from everylinux.images.blobs import FolderBlobs
from everylinux.images.manifests import (
    INDEX_TYPES,
    LARGEST_DOCUMENT,
    MOST_IMAGES,
    MOST_LAYERS,
    MOST_NESTED,
    Config,
    Descriptor,
    Index,
    Manifest,
    blob_name,
    decode,
    platform_name,
)
from everylinux.images.oci import Layer, StoredImage, unpack_image
from everylinux.images.registry.blobs import (
    blob_path,
    drop_damaged,
    fetch_blob,
    is_named,
    keep,
    layout_folder,
    not_fetched,
    small_blob,
    wrong_content,
)
from everylinux.images.registry.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from everylinux.images.access import Access
    from everylinux.images.registry.reference import Reference

# Bytes of all layers together, packed; the largest images of machine learning have some 20 GiB.
LARGEST_IMAGE = 64 << 30
LAYER_TYPES = ("application/vnd.oci.image.layer.", "application/vnd.docker.image.rootfs.")
ENCRYPTED = "+encrypted"
MIB = 1 << 20


class _Kind(msgspec.Struct, rename="camel"):
    """What tells an index from a manifest where the media type does not."""

    schema_version: int = 0
    media_type: str = ""
    manifests: list[msgspec.Raw] | None = None
    layers: list[msgspec.Raw] | None = None


def open_registry(name: str, reference: Reference, access: Access) -> PlatformsImage:
    """Open an image in a registry; its layers are fetched when a platform's files are asked for.

    Raises `InputOutputError` when it cannot be had.
    """
    remote = _Remote(reference, access)
    with _clear_errors(reference):
        found = dict(remote.platforms())
    unpackers = {platform: remote.unpacker(platform, one) for platform, one in found.items()}
    return PlatformsImage(name, dict(sorted(unpackers.items(), key=lambda pair: (pair[0] != "linux/amd64", pair[0]))))


class _Remote:
    """One image as the registry describes it."""

    def __init__(self, reference: Reference, access: Access) -> None:
        self._reference = reference
        self._access = access
        self._repository = None if access.offline else Repository(reference, access)

    def platforms(self) -> Iterator[tuple[str, Descriptor]]:
        """Yield the platforms for Linux, each with the manifest for it; raises `ArchiveError`."""
        digest = self._resolved()
        content = self._manifest(Descriptor(digest))
        found: dict[str, tuple[bool, Descriptor]] = {}
        for platform, exact, descriptor in self._listed(content, Descriptor(digest), 0):
            # Of ARM's variants the one that is meant comes before those that it also executes.
            if platform not in found or (exact and not found[platform][0]):
                found[platform] = exact, descriptor
        if not found:
            raise UnsupportedError("it has no image for Linux")
        for platform, (_, descriptor) in found.items():
            yield platform, descriptor

    def unpacker(self, platform: str, descriptor: Descriptor) -> Callable[[], Path]:
        """Return what fetches and unpacks one platform, and then returns its folder."""

        def unpacked() -> Path:
            with _clear_errors(self._reference):
                name = descriptor.digest.replace(":", "-")
                return made_once("oci", name, lambda directory: self._unpack(platform, descriptor, directory))

        return unpacked

    def _resolved(self) -> str:
        """Return the digest of the document that a name stands for now, or stood for when there is no network."""
        if self._reference.digest:
            return self._reference.digest
        note = layout_folder() / "tags" / hashlib.sha256(str(self._reference).encode()).hexdigest()
        known = ""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            known = note.read_text(encoding="ascii")
        if self._repository is None:
            if not known:
                raise not_fetched()
            return known
        if known and blob_path(known).is_file() and self._repository.digest_of(self._reference.tag) == known:
            return known
        content, claimed = self._repository.manifest(self._reference.tag)
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if claimed and not is_named(content, claimed):
            raise wrong_content(claimed)
        _require_document(content)
        keep(content, digest)
        note.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(note, digest.encode())
        return digest

    def _manifest(self, descriptor: Descriptor) -> bytes:
        """Return an index or a manifest by its digest."""
        digest, repository = descriptor.digest, self._repository
        fetch = None if repository is None else lambda: repository.manifest(digest)[0]
        content = small_blob(digest, descriptor.size, fetch)
        _require_document(content)
        return content

    def _config(self, descriptor: Descriptor) -> Config:
        digest, repository = descriptor.digest, self._repository
        fetch = None if repository is None else lambda: repository.small_blob(digest)
        content = small_blob(digest, descriptor.size, fetch)
        _require_document(content)
        return decode(content, Config, "its configuration")

    def _listed(self, content: bytes, descriptor: Descriptor, depth: int) -> Iterator[tuple[str, bool, Descriptor]]:
        kind = decode(content, _Kind, "its manifest")
        if kind.manifests is None:
            if kind.layers is None:
                raise UnsupportedError("it is no container image of a kind that is in use today")
            manifest = decode(content, Manifest, "its manifest")
            _require_layers(manifest)
            platform = self._config(manifest.config)
            if platform.os in {"linux", ""}:
                yield platform_name(platform), True, descriptor
            return
        index = decode(content, Index, "its index")
        if depth > MOST_NESTED or len(index.manifests) > MOST_IMAGES:
            raise DamagedError("it lists more images than any real one")
        for inner in index.manifests:
            blob_name(inner.digest)
            if inner.media_type in INDEX_TYPES or inner.platform is None:
                # Something else may be listed beside the images.
                with contextlib.suppress(UnsupportedError):
                    yield from self._listed(self._manifest(inner), inner, depth + 1)
            elif not inner.is_attached and inner.platform.os in {"linux", ""}:
                exact = inner.platform.variant in {"", "v7", "v8"}
                yield platform_name(inner.platform), exact, inner

    def _unpack(self, platform: str, descriptor: Descriptor, directory: Path) -> None:
        manifest = decode(self._manifest(descriptor), Manifest, "its manifest")
        sizes = _require_layers(manifest)
        total = sum(sizes.values())
        missing = sum(size for digest, size in sizes.items() if not blob_path(digest).is_file())
        if missing and self._repository:
            self._access.say(f"fetching {self._reference} for {platform}: {missing / MIB:.1f} MiB")
        layers = tuple(Layer(blob_name(one.digest), one.digest, unpacked=False) for one in manifest.layers)
        image = StoredImage(platform, descriptor.digest, layers)
        for last in (False, True):
            for digest, size in sizes.items():
                fetch_blob(self._repository, digest, size)
            budget = Budget(total)
            try:
                with FolderBlobs(layout_folder()) as blobs:
                    unpack_image(blobs, image, directory, budget)
            except DamagedError:
                # A blob that was whole when it came may have been damaged on this disk since.
                if last or not drop_damaged(list(sizes)):
                    raise
                _empty(directory)
            else:
                return


def _require_document(content: bytes) -> None:
    if len(content) > LARGEST_DOCUMENT:
        raise DamagedError("a document of it is longer than any real one")


def _require_layers(manifest: Manifest) -> dict[str, int]:
    """Return the size of each layer; raises `ArchiveError` for what can be no container image."""
    if len(manifest.layers) > MOST_LAYERS:
        raise DamagedError(f"it has {len(manifest.layers)} layers, more than any real image")
    sizes: dict[str, int] = {}
    for layer in manifest.layers:
        if not layer.media_type.startswith(LAYER_TYPES):
            raise UnsupportedError("it is no container image: what it holds are no layers of a file system")
        if layer.media_type.endswith(ENCRYPTED):
            raise UnsupportedError("its layers are encrypted")
        if layer.size is None or layer.size < 0:
            raise DamagedError("it does not say how large a layer is")
        sizes[layer.digest] = layer.size
    if sum(sizes.values()) > LARGEST_IMAGE:
        raise DamagedError("it is larger than any real image")
    return sizes


def _empty(directory: Path) -> None:
    import shutil

    for entry in directory.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()


@contextlib.contextmanager
def _clear_errors(reference: Reference) -> Iterator[None]:
    """Name the image in what is wrong with it."""
    try:
        yield
    except ArchiveError as error:
        raise InputOutputError(
            f"docker://{reference}: {error}", meaning="the image is damaged, or made to do harm, or is none"
        ) from error
    except InputOutputError as error:
        raise type(error)(f"docker://{reference}: {error.message}", meaning=error.meaning, hint=error.hint) from error
