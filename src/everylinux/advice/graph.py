"""What a build compiles, and who asks for it: packages as they are built for one machine, and paths between them."""

from __future__ import annotations

import functools
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everylinux.toolchains.rust.cargo_metadata import Dependency


class Unit(NamedTuple):
    """One package as it is built for the target, or for this machine (``host``)."""

    id: str
    host: bool


class Link(NamedTuple):
    """One dependency of a unit: the entry of the manifest that makes it, and the unit that it leads to."""

    dependency: Dependency
    unit: Unit


@dataclass(frozen=True)
class Graph:
    """What a build compiles.

    ``roots`` are the chosen members, ``features`` those of each unit, ``links`` its dependencies. ``absent`` are
    dependencies that are turned on without being in the resolved graph: only a changed manifest has them.
    """

    roots: tuple[Unit, ...]
    features: Mapping[Unit, frozenset[str]]
    links: Mapping[Unit, tuple[Link, ...]]
    absent: frozenset[tuple[str, str]]

    @functools.cached_property
    def origins(self) -> dict[Unit, tuple[Unit, Link]]:
        """For each unit the one before it on the shortest path from a root, and the link between them."""
        found: dict[Unit, tuple[Unit, Link]] = {}
        queue = deque(self.roots)
        seen = set(self.roots)
        while queue:
            unit = queue.popleft()
            for link in sorted(self.links[unit], key=lambda link: (link.unit.host, link.unit.id)):
                if link.unit not in seen:
                    seen.add(link.unit)
                    found[link.unit] = (unit, link)
                    queue.append(link.unit)
        return found

    def path(self, unit: Unit) -> tuple[Unit, ...]:
        """Return the shortest path from a chosen member to a unit, both included."""
        steps = [unit]
        while steps[-1] in self.origins:
            steps.append(self.origins[steps[-1]][0])
        return tuple(reversed(steps))

    def above(self, unit: Unit) -> frozenset[Unit]:
        """Return every unit from which a path leads to this one."""
        parents: dict[Unit, set[Unit]] = {}
        for parent, links in self.links.items():
            for link in links:
                parents.setdefault(link.unit, set()).add(parent)
        found: set[Unit] = set()
        queue = [unit]
        while queue:
            for parent in parents.get(queue.pop(), ()):
                if parent not in found:
                    found.add(parent)
                    queue.append(parent)
        return frozenset(found)
