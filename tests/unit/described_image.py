"""An image that a test writes down: paths to files, each with what a loader would read in it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from everylinux.elf import NotElfError
from everylinux.elf.file import ElfFile, Export, Identity, LoaderFacts, StoredTables, Undefined

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from everylinux.images.interface import Provenance

X86_64 = Identity(62, 64, "little")
AARCH64 = Identity(183, 64, "little")
I386 = Identity(3, 32, "little")
GLIBC_LOADER = "/lib64/ld-linux-x86-64.so.2"
MUSL_LOADER = "/lib/ld-musl-x86_64.so.1"


def library(name: str, *symbols: str, needs: tuple[str, ...] = (), **fields: object) -> ElfFile:
    """Return a library; a symbol is ``name``, ``name@VERSION`` (hidden) or ``name@@VERSION`` (the default)."""
    exports: dict[str, tuple[Export, ...]] = {}
    versions: dict[str, None] = {}
    for symbol in symbols:
        plain, at, version = symbol.partition("@")
        hidden = bool(at) and not version.startswith("@")
        version = version.lstrip("@")
        exports[plain] = (*exports.get(plain, ()), Export(version or None, hidden))
        versions.update({version: None} if version else {})
    tables = StoredTables(exports=exports)
    defaults: dict[str, object] = {
        "identity": X86_64,
        "kind": "shared-object",
        "soname": name,
        "needed": needs,
        "version_definitions": tuple(versions),
        "symbol_versions": bool(versions),
        "tables": tables,
        "alignment": 65536,
    }
    return ElfFile(**{**defaults, **fields})  # type: ignore[arg-type] # fields by name, as tests write them


def with_undefined(file: ElfFile, *undefined: Undefined) -> ElfFile:
    """Return the file with symbols that it expects from elsewhere."""
    from msgspec.structs import replace

    return replace(file, tables=StoredTables(undefined=undefined, exports=file.exports))


def glibc(version: str = "2.36") -> dict[str, ElfFile]:
    """Return a small glibc: its loader and libc.so.6."""
    facts = LoaderFacts("gnu", version, ("/lib", "/usr/lib"))
    loader = library("ld-linux-x86-64.so.2", "__tls_get_addr@@GLIBC_2.3", read_loader_facts=lambda: facts)
    libc = library(
        "libc.so.6", "puts@@GLIBC_2.2.5", "memcpy@GLIBC_2.2.5", "memcpy@@GLIBC_2.14", "dlopen@@GLIBC_2.34",
        needs=("ld-linux-x86-64.so.2",),
    )  # fmt: skip
    return {GLIBC_LOADER: loader, "/lib/libc.so.6": libc}


def musl(version: str = "1.2.5") -> dict[str, ElfFile]:
    """Return a small musl."""
    facts = LoaderFacts("musl", version, ("/lib", "/usr/local/lib", "/usr/lib"))
    return {
        MUSL_LOADER: library("libc.so", "puts", "open", "stdin", "__libc_start_main", read_loader_facts=lambda: facts)
    }


@dataclass(frozen=True)
class DescribedFile:
    """One path of such an image."""

    path: str
    content: ElfFile | bytes
    executable: bool = True
    directory: bool = False

    @property
    def resolved(self) -> str:
        return self.path

    @property
    def same_file(self) -> Hashable:
        return self.path

    def head(self, count: int) -> bytes:
        return self.content[:count] if isinstance(self.content, bytes) else b"\x7fELF"

    def elf(self) -> ElfFile:
        if isinstance(self.content, bytes):
            raise NotElfError(f"{self.path} is not an ELF file")
        return self.content


@dataclass(frozen=True)
class DescribedImage:
    """Files by path; as one tree for its one platform."""

    files: Mapping[str, ElfFile | bytes] = field(default_factory=dict)
    complete: bool = True
    name: str = "described"
    platform: str = "linux/amd64"
    directory: None = None
    provenance: Provenance = "documented"

    @property
    def lists_libraries(self) -> bool:
        return self.complete

    def platforms(self) -> tuple[str, ...]:
        return (self.platform,) if self.files else ()

    def tree(self, platform: str) -> DescribedImage:
        del platform
        return self

    def find(self, path: str) -> DescribedFile | None:
        content = self.files.get(posixpath.normpath(path))
        return None if content is None else DescribedFile(path, content)

    def lacks(self, path: str) -> bool:
        return self.complete and self.find(path) is None

    def names(self, path: str) -> tuple[str, ...]:
        return tuple(sorted(posixpath.basename(one) for one in self.files if posixpath.dirname(one) == path))
