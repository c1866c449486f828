"""Packages and archives as inputs: unpacked, and what is packed inside them after them."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from everylinux.archives import tar
from everylinux.archives.compression import decompressed
from everylinux.archives.errors import ArchiveError, DamagedError
from everylinux.archives.streams import FilePart, open_regular
from everylinux.images.blobs import is_image
from everylinux.inputs.folder import Walk
from everylinux.inputs.hold import Hold
from everylinux.inputs.interface import Batch, Dependencies, InputFile, UnpackedPackage
from everylinux.inputs.packages import complete_facts, open_package
from everylinux.inputs.recognise import ARCHIVES, HEAD, recognise
from everylinux.inputs.scratch import Scratch
from everylinux.inputs.tally import NO_ARCHIVE, NO_ELF, Tally, reason_of
from everylinux.inputs.unpack import ROOT, Destination, shown, unpack
from everylinux.loader.subject import PackageRoot

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from everylinux.archives.budget import Budget
    from everylinux.elf.file import ElfFile
    from everylinux.images.memory import MemoryTree
    from everylinux.inputs.packages import Facts, Opened
    from everylinux.inputs.recognise import Kind
    from everylinux.inputs.unpack import Unpacked

DEEPEST = 3
TAR_NAME = re.compile(r"\.(tar\.[a-z0-9]+|t[gxb]z2?|tzst|apk)$")
# Of no interest without ELF files; the others say something of themselves.
PLAIN = frozenset({"tar", "zip"})


@dataclass(frozen=True)
class Opening:
    """How archives are opened: ``everything`` yields every file, not ELF files alone.

    ``held``: one process judges all files of a package, so a wheel's may stay in memory; ``look`` looks at all that
    will be asked of an ELF file there.
    """

    everything: bool = False
    held: bool = False
    look: Callable[[ElfFile], int] | None = None


@dataclass(frozen=True)
class Source:
    """One archive to open: where it lies now (``real``), how it is called, and how deep in other archives it was.

    ``named``: the user named it, so it is never passed over silently.
    """

    real: Path
    path: str
    member: str
    budget: Budget
    named: bool
    depth: int = 1

    @property
    def name(self) -> str:
        """Its file name."""
        return (self.member or self.path).rpartition("/")[2]

    @property
    def prefix(self) -> str:
        """What comes before the names of its members."""
        return f"{self.member}!/" if self.member else ""


def open_archive(source: Source, outer: Tally, opening: Opening) -> Generator[Batch]:
    """Yield the batch of one archive, then those of the archives in it.

    What is no archive after all, or holds nothing to judge, is counted in ``outer``. An archive that cannot be read to
    its end gives no file at all: judging half a package would invent missing libraries.
    """
    try:
        file = open_regular(source.real)
    except OSError as error:  # it was there when its folder was read
        outer.add(reason_of(error), source.path, source.member, incomplete=True)
        return
    with file:
        try:
            yield from _open(source, file, outer, opening)
        except ArchiveError as error:
            outer.add(str(error), source.path, source.member, incomplete=True)


def is_archive(path: Path, head: bytes, budget: Budget) -> bool:
    """Return whether a file is an archive; of a compressed one it has to be decompressed a little."""
    kind = recognise(head)
    if kind != "compressed":
        return kind in ARCHIVES
    with open_regular(path) as file, contextlib.suppress(ArchiveError):
        begin = decompressed(FilePart(file), budget).peek(tar.BLOCK)
        return begin == tar.ZEROS or tar.is_tar(begin)
    # Damaged: it is for whoever reads it to say so.
    return True


def _open(source: Source, file: BinaryIO, outer: Tally, opening: Opening) -> Iterator[Batch]:
    kind = recognise(file.read(HEAD))
    if kind == "tar" and is_image(file, source.budget):
        yield from _open_image(source, opening)
    elif (opened := _begun(source, file, kind)) is None:
        outer.add(NO_ARCHIVE, source.path, source.member)
    else:
        with Scratch() as scratch:
            yield from _unpacked(source, opened, scratch, outer, opening)


def _begun(source: Source, file: BinaryIO, kind: Kind) -> Opened | None:
    try:
        return open_package(file, kind, source.name, source.budget)
    except DamagedError:
        # What was compressed cannot be told: only its name says whether it was an archive.
        if kind != "compressed" or source.named or TAR_NAME.search(source.name):
            raise
        return None


def _unpacked(source: Source, opened: Opened, scratch: Scratch, outer: Tally, opening: Opening) -> Iterator[Batch]:
    held = Hold(scratch, source.budget, opening.look) if opening.held and opened.facts.kind == "wheel" else None
    if held is None:
        scratch.folder(ROOT)
    deepest = source.depth >= DEEPEST
    to = Destination(scratch, opened.place, opening.everything, deepest=deepest, held=held)
    tally = Tally(source.path, source.member)
    unpacked = unpack(opened.members, to, source.budget, tally)
    if unpacked.image:
        yield from _open_image(source, opening)
        return
    facts = complete_facts(opened.facts, unpacked.metadata, unpacked.tops)
    if source.named or unpacked.judged or facts.kind not in PLAIN or tally.incomplete:
        yield _batch(source, facts, unpacked, to, tally)
    elif not unpacked.archives:
        outer.add(NO_ELF, source.path, source.member)
    scratch.remove(ROOT)
    if held is not None:
        held.tree.clear()
    for real, name in unpacked.archives:
        inner = replace(source, real=real, member=f"{source.prefix}{shown(name)}", named=False, depth=source.depth + 1)
        yield from open_archive(inner, outer, opening)


def _open_image(source: Source, opening: Opening) -> Iterator[Batch]:
    # Few archives are images, and what reads them takes longer to import than most archives to read.
    from everylinux.inputs.oci import open_image

    return open_image(source.real, source.path, source.member, source.budget, everything=opening.everything)


def _batch(source: Source, facts: Facts, unpacked: Unpacked, to: Destination, tally: Tally) -> Batch:
    held = to.held.tree if to.held else None
    package = UnpackedPackage(
        source.path, source.member, facts.kind, to.root, facts.name, facts.version, facts.arch, facts.tags, held
    )
    batch = Batch(iter(()), package, skipped=tally.records())
    root = PackageRoot(to.root, facts.installed, held)
    needs = (
        Dependencies(facts.kind, source.name if source.member else source.path, facts.depends)
        if facts.depends
        else None
    )
    # What is not judged there was counted when it was unpacked.
    walk = Walk(str(to.root), Tally(source.path), everything=to.everything)
    batch.files = (
        InputFile(source.path, f"{source.prefix}{shown(unpacked.name_of(place))}", to.root / place, root, needs)
        for place in (walk if held is None else _judged(held, everything=to.everything))
    )
    return batch


def _judged(held: MemoryTree, *, everything: bool) -> Iterator[str]:
    for place in held:
        entry = held.find(f"/{place}")
        if entry is not None and (everything or recognise(entry.head(HEAD)) == "elf"):
            yield place
