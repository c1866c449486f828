"""Images whose file system can be had: each root is made and measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.images.stored import Listing
from everylinux.images.summary import libc_of, releases_of
from images.surroundings import surrounded
from images.templates import measured_root

if TYPE_CHECKING:
    from everylinux.images.shelf import Shelf


class MeasuredImage(msgspec.Struct, frozen=True):
    """One image: the flavour, suite and architectures of the roots that stand for it."""

    name: str
    aliases: tuple[str, ...]
    family: str
    flavour: str
    suite: str
    architectures: tuple[str, ...]
    source: str
    note: str


class MeasuredFacts(msgspec.Struct, frozen=True):
    """The whole of ``measured.json``; ``platforms`` maps Debian's architectures to OCI platforms."""

    date: str
    sources: dict[str, str]
    platforms: dict[str, str]
    measured: tuple[MeasuredImage, ...]


def measured_facts() -> MeasuredFacts:
    """Return what is to be measured."""
    return msgspec.json.decode(Path(__file__).with_name("measured.json").read_bytes(), type=MeasuredFacts)


def add_measured(shelf: Shelf, date: str) -> None:
    """Make and measure the roots of every image, and keep them in the shelf."""
    facts = measured_facts()
    for image in facts.measured:
        platforms = {}
        for architecture in image.architectures:
            print(f"{image.name} {architecture}")
            root = f"{image.flavour}-{image.suite}-{architecture}"
            platforms[facts.platforms[architecture]] = surrounded(image.name, measured_root(root), root)
        shelf.add_image(
            Listing(
                name=image.name,
                family=image.family,
                platforms=tuple(sorted(platforms)),
                libc=libc_of(platforms.values()),
                provenance="measured",
                date=date,
                source=image.source,
                aliases=image.aliases,
                releases=releases_of(platforms.values()),
                note=image.note,
            ),
            platforms,
        )
