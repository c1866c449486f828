"""`everylinux image`: the base images known by name.

Steps: read the catalogue → choose what was asked for (or measure what is added) → describe each → report.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from everylinux.errors import UsageError
from everylinux.evidence import ImageInfo, ImageReport
from everylinux.verbs.options import Common, common_options, registry_option, split_commas

if TYPE_CHECKING:
    from everylinux.images.stored import Listing


@click.group(name="image", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List, show, add and remove base images; without a sub-command all are listed."""
    if context.invoked_subcommand is None:
        context.invoke(list_images)


@command.command(name="list")
@common_options
def list_images(common: Common) -> int:
    """List every image of the catalogue, with the releases that decide most."""
    from everylinux.images import catalogue

    common.write(ImageReport(images=tuple(_describe(listing) for listing in catalogue.listings().values())))
    return 0


@command.command(name="show")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--platform", help="The platform whose libraries are shown (default: the image's first).")
@common_options
def show_images(names: tuple[str, ...], platform: str | None, common: Common) -> int:
    """Show images or groups with every library: where it lies, and the newest version that it defines."""
    from everylinux.images import catalogue

    expanded = [one for name in split_commas(names) for one in catalogue.expand(name)]
    wanted = dict.fromkeys(map(catalogue.canonical_name, expanded))
    listings = catalogue.listings()
    common.write(ImageReport(images=tuple(_describe_all(listings[name], platform) for name in wanted)))
    return 0


@command.command(name="add")
@click.argument("name")
@click.argument("source")
@registry_option
@common_options
def add_image(name: str, source: str, plain_http: tuple[str, ...], common: Common) -> int:
    """Measure a real image and keep it in your catalogue as NAME.

    SOURCE is dir:PATH, tar:PATH, oci:PATH or docker://HOST/NAME:TAG.
    """
    from everylinux.images import REAL, REGISTRY, directories_of, open_images
    from everylinux.images.own import add_image as measure_and_keep
    from everylinux.settings import load_settings

    kind, _, path = source.partition(":")
    if (kind not in REAL and not source.startswith(REGISTRY)) or not path:
        there = Path(source)
        meant = f"dir:{source}" if there.is_dir() else f"tar:{source}" if there.is_file() else ""
        raise UsageError(
            f"{source} is no image that can be measured",
            hint=f"write {meant or 'dir:PATH, tar:PATH, oci:PATH or docker://HOST/NAME:TAG'}",
        )
    settings = load_settings(Path.cwd(), config=common.config)
    common.progress.say(f"measuring {source}")
    (image,) = open_images([source], common.access(settings.images, plain_http))
    listing = measure_and_keep(name, source, *directories_of(image))
    common.write(ImageReport(images=(_describe_all(listing, None),)))
    return 0


@command.command(name="remove")
@click.argument("name")
@common_options
def remove_image(name: str, common: Common) -> int:
    """Take NAME, which was added, out of your catalogue."""
    from everylinux.images.own import remove_image as take_out

    common.write(ImageReport(images=(_describe(take_out(name)),)))
    common.progress.say(f"{name} is no longer in your catalogue")
    return 0


def _describe(listing: Listing) -> ImageInfo:
    return ImageInfo(
        name=listing.name,
        aliases=listing.aliases,
        family=listing.family,
        platforms=listing.platforms,
        libc=listing.libc,
        provenance=listing.provenance,
        date=listing.date,
        source=listing.source,
        digest=listing.digest,
        note=listing.note,
        releases=listing.releases,
    )


def _describe_all(listing: Listing, platform: str | None) -> ImageInfo:
    """Return an image with the libraries of one of its platforms."""
    from msgspec.structs import replace

    from everylinux.images import catalogue
    from everylinux.images.summary import newest_nodes

    if not listing.platforms:
        return _describe(listing)
    image = catalogue.open_entry(listing.name)
    try:
        tree = image.tree(platform or image.platforms()[0])
    except KeyError:
        raise UsageError(
            f"{listing.name} has no platform {platform}", hint=f"it has {', '.join(image.platforms())}"
        ) from None
    libraries = {path: " ".join(newest_nodes(file.version_definitions)) for path, file in tree.libraries()}
    return replace(_describe(listing), libraries=libraries)
