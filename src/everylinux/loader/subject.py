"""The file that is judged, and the surroundings that come with it."""

from __future__ import annotations

import itertools
import posixpath
import stat
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from everylinux import elf
from everylinux.elf.magic import describe
from everylinux.elf.reader import map_layout, read_mapped
from everylinux.errors import UsageError
from everylinux.images.directory import DirectoryTree
from everylinux.images.overlay import OverlayTree
from everylinux.loader.platforms import libc_of
from everylinux.loader.shared import answer_once, answers_of, searched_by

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from everylinux.elf.file import ElfFile
    from everylinux.elf.layout import Layout
    from everylinux.images.interface import Entry, Tree
    from everylinux.images.memory import HeldFile, MemoryTree
    from everylinux.loader.risks import RiskEvidence

Answer = TypeVar("Answer")

HEAD_SIZE = 4096
UNKNOWN = object()  # stands for what was met in an image, where no file of that shape was judged there before
MOST_LOOKUPS = 200_000
# A file that lies in a system folder of this machine still never brings this machine's libraries along.
SYSTEM_DIRECTORIES = ("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib")


class PackageRoot(msgspec.Struct, frozen=True, dict=True):
    """The unpacked package that a file came in.

    ``directory`` is where it was unpacked: no ``$ORIGIN`` and no link leads out of it. ``installed``: its files are
    judged as lying in the image, each at its own path (a system's package); otherwise the package stands by itself
    somewhere (a wheel), and only ``$ORIGIN`` finds what is in it. ``held`` are its files where they are in memory.
    """

    directory: Path
    installed: bool = False
    held: MemoryTree | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Go to another process without what was read so far; there, too, all its files share one."""
        if self.held is not None:
            raise TypeError("files in memory are judged by the process that holds them")
        return _package_root, (self.directory, self.installed)

    @cached_property
    def tree(self) -> Tree:
        """Its files."""
        return self.held or DirectoryTree(self.directory)

    def content_of(self, path: Path) -> HeldFile | None:
        """Return a file of it that is in memory; ``path`` is where it would lie."""
        return self.held.held(self.place_of(path)) if self.held else None

    def read(self, path: Path) -> ElfFile:
        """Parse a file of it, once where it is in memory; raises as `elf.read` does."""
        return self.held.read(self.place_of(path)) if self.held else elf.read(path)

    def place_of(self, path: Path) -> str:
        """Return the path in the package of what lies at a path of this machine, or would."""
        return f"/{path.relative_to(self.directory)}"

    def over(self, image: Tree) -> Tree:
        """Return an image's files with those of the package over them, the same object for the same image."""
        if image.directory == self.directory:
            return image
        overlays = self._overlays
        if id(image) not in overlays:
            overlays[id(image)] = OverlayTree(image, self.tree)
        return overlays[id(image)]

    @cached_property
    def _overlays(self) -> dict[int, OverlayTree]:
        return {}


@lru_cache(maxsize=8)
def _package_root(directory: Path, installed: bool) -> PackageRoot:  # noqa: FBT001 - as it was pickled
    return PackageRoot(directory, installed)


class Subject(msgspec.Struct, frozen=True, dict=True):
    """One file as it is judged.

    ``path`` is what was asked for, ``real`` the file it leads to. ``elf`` is ``None`` for what is not ELF; then
    ``kind`` and ``description`` say what it is, and ``head`` are its first bytes. ``damage`` is why an ELF header
    cannot be used. ``package`` is what it came in, if it was unpacked; ``held`` its content, where that is in memory.
    ``around`` are this machine's files, where many subjects share what was read of them; ``mapped`` gives the bytes of
    an ELF file while they are at hand.
    """

    path: str
    real: Path
    kind: str
    description: str
    executable: bool
    head: bytes
    elf: ElfFile | None = None
    mapped: Callable[[], Layout] | None = None
    damage: str = ""
    package: PackageRoot | None = None
    held: HeldFile | None = None
    around: Tree | None = None

    @cached_property
    def lookups(self) -> Iterator[int]:
        """Counts the paths that were looked up for it, in all images together."""
        return itertools.count(1)

    @cached_property
    def answers(self) -> dict[Hashable, Any]:
        """What was found out about it on images that were judged before, by what it met there (`World.once`)."""
        return {}

    @cached_property
    def told(self) -> dict[Hashable, Any]:
        """What verdicts say of each outcome."""
        return {}

    @cached_property
    def shape(self) -> Hashable | None:
        """What of the file decides which loader and which libraries it meets on an image.

        ``None`` for one that is not judged by these alone: what comes with it, its mode, or a path that it names count.
        """
        file, package = self.elf, self.package
        if file is None or not (self.executable or file.kind == "shared-object"):
            return None
        search = searched_by(file)
        if search is None:
            return None
        own_place = search.from_own_place
        if (package is not None and (package.installed or own_place)) or (own_place and self.around is None):
            return None
        near = (self.place.rpartition("/")[0], self.around) if own_place else None
        kind = file.kind == "shared-object", file.identity, file.interpreter, libc_of(file)
        return kind, search, near

    @cached_property
    def surroundings(self) -> Tree:
        """What may come along with the file: its package, or whatever lies beside it on this machine."""
        return self.package.tree if self.package else self.around or DirectoryTree(Path("/"))

    @cached_property
    def place(self) -> str:
        """Its path in its surroundings."""
        return self.package.place_of(self.real) if self.package else str(self.real)

    @cached_property
    def risk_evidence(self) -> RiskEvidence:
        """What it expects of images besides starting there."""
        from everylinux.loader.risks import evidence_of

        return evidence_of(self)

    def layout(self) -> Layout:
        """Return its bytes with the header read; raises as `elf.read` does."""
        if self.mapped is not None:
            return self.mapped()
        return self.held.layout() if self.held else map_layout(self.real)

    def digest(self) -> str:
        """Return the SHA-256 of its content in hexadecimal."""
        import hashlib

        if self.held is not None:
            return hashlib.sha256(self.held.content).hexdigest()
        if self.elf is not None:
            return hashlib.sha256(self.layout().data).hexdigest()
        with self.real.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def open_subject(path: Path, package: PackageRoot | None = None, name: str = "", around: Tree | None = None) -> Subject:
    """Read the file to judge; ``package`` is the unpacked one that it lies in, ``name`` what to call the file.

    ``around`` are this machine's files, where many subjects share what was read of them.

    Raises `OSError` when it cannot be read and `UsageError` for what is no regular file: a pipe would wait for ever.
    """
    asked = path
    held = package.content_of(path) if package else None
    if held is None:
        path = path.resolve(strict=True)
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise UsageError(f"{path} is not a regular file", hint="name files, or folders with files in them")
        executable = bool(mode & 0o111)
    else:
        executable = held.executable
    subject = partial(
        Subject, name or str(asked), path, executable=executable, package=package, held=held, around=around
    )
    try:
        if package is not None and held is not None:
            parsed, mapped = package.read(path), held.layout
        else:
            parsed, mapped = read_mapped(path)
    except elf.NotElfError:
        head = held.head(HEAD_SIZE) if held else _head(path)
        kind, description = describe(head)
        return subject(kind=kind, description=description, head=head)
    except elf.CorruptElfError as error:
        head = held.head(HEAD_SIZE) if held else _head(path)
        return subject(kind="other", description="a damaged ELF file", head=head, damage=error.message)
    return subject(kind=parsed.kind, description="an ELF file", head=b"", elf=parsed, mapped=mapped)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_SIZE)


def outcome_before(subject: Subject, tree: Tree, *, alone: bool, level: int) -> Any | None:  # noqa: ANN401 - as kept
    """Return what was found out about a file where another image offered the same; ``None`` for nothing yet.

    What a file of its shape meets in this image must be known: from another file, or from before.
    """
    if subject.shape is None or tree.directory is not None:
        return None
    met = _met(tree, alone=alone, level=level).get(subject.shape, UNKNOWN)
    return subject.answers.get((subject.place, subject.elf, met, level))


def _met(tree: Tree, *, alone: bool, level: int) -> dict[Hashable, Any]:
    """Return what files of each shape meet in an image: its loader and their closure, or what stops them."""
    return answers_of(tree, ("met", alone, level))


class TooManyLookupsError(Exception):
    """A file makes its loader look for more files than any real one does."""


class World:
    """What the loader sees: the image, and beside the judged file what came along with it.

    ``carried`` is ``False`` for a file that lies in the image itself, or is judged alone.
    """

    def __init__(self, tree: Tree, subject: Subject, *, alone: bool) -> None:
        self.tree = tree
        self._alone = alone
        self._subject = subject
        self._lookups = subject.lookups
        self._carried: Tree | None = None
        package = subject.package
        self._packaged = package is not None
        if package is not None:
            self.path = subject.place
            if not alone and package.installed:
                self.tree = package.over(tree)
            elif not alone:
                self._carried = subject.surroundings
            return
        inside = _path_inside(tree, subject.real)
        self.path = inside or str(subject.real)
        self._carried = None if inside is not None or alone else subject.surroundings

    def once(self, file: ElfFile, met: Hashable, level: int, answer: Callable[[], Answer]) -> Answer:
        """Return an answer about a file on a CPU of some level; of an image it depends on what it ``met`` only.

        It is found out once for all images where the same is met.
        """
        subject = self._subject
        if file is subject.elf and subject.shape is not None and self.tree.directory is None:
            _met(self.tree, alone=self._alone, level=level)[subject.shape] = met
        return self.kept((self.path, file, met, level), answer)

    def kept(self, key: Hashable, answer: Callable[[], Answer]) -> Answer:
        """Return an answer about the judged file, found out once for all images."""
        return answer_once(self._subject.answers, key, answer)

    @property
    def carries(self) -> bool:
        """Whether surroundings came along."""
        return self._carried is not None

    @property
    def carried(self) -> Tree | None:
        """What came along."""
        return self._carried

    def find(self, path: str, *, carried: bool) -> tuple[Entry | None, bool]:
        """Return what is at a path, and whether it came along with the judged file.

        ``carried`` asks for the surroundings first: the path was made from the ``$ORIGIN`` of a file among them.
        Raises `TooManyLookupsError` for a file that would keep its loader busy for minutes.
        """
        if next(self._lookups) > MOST_LOOKUPS:
            raise TooManyLookupsError
        if carried and self._carried is not None and (self._packaged or not _is_system(posixpath.dirname(path))):
            entry = self._carried.find(path)
            if entry is not None:
                return entry, True
        return self.tree.find(path), False


def _path_inside(tree: Tree, real: Path) -> str | None:
    if tree.directory is None or not real.is_relative_to(tree.directory):
        return None
    return "/" + str(real.relative_to(tree.directory))


def _is_system(directory: str) -> bool:
    normal = posixpath.normpath(directory)
    if normal in SYSTEM_DIRECTORIES:
        return True
    parent, name = posixpath.split(normal)
    return parent in SYSTEM_DIRECTORIES and "-linux-" in name
