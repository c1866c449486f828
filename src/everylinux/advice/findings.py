"""What each package of a build wants, what of it is missing, and who pulls the package in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from everylinux.advice.needs import needs_of
from everylinux.advice.shown import needs_shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.advice.graph import Graph, Unit
    from everylinux.advice.knowledge import Need
    from everylinux.advice.resolution import Project
    from everylinux.advice.surroundings import Surroundings
    from everylinux.toolchains.rust.cargo_metadata import Package

# What an installed program answers; a library and a port are answered by a change of the project.
UNINSTALLABLE = frozenset({"library", "port"})


class Problem(NamedTuple):
    """Something that the build of a crate lacks, for the target or for this machine."""

    crate: str
    host: bool
    subject: str


@dataclass(frozen=True)
class Finding:
    """One package whose build wants more than Rust: ``missing`` are the needs that are certainly not met."""

    unit: Unit
    package: Package
    needs: tuple[Need, ...]
    missing: tuple[Need, ...]
    path: tuple[Unit, ...]

    def among(self, problems: Iterable[Problem]) -> bool:
        """Return whether its crate has one of some problems, for the same machine."""
        return any((each.crate, each.host) == (self.package.name, self.unit.host) for each in problems)

    @property
    def lacks_library(self) -> bool:
        """Whether something is missing that no program on this machine can bring."""
        return any(map(uninstallable, self.missing))


def uninstallable(need: Need) -> bool:
    """Return whether no program that can be installed on this machine meets a need."""
    return need.what in UNINSTALLABLE


class Examination:
    """Looks at graphs of one project with the same surroundings."""

    def __init__(self, project: Project, surroundings: Surroundings) -> None:
        self.project = project
        self.surroundings = surroundings

    def missing(self, graph: Graph, unit: Unit) -> tuple[Need, ...]:
        """Return what the build of one unit certainly lacks; nothing when it is not built at all."""
        if unit not in graph.features:
            return ()
        return self._missing(unit, self._needs(graph, unit))

    def findings(self, graph: Graph) -> tuple[Finding, ...]:
        """Return one finding for each package that wants something: what is missing first, then by name."""
        found = []
        for unit in graph.features:
            needs = self._needs(graph, unit)
            if needs:
                package = self.project.packages[unit.id]
                found.append(Finding(unit, package, needs, self._missing(unit, needs), graph.path(unit)))
        return tuple(
            sorted(found, key=lambda each: (not each.missing, each.package.name, each.package.version, each.unit.host))
        )

    def problems(self, graph: Graph) -> frozenset[Problem]:
        """Return every crate with a thing that it certainly lacks and that cannot be installed."""
        return frozenset(
            Problem(finding.package.name, finding.unit.host, need.subject)
            for finding in self.findings(graph)
            for need in finding.missing
            if uninstallable(need)
        )

    def _needs(self, graph: Graph, unit: Unit) -> tuple[Need, ...]:
        if not unit.host and self.project.packages[unit.id].links in self.surroundings.replaced:
            return ()
        needs = needs_of(self.project, graph, unit, self.surroundings.environment)
        return needs_shown(needs, self.surroundings.shown, self.project.packages[unit.id], unit, graph)

    def _missing(self, unit: Unit, needs: tuple[Need, ...]) -> tuple[Need, ...]:
        return tuple(need for need in needs if need.certain and not self.surroundings.has(need, host=unit.host))
