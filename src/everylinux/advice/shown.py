"""What a build that failed has shown to be missing, beyond what was known before it began."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.advice.knowledge import linked_library

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.advice.graph import Graph, Unit
    from everylinux.advice.knowledge import Need
    from everylinux.advice.resolution import Project
    from everylinux.toolchains.rust.cargo_metadata import Package

# Parts of the names of features with which crates build the library themselves. A feature of another name that happens
# to cure (``module`` of mlua) does something else.
PLAIN = frozenset({"vendored", "vendor", "bundled", "bundle"})
VENDORING = PLAIN | {"static", "source", "src", "embedded", "builtin", "internal"}


class Lack(msgspec.Struct, frozen=True):
    """A library that one crate's build did not find: ``library`` is its name for pkg-config or for the linker.

    ``features`` are those that the crate had then.
    """

    crate: str
    version: str
    library: str
    features: frozenset[str] = frozenset()


def with_features(shown: Iterable[Lack], project: Project, graph: Graph) -> tuple[Lack, ...]:
    """Return what was shown with the features that the crates have in the graph that was built."""
    named = {(project.packages[unit.id].name, project.packages[unit.id].version): unit for unit in graph.features}
    return tuple(
        msgspec.structs.replace(lack, features=graph.features[named[lack.crate, lack.version]])
        for lack in shown
        if (lack.crate, lack.version) in named
    )


def needs_shown(
    needs: tuple[Need, ...], shown: Iterable[Lack], package: Package, unit: Unit, graph: Graph
) -> tuple[Need, ...]:
    """Return a package's needs with those that a build has shown, each of them certain.

    Where a package is built for this machine too, it was the target's build that lacked something.
    """
    for lack in shown:
        if (lack.crate, lack.version) != (package.name, package.version) or (
            unit.host and unit._replace(host=False) in graph.features
        ):
            continue
        if brings_its_library(package, graph.features[unit] - lack.features):
            continue
        known = [need for need in needs if lack.library in (*need.pkg_config, *need.links)]
        certain = [msgspec.structs.replace(need, certain=True) for need in known] or [linked_library(lack.library)]
        needs = (*(need for need in needs if need not in known), *certain)
    return needs


def brings_its_library(package: Package, features: Iterable[str]) -> bool:
    """Return whether one of some features of a package builds its library: by its name, and by what it turns on.

    ``static`` alone may only mean that the system's library is linked statically: then it turns on no dependency.
    """
    for feature in features:
        words = set(re.split("[-_]", feature))
        if words & PLAIN or (words & VENDORING and _turns_on_a_dependency(package, feature)):
            return True
    return False


def _turns_on_a_dependency(package: Package, feature: str) -> bool:
    seen, stack = set(), [feature]
    while stack:
        name = stack.pop()
        if name.startswith("dep:"):
            return True
        if name not in seen:
            seen.add(name)
            stack += package.features.get(name, ())
    return False
