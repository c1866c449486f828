"""What the loader asks of an image, whether it is a folder or an entry of the catalogue.

Paths are absolute inside the image (``/usr/lib/libc.so.6``), with ``/`` between the parts. Every link, absolute ones
too, resolves inside the image as after chroot, and none leads out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    from everylinux.elf.file import ElfFile

Provenance = Literal["real", "measured", "documented"]


class Entry(Protocol):
    """One file or folder that is there."""

    @property
    def path(self) -> str:
        """The path that was asked for."""

    @property
    def resolved(self) -> str:
        """The same place without any link in it."""

    @property
    def directory(self) -> bool:
        """Whether it is a folder."""

    @property
    def executable(self) -> bool:
        """Whether an executable bit is set."""

    @property
    def same_file(self) -> Hashable:
        """Equal for two entries exactly when they are one file (device and inode, or a catalogue's path)."""

    def head(self, count: int) -> bytes:
        """Return the first ``count`` bytes, fewer when the file is shorter; empty for what only documents tell."""

    def elf(self) -> ElfFile:
        """Return what a loader reads in it; raises `NotElfError` or `CorruptElfError`. Parsed once an image."""


class Tree(Protocol):
    """The files of one platform of an image.

    ``directory`` is the folder on this machine, ``None`` for an image that is only described. ``complete`` is
    ``False`` when a path that `find` does not know may exist all the same (a documented entry lists what it knows):
    the loader then answers ``unknown`` where it would have said that something is missing.
    """

    @property
    def directory(self) -> Path | None:
        """The real folder."""

    @property
    def complete(self) -> bool:
        """Whether what is not listed is not there."""

    @property
    def lists_libraries(self) -> bool:
        """Whether every library is listed where loaders look, also when other files are not."""

    def find(self, path: str) -> Entry | None:
        """Return what is at an absolute path, every link followed; ``None`` when nothing is (also a loop of links)."""

    def lacks(self, path: str) -> bool:
        """Return whether it is known that nothing is at an absolute path; ``False`` also where nothing is known."""

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in a folder; empty when there is none."""


class Image(Protocol):
    """A base image: a name, where its facts are from, and its platforms.

    `platforms` are OCI platforms (``linux/arm64``), the usual one first; empty means that the image has no file that
    binds it to a CPU, so it takes the platform of the file that is judged.
    """

    @property
    def name(self) -> str:
        """The reference it was opened by."""

    @property
    def provenance(self) -> Provenance:
        """A ``real`` file system, a catalogue entry ``measured`` from one, or ``documented`` facts."""

    def platforms(self) -> tuple[str, ...]:
        """Return its platforms, sorted except that the usual one comes first."""

    def tree(self, platform: str) -> Tree:
        """Return the files of one platform; raises `KeyError` for a platform that it does not have."""
