"""Closures that many files share: those with the same needs and search paths, on the same image."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from everylinux.elf.file import ElfFile
    from everylinux.images.interface import Tree
    from everylinux.loader.closure import Closure, Loaded
    from everylinux.loader.subject import World

Answer = TypeVar("Answer")

MOST_CLOSURES = 4096
MOST_TREES, MOST_ANSWERS = 512, 16_384
_closures: dict[Hashable, tuple[tuple[Tree, Tree | None], Closure]] = {}
_alike: dict[Hashable, Closure] = {}
_answers: dict[Hashable, tuple[Tree, dict[Hashable, Any]]] = {}


def shared_closure(world: World, main: Loaded, how: Hashable, load: Callable[[], Closure]) -> Closure:
    """Return the closure of a file, loaded only once for all files that it is the same for.

    ``how`` is what else decides it: which loader, in which way it loads.
    """
    search = searched_by(main.elf)
    if search is None:
        return load()
    # Where the file lies matters only to a path that begins there.
    near = (main.origin, id(world.carried)) if search.from_own_place else None
    key = id(world.tree), how, search, near
    kept = _closures.get(key)
    if kept is not None and not _meets(main, kept[1]):
        return kept[1]
    closure = load()
    if not _meets(main, closure):
        for file in closure.files:
            if file.loader is main:
                file.loader = None
        if closure.of_image:
            closure = _same(closure, (how, world.tree.complete, world.tree.lists_libraries))
        if len(_closures) >= MOST_CLOSURES:
            del _closures[next(iter(_closures))]
        # The trees are kept too, so that their identities stay their own.
        _closures[key] = (world.tree, world.carried), closure
    return closure


class Search(NamedTuple):
    """What of a file decides which libraries it finds; ``from_own_place``: where it lies does too."""

    needed: tuple[str, ...]
    no_default_directories: bool
    mips_float: int | None
    paths: tuple[str | None, str | None]
    from_own_place: bool


@functools.lru_cache(maxsize=4)
def searched_by(file: ElfFile) -> Search | None:
    """Return what decides which libraries a file finds; ``None`` for one that names paths or other libraries too."""
    if file.filters or file.auxiliaries or any("/" in name for name in file.needed):
        return None
    paths = file.rpath, file.runpath
    own_place = any("$" in path for path in paths if path)
    return Search(file.needed, file.no_default_directories, file.mips_float, paths, own_place)


def _same(closure: Closure, how: Hashable) -> Closure:
    """Return the one closure that stands for all with this content: images of one release offer most files the same."""
    if len(_alike) >= MOST_CLOSURES:
        _alike.clear()
    return _alike.setdefault((how, closure.content()), closure)


def answers_of(tree: Tree, how: Hashable) -> dict[Hashable, Any]:
    """Return what was found on an image before in one way (``how``), for the caller to read and to add to."""
    key = id(tree), how
    kept = _answers.get(key)
    if kept is None or len(kept[1]) >= MOST_ANSWERS:
        if len(_answers) >= MOST_TREES:
            _answers.clear()
        kept = _answers[key] = tree, {}
    return kept[1]


def answer_once(answers: dict[Hashable, Any], key: Hashable, answer: Callable[[], Answer]) -> Answer:
    """Return the answer that is kept under a key, found out where it is the first time."""
    if key not in answers:
        answers[key] = answer()
    found: Answer = answers[key]
    return found


def _meets(main: Loaded, closure: Closure) -> bool:
    """Whether a library of the closure, or the file, may ask for the file itself."""
    own = {main.path.rpartition("/")[2], main.elf.soname}
    return not (closure.needs.isdisjoint(own) and own.isdisjoint(main.elf.needed))
