"""Closures that many files share: those with the same needs, on the same image, with no search path of their own."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from everylinux.images.interface import Tree
    from everylinux.loader.closure import Closure, Loaded

MOST_CLOSURES = 2048
MOST_TREES, MOST_ANSWERS = 512, 16_384
_closures: dict[Hashable, tuple[Tree, Closure]] = {}
_answers: dict[Hashable, tuple[Tree, dict[Hashable, Any]]] = {}


def shared_closure(tree: Tree, main: Loaded, how: Hashable, load: Callable[[], Closure]) -> Closure:
    """Return the closure of a file, loaded only once for all files that it is the same for.

    ``how`` is what else decides it: which loader, in which way it loads.
    """
    if (
        main.elf.filters
        or main.elf.auxiliaries
        or main.elf.rpath is not None
        or main.elf.runpath is not None
        or any("/" in name for name in main.elf.needed)
    ):
        return load()
    key = id(tree), how, main.elf.needed, main.elf.no_default_directories
    kept = _closures.get(key)
    if kept is not None and not _meets(main, kept[1]):
        return kept[1]
    closure = load()
    if not _meets(main, closure):
        for file in closure.files:
            if file.loader is main:
                file.loader = None
        if len(_closures) >= MOST_CLOSURES:
            _closures.clear()
        # The tree is kept too, so that its identity stays its own.
        _closures[key] = tree, closure
    return closure


def answers_of(tree: Tree, how: Hashable) -> dict[Hashable, Any]:
    """Return what was found on an image before in one way (``how``), for the caller to read and to add to."""
    key = id(tree), how
    kept = _answers.get(key)
    if kept is None or len(kept[1]) >= MOST_ANSWERS:
        if len(_answers) >= MOST_TREES:
            _answers.clear()
        kept = _answers[key] = tree, {}
    return kept[1]


def _meets(main: Loaded, closure: Closure) -> bool:
    """Whether a library of the closure, or the file, may ask for the file itself."""
    own = {posixpath.basename(main.path), main.elf.soname}
    return not (closure.needs.isdisjoint(own) and own.isdisjoint(main.elf.needed))
