"""The files of an image that is only described: a tree made of an entry of the catalogue."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from everylinux.elf.errors import NotElfError
from everylinux.elf.file import ElfFile
from everylinux.images.libraries import open_library
from everylinux.images.stored import TUPLE, damaged

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from pathlib import Path

    from everylinux.images.stored import EntryFile, PathRow

# man 7 path_resolution: the kernel gives up after 40 links.
MAXIMUM_LINKS = 40
# Below these everything that programs look for is written down.
LISTED = ("/bin/", "/sbin/", "/usr/bin/", "/usr/sbin/", "/tmp")  # noqa: S108 - a folder of images
MOST_FOUND = 65_536  # answers that are remembered

Kind = Literal["folder", "link", "library", "program", "script", "file"]


class Node(NamedTuple):
    """One path as it is written down: ``text`` is the target, first line or head, or the library's name."""

    kind: Kind
    text: str = ""
    build: str = ""


FOLDER = Node("folder")


class DescribedEntry:
    """One path of a described tree."""

    def __init__(self, tree: DescribedTree, path: str, resolved: str, node: Node) -> None:
        self._tree = tree
        self._node = node
        self.path = path
        self.resolved = resolved

    @property
    def directory(self) -> bool:
        """Whether it is a folder."""
        return self._node.kind == "folder"

    @property
    def executable(self) -> bool:
        """Whether it can be started; of libraries only the loader is asked, and loaders are executable."""
        return self._node.kind in ("program", "script", "library")

    @property
    def same_file(self) -> Hashable:
        """The path without links: a description has no other identity."""
        return self.resolved

    def head(self, count: int) -> bytes:
        """Return the first bytes of a script or another file that is no ELF file; of a program what is told of it."""
        text = self._node.text if self._node.kind in ("script", "file", "program") else ""
        return text.encode("latin-1", "replace")[:count]

    def elf(self) -> ElfFile:
        """Return what a loader reads in it; raises `NotElfError` for what is no ELF file."""
        return self._tree.elf(self._node, self.resolved)


class DescribedTree:
    """One platform of a catalogue entry."""

    directory: Path | None = None

    def __init__(self, folder: Path, entry: EntryFile, platform: str) -> None:
        self._folder = folder
        self._platform = entry.platforms[platform]
        self._nodes = _nodes(entry, platform)
        self._listed = [path for row in entry.listed if platform in entry.sets[row.platforms] for path in row.paths]
        self._found: dict[str, DescribedEntry | None] = {}
        self._folders: dict[str, tuple[str, int] | None] = {}
        self.complete = entry.complete
        self.lists_libraries = entry.complete or entry.lists_libraries

    def find(self, path: str) -> DescribedEntry | None:
        """Return what is at an absolute path, every link followed; ``None`` when nothing is."""
        if path not in self._found:
            if len(self._found) >= MOST_FOUND:
                self._found.clear()
            self._found[path] = self._find(path)
        return self._found[path]

    def _find(self, path: str) -> DescribedEntry | None:
        folder, _, name = path.rpartition("/")
        if folder not in self._folders:
            if len(self._folders) >= MOST_FOUND:
                self._folders.clear()
            self._folders[folder] = self._walk("", folder, 0)
        start = self._folders[folder]
        inside = start is not None and self._nodes[start[0] or "/"].kind == "folder"
        reached = self._walk(start[0], name, start[1]) if start and inside else None
        if reached is None:
            return None
        resolved = reached[0] or "/"
        return DescribedEntry(self, path, resolved, self._nodes[resolved])

    def _walk(self, here: str, path: str, links: int) -> tuple[str, int] | None:
        """Follow a path and all links on the way from a place (the root is empty); count the links."""
        pending = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        while pending:
            part = pending.pop()
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            node = self._nodes.get(f"{here}/{part}")
            if node is None or (pending and node.kind not in ("folder", "link")):
                return None
            if node.kind != "link":
                here = f"{here}/{part}"
                continue
            links += 1
            if links > MAXIMUM_LINKS:
                return None
            here = "" if node.text.startswith("/") else here
            pending.extend(part for part in reversed(node.text.split("/")) if part not in ("", "."))
        return here, links

    def lacks(self, path: str) -> bool:
        """Return whether it is known that nothing is at an absolute path: where commands are, and what is listed."""
        known = (self.complete and path.startswith(LISTED)) or any(
            path == one or path.startswith(f"{one}/") for one in self._listed
        )
        return known and self.find(path) is None

    def names(self, path: str) -> tuple[str, ...]:
        """Return the sorted names in a folder."""
        folder = self.find(path)
        return tuple(sorted(self._names.get(folder.resolved, ()))) if folder else ()

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        """The names in each folder."""
        names: dict[str, list[str]] = {}
        for path in self._nodes.keys() - {"/"}:
            parent, _, name = path.rpartition("/")
            names.setdefault(parent or "/", []).append(name)
        return names

    def libraries(self) -> Iterator[tuple[str, ElfFile]]:
        """Return the path of each library, sorted, with what a loader reads in it."""
        for path, node in sorted(self._nodes.items()):
            if node.kind == "library":
                yield path, self.elf(node, path)

    def elf(self, node: Node, path: str) -> ElfFile:
        """Return the ELF facts of a node; of the image's own programs only the CPU is kept: they start there."""
        if node.kind == "library":
            library = open_library(self._folder, node.text)
            try:
                return library.elf(node.build)
            except KeyError as error:
                raise damaged(self._folder, f"{path} is a build of {node.text} that is not in it") from error
        if node.kind == "program" and self._platform.identity is not None:
            return ElfFile(identity=self._platform.identity, kind="static", dynamic=False)
        raise NotElfError(f"{path} is not an ELF file")


def _nodes(entry: EntryFile, platform: str) -> dict[str, Node]:
    """Return every path of one platform, and the folders on the way to it."""
    multiarch = entry.platforms[platform].tuple
    sets = [frozenset(members) for members in entry.sets]
    nodes = {"/": FOLDER}
    kinds: tuple[tuple[Kind, tuple[PathRow, ...]], ...] = (
        ("folder", entry.folders),
        ("link", entry.links),
        ("program", entry.programs),
        ("script", entry.scripts),
        ("file", entry.files),
    )
    for kind, rows in kinds:
        bare = Node(kind)
        for row in rows:
            if platform in sets[row.platforms]:
                for path, text in row.paths.items():
                    nodes[path] = Node(kind, text.replace(TUPLE, multiarch)) if text else bare
    for library in entry.libraries:
        if platform in library.builds:
            nodes[library.path] = Node("library", library.library, library.builds[platform])
    if multiarch:
        nodes = {path.replace(TUPLE, multiarch): node for path, node in nodes.items()}
    for parent in {path.rpartition("/")[0] for path in nodes}:
        folder = parent
        while folder and folder not in nodes:
            nodes[folder] = FOLDER
            folder = folder.rpartition("/")[0]
    return nodes
