"""The ELF files of a package that a loader may load: for which CPU and libc each is, and what it is called by."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from everylinux import elf
from everylinux.elf.neutral import is_neutral
from everylinux.elf.symbols import FileTables
from everylinux.loader.platforms import libc_of
from everylinux.loader.python_abi import entry_points, tag_of
from everylinux.packages.architectures import Architecture, architecture_of, mentions_cpu, mentions_libc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import CheckedFile
    from everylinux.inputs.interface import InputFile

    Reading = Callable[[], ElfFile]

LOADED_KINDS = frozenset({"executable", "shared-object", "static", "static-pie"})
# Where CPython keeps the modules of its own interpreter (sysconfig): they belong to a Python that the package brings.
OWN_PYTHON = "lib-dynload"


@dataclass(frozen=True)
class Module:
    """One ELF file of a package, with its path there."""

    path: str
    elf: ElfFile
    cpu: Architecture | None
    libc: str | None

    @property
    def name(self) -> str:
        """The last part of its path."""
        return posixpath.basename(self.path)

    @cached_property
    def neutral(self) -> bool:
        """Whether it binds to whichever libc the process has."""
        return is_neutral(self.elf)

    @cached_property
    def extension(self) -> bool:
        """Whether Python's ``import`` loads it: it exports an entry point, and its name ends in ``.so``."""
        if self.elf.kind != "shared-object" or not self.name.endswith(".so") or OWN_PYTHON in self.path.split("/"):
            return False
        return bool(entry_points(self.elf))

    def mentions(self, symbol: str) -> bool:
        """Return whether its symbol table may have a name: a look at the text of all names."""
        tables = self.elf.tables
        return not isinstance(tables, FileTables) or symbol.encode() + b"\0" in tables.names

    @property
    def import_name(self) -> str:
        """What `import` calls an extension: its folder and the name before the first dot."""
        return posixpath.join(posixpath.dirname(self.path), self.name.partition(".")[0])

    @property
    def python_tag(self) -> str:
        """What an extension's name declares: ``abi3``, ``cpython-312``, or nothing."""
        return tag_of(self.name)

    @property
    def says_whom_it_is_for(self) -> bool:
        """Whether its path names its CPU or its libc, as prebuilt files for several systems do."""
        if self.cpu is not None and mentions_cpu(self.path, self.cpu):
            return True
        return self.libc is not None and mentions_libc(self.path, self.libc)


def read_modules(files: Iterable[tuple[str, Reading]]) -> list[Module]:
    """Return what a loader may load of a package's files, in their order; what cannot be read is no module.

    ``files`` are pairs of the path in the package and what reads the file. Relocatable objects, core dumps and
    files of other systems are left out: no loader of Linux takes them.
    """
    found = []
    for path, read in files:
        try:
            file = read()
        except (OSError, elf.NotElfError, elf.CorruptElfError):
            continue
        if file.kind in LOADED_KINDS:
            found.append(Module(path, file, architecture_of(file.identity), _libc(file)))
    return found


def inner_paths(files: Sequence[CheckedFile | InputFile], member: str) -> Iterator[str]:
    """Return the paths inside a package of the files in it; ``member`` is the package's own."""
    prefix = f"{member}!/" if member else ""
    for file in files:
        if file.member.startswith(prefix):
            yield file.member[len(prefix) :]


def _libc(file: ElfFile) -> str | None:
    # Bionic's libraries have the same name as musl's, and versions, which musl's do not.
    if any(need.library == "libc.so" and need.version.startswith("LIBC") for need in file.version_needs):
        return "android"
    return libc_of(file)
