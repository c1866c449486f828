"""Reading container images that are kept in a folder or an archive: OCI layouts, and what ``docker save`` writes.

Sources: OCI image specification (image-layout.md, image-index.md, manifest.md, config.md); Docker's image
specification v1.2 for ``manifest.json``. Every blob is compared with the digest that names it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from everylinux.archives import tar
from everylinux.archives.compression import decompressed
from everylinux.archives.errors import DamagedError, UnsupportedError
from everylinux.archives.streams import CHUNK, Hashed
from everylinux.images.layers import apply_layer
from everylinux.images.manifests import (
    DIGEST,
    INDEX_TYPES,
    LARGEST_DOCUMENT,
    LONGEST_NAME,
    MOST_IMAGES,
    MOST_LAYERS,
    MOST_NESTED,
    Config,
    Document,
    Index,
    Manifest,
    blob_name,
    decode,
    platform_name,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.archives.budget import Budget
    from everylinux.archives.interface import Reader
    from everylinux.images.blobs import Blobs

REFERENCE = "org.opencontainers.image.ref.name"


class _Saved(msgspec.Struct, rename="pascal"):
    """One image in the ``manifest.json`` of ``docker save``."""

    config: str
    layers: list[str]
    repo_tags: list[str] | None = None


@dataclass(frozen=True)
class Layer:
    """One layer: the blob's name, and the digest of the blob or, when ``unpacked``, of what is packed in it."""

    blob: str
    digest: str
    unpacked: bool


@dataclass(frozen=True)
class StoredImage:
    """One image for one platform. ``digest`` names its content, ``tags`` what it is called there."""

    platform: str
    digest: str
    layers: tuple[Layer, ...]
    tags: tuple[str, ...] = ()


def read_images(blobs: Blobs) -> tuple[StoredImage, ...]:
    """Return the images for Linux, in the order in which they are listed; raises `ArchiveError`."""
    if blobs.open("index.json") is not None:
        index = _document(blobs, "index.json", "", Index)
        images = list(_of_index(blobs, index, (), 0))
    elif blobs.open("manifest.json") is not None:
        images = list(_of_docker(blobs))
    else:
        raise DamagedError("it has neither index.json nor manifest.json, so it is no container image")
    if not images:
        raise UnsupportedError("it has no image for Linux")
    return tuple(images)


def unpack_image(blobs: Blobs, image: StoredImage, directory: Path, budget: Budget) -> None:
    """Put all layers of an image into an empty folder; raises `ArchiveError`, also for a wrong digest."""
    for layer in image.layers:
        source = blobs.open(layer.blob)
        if source is None:
            raise DamagedError(f"the layer {layer.blob[:LONGEST_NAME]} is missing")
        raw = _hashed(source, layer.digest)
        stream = decompressed(raw, budget)
        if layer.unpacked:
            raw = _hashed(stream, layer.digest)
            stream = decompressed(raw, budget)
        apply_layer(tar.members(stream, budget), directory, budget)
        stream.drain()
        raw.compare()


def _hashed(source: Reader, digest: str) -> Hashed:
    match = DIGEST.fullmatch(digest)
    if match is None:
        raise DamagedError(f"{digest[:100]!r} is no digest")
    return Hashed(source, match[1] or match[3], match[2] or match[4])


def _of_index(blobs: Blobs, index: Index, tags: tuple[str, ...], depth: int) -> Iterator[StoredImage]:
    if depth > MOST_NESTED or len(index.manifests) > MOST_IMAGES:
        raise DamagedError("it lists more images than any real one")
    for descriptor in index.manifests:
        name = (descriptor.annotations or {}).get(REFERENCE)
        own_tags = (*tags, name[:LONGEST_NAME]) if name else tags
        if descriptor.media_type in INDEX_TYPES:
            inner = _document(blobs, blob_name(descriptor.digest), descriptor.digest, Index)
            yield from _of_index(blobs, inner, own_tags, depth + 1)
            continue
        if descriptor.is_attached:
            continue
        manifest = _document(blobs, blob_name(descriptor.digest), descriptor.digest, Manifest)
        platform = descriptor.platform or _document(
            blobs, blob_name(manifest.config.digest), manifest.config.digest, Config
        )
        if platform.os in ("linux", ""):
            layers = [Layer(blob_name(layer.digest), layer.digest, unpacked=False) for layer in manifest.layers]
            yield StoredImage(platform_name(platform), descriptor.digest, _bounded(layers), own_tags)


def _of_docker(blobs: Blobs) -> Iterator[StoredImage]:
    saved = decode(_content(blobs, "manifest.json", ""), list[_Saved], "manifest.json")
    for one in saved[:MOST_IMAGES]:
        # The configuration's digest is the image's name; it holds the digest of every unpacked layer.
        content = _content(blobs, one.config, "")
        config = decode(content, Config, one.config)
        if len(config.rootfs.diff_ids) != len(one.layers):
            raise DamagedError("its configuration does not name every layer's digest")
        if config.os in ("linux", ""):
            layers = [
                Layer(name, digest, unpacked=True)
                for name, digest in zip(one.layers, config.rootfs.diff_ids, strict=True)
            ]
            digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
            yield StoredImage(
                platform_name(config),
                digest,
                _bounded(layers),
                tuple(tag[:LONGEST_NAME] for tag in (one.repo_tags or ())[:MOST_IMAGES]),
            )


def _bounded(layers: list[Layer]) -> tuple[Layer, ...]:
    if len(layers) > MOST_LAYERS:
        raise DamagedError(f"it has {len(layers)} layers, more than any real image")
    return tuple(layers)


def _document(blobs: Blobs, name: str, digest: str, kind: type[Document]) -> Document:
    return decode(_content(blobs, name, digest), kind, name)


def _content(blobs: Blobs, name: str, digest: str) -> bytes:
    """Return a small blob, compared with its digest when there is one."""
    if len(name) > LONGEST_NAME:
        raise DamagedError("a name in it is too long")
    source = blobs.open(name)
    if source is None:
        raise DamagedError(f"{name} is missing")
    reader = _hashed(source, digest) if digest else source
    content = b""
    while piece := reader.read(CHUNK):
        content += piece
        if len(content) > LARGEST_DOCUMENT:
            raise DamagedError(f"{name} is too long")
    if isinstance(reader, Hashed):
        reader.compare()
    return content
