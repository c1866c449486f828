"""What a user's arguments come to: batches of files that are judged together, and what was passed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.evidence import named

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.evidence import CheckedFile, Skipped
    from everylinux.images.interface import Image
    from everylinux.images.memory import MemoryTree
    from everylinux.loader.subject import PackageRoot


class UnpackedPackage(msgspec.Struct, frozen=True):
    """A package or archive that was opened, and what it says of itself.

    ``path`` and ``member`` name it as those of a `CheckedFile` name a file; ``kind`` is one of `Package.kind`.
    ``directory`` holds what judging needs of it, as it lies when it is installed, unless it is ``held`` in memory.
    ``tags`` are a wheel's tags, one by one: ``cp312-cp312-manylinux_2_17_x86_64``.
    """

    path: str
    member: str
    kind: str
    directory: Path
    name: str = ""
    version: str = ""
    arch: str = ""
    tags: tuple[str, ...] = ()
    held: MemoryTree | None = None


class Dependencies(msgspec.Struct, frozen=True):
    """What a package manager brings along when it installs a package, and the file to name to it.

    ``kind`` is ``deb``, ``rpm`` or ``apk``; ``names`` are in that manager's words: ``libjq1 (>= 1.6)``,
    ``libz.so.1()(64bit)``, ``so:libz.so.1``.
    """

    kind: str
    file: str
    names: tuple[str, ...]


class InputFile(msgspec.Struct, frozen=True):
    """One file to judge: how it is named (``path``, ``member``), and where it lies now (``real``)."""

    path: str
    member: str
    real: Path
    package: PackageRoot | None = None
    dependencies: Dependencies | None = None

    @property
    def name(self) -> str:
        """What it is called where one text has to do."""
        return named(self.path, self.member)

    def of(self, checked: CheckedFile) -> CheckedFile:
        """Return what was told of it, which names where it lies now, under the name that it was given.

        Of a system's package the hints say what its own package manager brings.
        """
        if self.dependencies is not None:
            from everylinux.packages.dependencies import with_dependencies

            checked = with_dependencies(checked, self.dependencies)
        return msgspec.structs.replace(checked, path=self.path, member=self.member) if self.member else checked


class Batch(msgspec.Struct):
    """Files that belong together: loose ones, or those of one package.

    ``files`` is made while it is read; ``skipped``, and with it `incomplete`, is complete when it is exhausted.
    ``image`` is the root file system of an OCI input, on which its files are judged when no image was named.
    """

    files: Iterator[InputFile]
    package: UnpackedPackage | None = None
    image: Image | None = None
    skipped: list[Skipped] = []

    @property
    def incomplete(self) -> bool:
        """Whether something that might have had to be judged could not be read: the answer is not the whole answer.

        It is damaged, encrypted, too large or deep, or may not be read.
        """
        return any(one.incomplete for one in self.skipped)
