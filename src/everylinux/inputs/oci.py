"""Container images as inputs: one batch for each platform, judged on the image itself when no other was named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.archives.errors import ArchiveError
from everylinux.errors import UsageError
from everylinux.images import open_registry
from everylinux.images.archive import open_blobs
from everylinux.images.directory import DirectoryImage
from everylinux.images.oci import read_images, unpack_image
from everylinux.inputs.folder import Walk
from everylinux.inputs.interface import Batch, InputFile, UnpackedPackage
from everylinux.inputs.scratch import scratch_folder
from everylinux.inputs.tally import Tally
from everylinux.inputs.unpack import shown
from everylinux.loader.subject import PackageRoot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from everylinux.archives.budget import Budget
    from everylinux.images.access import Access
    from everylinux.images.oci import StoredImage

PREFIX = "oci:"


def open_image(source: Path, path: str, member: str, budget: Budget, *, everything: bool) -> Iterator[Batch]:
    """Yield a batch for each platform of a container image in a folder or an archive; raises `ArchiveError`."""
    with open_blobs(source, budget) as blobs:
        images = read_images(blobs)
        for image in images:
            # Named by its platform only where there are several.
            inner = _label(image, images) if len(images) > 1 else ""
            label = "!/".join(part for part in (member, inner) if part)
            with scratch_folder() as directory:
                tally = Tally(path, label)
                try:
                    unpack_image(blobs, image, directory, budget)
                except ArchiveError as error:
                    tally.add(str(error), incomplete=True)
                    yield Batch(iter(()), skipped=tally.records())
                    continue
                package = UnpackedPackage(
                    path, label, "oci", directory, name=next(iter(image.tags), ""), arch=image.platform
                )
                batch = Batch(iter(()), package, DirectoryImage(f"{PREFIX}{path}", directory))
                batch.files = _files(batch, tally, everything=everything)
                yield batch


def open_reference(
    reference: str, access: Access | None, platforms: Sequence[str], *, everything: bool
) -> Iterator[Batch]:
    """Yield a batch for each platform (of ``platforms``, unless that is empty) of an image in a registry.

    Raises `UsageError` for what is no reference, or has none of the platforms, and `InputOutputError`.
    """
    image = open_registry(reference, reference, access)
    offered = image.platforms()
    wanted = [platform for platform in offered if not platforms or platform in platforms]
    if not wanted:
        raise UsageError(f"{reference} has no {', '.join(platforms)}", hint=f"it has {', '.join(offered)}")
    for platform in wanted:
        directory = image.tree(platform).directory
        assert directory is not None  # noqa: S101 - for the type checker: it was fetched
        label = platform if len(offered) > 1 else ""
        package = UnpackedPackage(reference, label, "oci", directory, arch=platform)
        batch = Batch(iter(()), package, DirectoryImage(reference, directory))
        batch.files = _files(batch, Tally(reference, label), everything=everything)
        yield batch


def _label(image: StoredImage, images: tuple[StoredImage, ...]) -> str:
    alike = sum(other.platform == image.platform for other in images) > 1
    return f"{image.platform}@{image.digest[:19]}" if alike else image.platform


def _files(batch: Batch, tally: Tally, *, everything: bool) -> Iterator[InputFile]:
    package = batch.package
    assert package is not None  # noqa: S101 - for the type checker
    prefix = f"{package.member}!/" if package.member else ""
    root = PackageRoot(package.directory, installed=True)

    def name_of(name: str) -> tuple[str, str]:
        return package.path, f"{prefix}{shown(name)}"

    for name in Walk(str(package.directory), tally, everything=everything, shown=name_of):
        yield InputFile(package.path, f"{prefix}{shown(name)}", package.directory / name, root)
    batch.skipped += tally.records()
