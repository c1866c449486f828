"""What cargo says that it built: one JSON document a line (The Cargo Book, "JSON messages")."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.builders.interface import Artifact
from everylinux.decoding import decoder

if TYPE_CHECKING:
    from collections.abc import Iterator

# A longer line is no message about an artifact.
LINE_BYTES = 4 << 20
# Kinds of targets whose files only another build reads, or only this one.
INNER_KINDS = frozenset({"lib", "rlib", "dylib", "proc-macro", "custom-build"})


class _Target(msgspec.Struct, frozen=True):
    name: str
    kind: tuple[str, ...]


class _Message(msgspec.Struct, frozen=True):
    """A message: the fields of ``compiler-artifact`` and, last, those of ``build-script-executed``."""

    reason: str
    manifest_path: str = ""
    target: _Target | None = None
    filenames: tuple[str, ...] = ()
    executable: str | None = None
    package_id: str = ""
    linked_libs: tuple[str, ...] = ()


def artifacts_made(answer: Path, root: Path) -> list[Artifact]:
    """Return the programs, shared objects and static libraries that packages below ``root`` were built to.

    Of a package from elsewhere only its programs count: a library of one is a part of what was asked for.
    """
    found: dict[str, Artifact] = {}
    for message in _messages(answer):
        if message.reason != "compiler-artifact" or message.target is None:
            continue
        own = Path(message.manifest_path).is_relative_to(root)
        if message.executable:
            files = [message.executable]
        elif own and not INNER_KINDS.issuperset(message.target.kind):
            files = [name for name in message.filenames if not name.endswith((".rlib", ".rmeta"))]
        else:
            files = []
        for name in files:
            found[name] = Artifact(Path(name), Path(name).name)
    return [found[name] for name in sorted(found)]


def makers(answer: Path) -> dict[Path, tuple[str, ...]]:
    """Return the names of the packages that made each file, sorted; of several, only the last one's file is left."""
    found: dict[Path, set[str]] = {}
    for message in _messages(answer):
        if message.reason == "compiler-artifact":
            for name in message.filenames:
                found.setdefault(Path(name), set()).add(message.package_id)
    return {path: tuple(sorted(map(_package_name, ids))) for path, ids in found.items()}


def _package_name(package_id: str) -> str:
    """Return the name in ``URL#VERSION`` or ``URL#NAME@VERSION`` (The Cargo Book, "Package ID Specifications").

    Before Cargo 1.77 it was ``NAME VERSION (URL)``.
    """
    if " " in package_id:
        return package_id.partition(" ")[0]
    url, _, fragment = package_id.rpartition("#")
    return fragment.partition("@")[0] if "@" in fragment else url.partition("?")[0].rpartition("/")[2]


def linked_libraries(answer: Path, library: str) -> list[str]:
    """Return the ids of the packages whose build scripts ask for a library: ``NAME`` or ``KIND=NAME[:RENAMED]``."""
    return [
        message.package_id
        for message in _messages(answer)
        for linked in message.linked_libs
        if library in linked.rpartition("=")[2].split(":")
    ]


def _messages(answer: Path) -> Iterator[_Message]:
    known = decoder(_Message)
    with answer.open("rb") as file:
        while line := file.readline(LINE_BYTES):
            try:
                yield known.decode(line)
            except msgspec.DecodeError:  # what a build script or a compiler prints there
                continue
