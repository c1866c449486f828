"""One image as a file meets it there: its files, its C library, and what its loader would find later."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from everylinux.loader.closure import Loaded
from everylinux.loader.glibc.search import GlibcSearch
from everylinux.loader.musl.search import MuslSearch
from everylinux.loader.subject import TooManyLookupsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from everylinux.elf.file import ElfFile, LoaderFacts
    from everylinux.images.interface import Tree
    from everylinux.loader.kernel import Interpreter
    from everylinux.loader.subject import World


class Place:
    """One image for one file; ``loader_of`` gives the image's loader for the file's CPU, asked for when it matters."""

    def __init__(self, world: World, elf: ElfFile, loader_of: Callable[[], Interpreter | None]) -> None:
        self._world = world
        self._elf = elf
        self._loader_of = loader_of

    @property
    def tree(self) -> Tree:
        """The image's files."""
        return self._world.tree

    @property
    def libc(self) -> str | None:
        """The C library of the image's loader: ``gnu``, ``musl`` or ``other``; ``None`` where no loader is known."""
        return self._facts.libc if self._facts else None

    @property
    def release(self) -> str | None:
        """The release of that C library, ``None`` when it is not known."""
        return self._facts.version if self._facts else None

    def finds(self, name: str) -> bool | None:
        """Return whether the image's loader finds a library for the file by its name; ``None`` when not known."""
        main, interpreter = self._main, self._loader
        if interpreter is None:
            return False if self.tree.complete else None
        loader = Loaded(
            interpreter.elf,
            interpreter.path,
            interpreter.path,
            interpreter.entry.same_file,
            names={interpreter.path, interpreter.elf.soname or interpreter.path},
        )
        try:
            if self.libc == "musl":
                musl = MuslSearch(self._world, loader)
                musl.loaded.append(main)
                found = musl.find(name, main)
            else:
                found = GlibcSearch(self._world, loader, main, level=0).find(name, main)
        except TooManyLookupsError:
            return None
        if not isinstance(found, list):
            return True
        return False if self.tree.complete else None

    @cached_property
    def _loader(self) -> Interpreter | None:
        return self._loader_of()

    @property
    def _facts(self) -> LoaderFacts | None:
        return self._loader.elf.loader if self._loader else None

    @cached_property
    def _main(self) -> Loaded:
        path = self._world.path
        return Loaded(self._elf, path, path, ("judged", path), carried=self._world.carries, names={path})
