"""The documents that describe a container image: index, manifest and configuration.

Sources: OCI image specification (image-index.md, manifest.md, config.md, descriptor.md); Docker's image manifest
version 2, schema 2, which has the same fields.
"""

from __future__ import annotations

import re
from typing import TypeVar

import msgspec

from everylinux.archives.errors import DamagedError
from everylinux.decoding import decoded
from everylinux.errors import UsageError

# manifest.md asks registries to take manifests of at least 4 MiB.
LARGEST_DOCUMENT = 4 << 20
# containerd's and Docker's limit is 127 layers.
MOST_LAYERS = 500
MOST_IMAGES = 200
MOST_NESTED = 3
# Registries allow 255 characters and 128 for a tag; a platform has some ten.
LONGEST_NAME = 400
DIGEST = re.compile(r"(sha256):([0-9a-f]{64})|(sha512):([0-9a-f]{128})")
INDEX_TYPES = frozenset(
    {"application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json"}
)
MANIFEST_TYPES = frozenset(
    {"application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json"}
)
UNKNOWN = "unknown"  # how signatures and attestations are listed among the platforms
Document = TypeVar("Document")


class Platform(msgspec.Struct):
    """What an image is for, in the words of Go's ``GOOS`` and ``GOARCH``."""

    os: str = ""
    architecture: str = ""
    variant: str = ""


class Descriptor(msgspec.Struct, rename="camel"):
    """What names a document or a layer; ``size`` is in bytes."""

    digest: str
    media_type: str = ""
    size: int | None = None
    platform: Platform | None = None
    annotations: dict[str, str] | None = None

    @property
    def is_attached(self) -> bool:
        """Whether it is no image but a signature or an attestation of one."""
        return self.platform is not None and UNKNOWN in (self.platform.os, self.platform.architecture)


class Index(msgspec.Struct):
    """Images for several platforms."""

    manifests: list[Descriptor]


class Manifest(msgspec.Struct):
    """One image for one platform."""

    config: Descriptor
    layers: list[Descriptor]


class _RootFileSystem(msgspec.Struct):
    diff_ids: list[str] = []


class Config(Platform):
    """An image's configuration, as far as it is read here."""

    rootfs: _RootFileSystem = msgspec.field(default_factory=_RootFileSystem)


def decode(content: bytes, kind: type[Document], name: str) -> Document:
    """Return a document that was read; raises `DamagedError` with its name for one that is malformed."""
    try:
        return decoded(content, kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise DamagedError(f"{name} is malformed: {error}") from error


def blob_name(digest: str) -> str:
    """Return where a layout keeps a blob (image-layout.md); raises `DamagedError` for what is no digest."""
    if DIGEST.fullmatch(digest) is None:
        raise DamagedError(f"{digest[:100]!r} is no digest")
    return "blobs/" + digest.replace(":", "/")


def platform_name(platform: Platform) -> str:
    """Return a platform as it is spelled here (``linux/arm64``, not ``linux/arm64/v8``)."""
    from everylinux.spelling import parse_targets

    variant = "v7" if platform.architecture == "arm" and platform.variant in ("", "v6", "v8") else platform.variant
    name = "/".join(part for part in (platform.os or "linux", platform.architecture, variant) if part)
    if len(name) > LONGEST_NAME:
        raise DamagedError("a platform in it has too long a name")
    try:
        return parse_targets(name, libc="musl")[0].platform
    except UsageError:
        return name
