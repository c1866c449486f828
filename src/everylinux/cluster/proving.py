"""Runs of files in images, here or on another machine.

To another machine go the file with all that its run brings along, and the root file system as it is on this machine:
the result depends neither on what the other machine has nor on what it can fetch. What cannot be run anywhere (the
image is only described, or has no such platform) is answered here.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.cluster import store
from everylinux.cluster.parcel import Parcel, Tree, tree_of_files, tree_of_folder
from everylinux.errors import NotProvenError, ToolMissingError
from everylinux.evidence import Run
from everylinux.images.archive import digest_of_folder
from everylinux.images.directory import DirectoryTree
from everylinux.images.empty import EmptyTree
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.sandbox.host.module import imported_module
from everylinux.sandbox.host.program import CPYTHON, find_host_programs
from everylinux.sandbox.isolation.capture import stop_running
from everylinux.sandbox.outcome import readable
from everylinux.sandbox.program import choose_platform, read_program, require_readable
from everylinux.sandbox.surroundings import NOT_SHOWN, place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from everylinux.elf import ElfFile
    from everylinux.images.interface import Image, Provenance
    from everylinux.images.interface import Tree as ImageTree
    from everylinux.sandbox.interface import Mount
    from everylinux.sandbox.program import Program


@dataclass(frozen=True)
class Proving:
    """The `everylinux.engine.Work` of `prove` and `matrix`: from requests to runs.

    ``tolerant``: where a machine cannot isolate, the answer is ``unknown``, and the others go on.
    """

    tolerant: bool = False

    def here(self, request: ProveRequest) -> Run:
        """Run it on this machine; raises what `prove_file` does."""
        try:
            return prove_file(request)
        except ToolMissingError as error:
            if not self.tolerant:
                raise
            return self.lost(request, f"{error.message}: {error.hint}")

    def parcel(self, request: ProveRequest) -> Parcel[Run] | None:
        """Return what travels for a run; raises what `prove_file` does for a file that cannot be read."""
        program = read_program(request.path)
        if request.stdin:
            require_readable(request.stdin)
        platform = choose_platform(program, request.image, request.platform)
        tree = platform and _tree_at_hand(request.image, platform)
        if not platform or not tree:
            return None
        root = _root_to_send(tree.directory) if tree.directory else None
        files = _files_to_send(tuple(_brought(request, program, tree)))
        order = RunOrder(
            request=replace(
                request,
                image=SentImage(request.image.name, request.image.platforms(), root.name if root else ""),
                path=program.path,
                stdin=request.stdin and request.stdin.absolute(),
                mounts=_with_sources(request.mounts, Path.absolute),
                platform=platform,
            ),
            named=readable(str(request.path)),
            files=files.name,
            inside=_place_inside(program.path, tree.directory),
            tolerant=self.tolerant,
        )
        return Parcel(run_order, (order,), (files, root) if root else (files,))

    def lost(self, request: ProveRequest, why: str) -> Run:
        """Return the record of a run that no machine could make."""
        program = read_program(request.path)
        return Run(
            path=readable(str(request.path)),
            sha256=program.sha256,
            image=request.image.name,
            platform=request.platform or program.platform or "",
            verdict="unknown",
            note=why,
        )

    def stop(self) -> None:
        """End the runs of this machine."""
        stop_running()


@dataclass(frozen=True)
class SentImage:
    """An image whose files were sent: ``folder`` is the name of their tree, empty for an image without files."""

    name: str
    offered: tuple[str, ...]
    folder: str
    provenance: Provenance = "real"

    def platforms(self) -> tuple[str, ...]:
        """Return the platforms that it has where it came from."""
        return self.offered

    def tree(self, platform: str) -> ImageTree:
        """Return the files that were sent: those of the one platform that was chosen."""
        del platform
        return DirectoryTree(store.folder(self.folder).resolve()) if self.folder else EmptyTree()


@dataclass(frozen=True, kw_only=True)
class RunOrder:
    """One run as it travels.

    The paths in ``request`` are those of the machine that it comes from; ``files`` is the name of the tree that has
    them. ``named`` is what the record calls the file; ``inside`` is its path in the image where it lies there.
    """

    request: ProveRequest
    named: str
    files: str
    inside: str = ""
    tolerant: bool = False


def run_order(order: RunOrder) -> Run:
    """Make a run that was sent, and return the record as the sender's machine would have written it."""
    request, folder = order.request, store.folder(order.files).resolve()
    moved = functools.partial(_moved, folder=folder)
    smoke, root = request.smoke, request.image.tree(request.platform or "").directory
    request = replace(
        request,
        path=root / order.inside if root and order.inside else moved(request.path),
        stdin=request.stdin and moved(request.stdin),
        mounts=_with_sources(request.mounts, moved),
        smoke=smoke and replace(smoke, mounts=_with_sources(smoke.mounts, moved)),
    )
    run = Proving(tolerant=order.tolerant).here(request)
    return msgspec.structs.replace(run, path=order.named)


def _brought(request: ProveRequest, program: Program, tree: ImageTree) -> list[Path]:
    """Return the files and folders of this machine that a run needs besides the image's."""
    mounts = [*place(program.path, tree.directory, alone=request.alone).mounts, *request.mounts]
    if request.smoke:
        mounts += request.smoke.mounts
    files = [mount.source for mount in mounts]
    if request.stdin:
        files.append(request.stdin)
    if program.elf is not None and program.shared_object:
        files += _imported_with(program.elf, program.path, tree)
    return files


def _imported_with(file: ElfFile, path: Path, tree: ImageTree) -> list[Path]:
    """Return the package that an extension is imported with where the image has its Python, and what names it."""
    hosts, _ = find_host_programs(file, path.name, tree)
    inside = tree.directory is not None and path.is_relative_to(tree.directory.resolve())
    if inside or not any(host.kind.host == CPYTHON for host in hosts):
        return []
    module = imported_module(file, path)
    return [each for each in (module.package, module.record) if each is not None]


def _place_inside(path: Path, root: Path | None) -> str:
    """Return the path of a file in the image at ``root``; empty for one that does not lie there, or is not shown."""
    if root is None or not path.is_relative_to(root.resolve()):
        return ""
    inside = path.relative_to(root.resolve())
    return "" if inside.parts[0] in NOT_SHOWN else str(inside)


def _tree_at_hand(image: Image, platform: str) -> ImageTree | None:
    """Return the files of an image where there are any to run in; an empty image has none, and is whole."""
    try:
        tree = image.tree(platform)
    except NotProvenError:
        return None
    return tree if tree.directory is not None or (tree.complete and not tree.names("/")) else None


@functools.lru_cache(maxsize=64)
def _root_to_send(directory: Path) -> Tree:
    """Return the tree of an image's folder; one that was made from an archive keeps its name in the cache."""
    if digest_of_folder(directory):
        return tree_of_folder(directory, f"images/{directory.name}")
    return tree_of_folder(directory, empty=NOT_SHOWN)


@functools.lru_cache(maxsize=32)
def _files_to_send(files: tuple[Path, ...]) -> Tree:
    """Return the tree of a run's files, read once for the images that it is run in."""
    return tree_of_files(files)


def _moved(path: Path, folder: Path) -> Path:
    """Return where a file of the sender (by its absolute path) lies in the tree that came with it."""
    return folder / path.relative_to("/")


def _with_sources(mounts: Sequence[Mount], where: Callable[[Path], Path]) -> tuple[Mount, ...]:
    return tuple(replace(mount, source=where(mount.source)) for mount in mounts)
