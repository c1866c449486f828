"""Which change of the project does away with what a crate lacks.

Nothing is guessed: every feature that is tried stands in the manifest of the resolved version, and a change counts only
when the graph that it makes lacks less. Changes are tried on the graph at hand; `verify` then asks cargo itself.
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from everylinux.advice.candidate import KINDS, Candidate, FeatureEdit
from everylinux.advice.findings import UNINSTALLABLE
from everylinux.advice.knowledge import known
from everylinux.advice.likeness import itself, most_alike
from everylinux.advice.own_features import MAXIMUM_ASKED, OwnFeatures
from everylinux.advice.resolution import Amendment
from everylinux.advice.shown import PLAIN, VENDORING
from everylinux.toolchains.rust.cargo_metadata import Dependency

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from everylinux.advice.findings import Examination, Finding
    from everylinux.advice.graph import Graph, Link, Unit
    from everylinux.toolchains.rust.cargo_metadata import Package

MAXIMUM_CHOICES = 3
# A workspace of a hundred members may ask for the same crate in each of them: one is enough to turn a feature on, and
# leaving it out everywhere is more than a change to propose.
MAXIMUM_EXPOSURES = 12
REDUCING = frozenset({"without", "no", "minimal"})
# Features that have the library loaded when the program runs, where that is possible.
LOADING = frozenset({"dlopen", "dynamic", "runtime", "dl"})


class Exposure(NamedTuple):
    """A direct dependency of one of the project's own packages (its id), on the way to the crate."""

    owner: str
    link: Link


class Remedies:
    """Finds the changes for one finding, on a graph that earlier changes may already have amended."""

    def __init__(self, examination: Examination, amendment: Amendment, finding: Finding) -> None:
        self.examination = examination
        self.project = examination.project
        self.amendment = amendment
        self.graph = self.project.graph(amendment)
        self.finding = finding
        self.exposures = tuple(itertools.islice(self._exposures(), MAXIMUM_EXPOSURES))

    def candidates(self) -> tuple[Candidate, ...]:
        """Return what cures, the best first, each kind with a few choices."""
        own = OwnFeatures(self)
        found = [*own.bringing(), *self._features(), *self._added()]
        crate = known(self.finding.package.name)
        if not found or (crate and crate.alternatives):
            found += [*self._instead(), *own.instead()]
        if not found:
            found += own.without()
        found.sort(key=lambda each: (each.intrusive, KINDS.index(each.kind), each.cost))
        kept: list[Candidate] = []
        for candidate in found:
            # A feature that cures beside the others is not proposed once more in place of them.
            told = any((each.dependency, each.features) == (candidate.dependency, candidate.features) for each in kept)
            if not told and sum(each.kind == candidate.kind for each in kept) < MAXIMUM_CHOICES:
                kept.append(candidate)
        return tuple(kept)

    def leaving_out(self) -> tuple[Candidate, ...]:
        """Return what does without the crate, for when nothing that promised to cure did."""
        found = (*self._instead(), *OwnFeatures(self).without())
        return tuple(each for each in found if not each.applied)

    def _exposures(self) -> Iterator[Exposure]:
        """Yield the direct dependencies that lead to the crate, that of the shortest path first."""
        unit = self.finding.unit
        above = self.graph.above(unit)
        steps = self.graph.path(unit)
        order = {step: position for position, step in enumerate(steps)}
        for owner in sorted(above, key=lambda each: (order.get(each, len(steps)), each)):
            package = self.project.packages[owner.id]
            if package.source is not None:
                continue
            links = [
                link
                for link in self.graph.links[owner]
                if (link.unit == unit or link.unit in above) and self.project.packages[link.unit.id].source is not None
            ]
            for link in sorted(links, key=lambda each: (order.get(each.unit, len(steps)), each.dependency.key)):
                yield Exposure(package.id, link)

    def _features(self) -> Iterator[Candidate]:
        """Yield features of direct dependencies that cure when they are turned on."""
        for owner, link in self.exposures:
            package = self.project.packages[link.unit.id]
            for feature in self.inactive(package, link.unit):
                changed = msgspec.structs.replace(link.dependency, features=(*link.dependency.features, feature))
                amendment = self._amended({(owner, link.dependency): changed})
                graph = self.project.graph(amendment)
                if self.cures(graph, feature):
                    manifest = Path(self.project.packages[owner].manifest_path)
                    edit = FeatureEdit(manifest, link.dependency, on=(feature,))
                    cost = self.cost(graph, feature)
                    yield Candidate(
                        "feature",
                        link.dependency.key,
                        (feature,),
                        (),
                        manifest,
                        (edit,),
                        amendment,
                        cost,
                        intrusive=self._intrudes(graph),
                    )

    def _added(self) -> Iterator[Candidate]:
        """Yield crates below the direct dependency that cure when the project names them with a feature of theirs."""
        steps = self.finding.path
        positions = [place for place, step in enumerate(steps) if self.project.packages[step.id].source is None]
        if not positions or len(steps) < positions[-1] + 3:
            return
        owner = self.project.packages[steps[positions[-1]].id]
        below = steps[positions[-1] + 2 :]
        host = self.finding.unit.host
        condition = self._condition(steps[positions[-1] :])
        for place, step in enumerate(reversed(below)):
            package = self.project.packages[step.id]
            # The bindings are for those who write C in Rust; the crate above them is the one that people name.
            later = 1 if package.name.endswith("-sys") else 0
            for feature in self.inactive(package, step):
                entry = Dependency(
                    name=package.name,
                    req=f"={package.version}",
                    kind="build" if host else None,
                    features=(feature,),
                    target=condition,
                )
                amendment = self._amended({}, extra={owner.id: entry})
                graph = self.project.graph(amendment)
                if self.cures(graph):
                    manifest = Path(owner.manifest_path)
                    edit = FeatureEdit(manifest, entry, on=(feature,), new_version=_compatible(package.version))
                    cost = self.cost(graph, feature)
                    yield Candidate(
                        "added",
                        package.name,
                        (feature,),
                        (),
                        manifest,
                        (edit,),
                        amendment,
                        (10 * cost[0] + 2 * cost[1] + later, place, *cost[2:]),
                    )

    def _instead(self) -> Iterator[Candidate]:
        """Yield what leaves out the features that pull the crate in, with another library's in their place."""
        asked = sum(len(self._asked(exposure)) for exposure in self.exposures)
        if len(self.exposures) == MAXIMUM_EXPOSURES or asked > MAXIMUM_ASKED:
            return
        pulls = {exposure: self._pulling(exposure) for exposure in self.exposures}
        if not pulls or not all(pulls.values()):
            return
        crate = known(self.finding.package.name)
        words = crate.alternatives if crate else ()
        choices: list[tuple[str, ...]] = [()]
        first = self.exposures[0]
        for word in words:
            choices += [(name,) for name in self._replacing(first, pulls[first], word)]
        for chosen in choices:
            changes: dict[tuple[str, Dependency], Dependency] = {}
            edits = []
            for exposure, off in pulls.items():
                entry = exposure.link.dependency
                on = self._chosen_for(exposure, off, chosen, words)
                kept = self._kept(exposure, off)
                added = tuple(name for name in (*kept, *on) if name not in entry.features)
                left = tuple(name for name in entry.features if name not in off)
                changed = msgspec.structs.replace(entry, features=(*left, *added), uses_default_features=False)
                removed = tuple(name for name in off if name in entry.features)
                defaults_off = entry.uses_default_features and any(name not in removed for name in off)
                if not defaults_off:
                    default = self.project.packages[exposure.link.unit.id].features.get("default", ())
                    added = tuple(name for name in added if not (entry.uses_default_features and name in default))
                    changed = msgspec.structs.replace(
                        entry, features=(*left, *added), uses_default_features=entry.uses_default_features
                    )
                changes[exposure.owner, entry] = changed
                manifest = Path(self.project.packages[exposure.owner].manifest_path)
                edits.append(FeatureEdit(manifest, entry, on=added, off=removed, defaults_off=defaults_off))
            amendment = self._amended(changes)
            graph = self.project.graph(amendment)
            if self.cures(graph):
                yield Candidate(
                    "instead" if chosen else "without",
                    first.link.dependency.key,
                    chosen,
                    pulls[first],
                    Path(self.project.packages[first.owner].manifest_path),
                    tuple(edits),
                    amendment,
                    (0, choices.index(chosen), 0, "".join(chosen)),
                )

    def _intrudes(self, graph: Graph) -> bool:
        """Return whether a change makes packages depend on what they did without, other than the crate itself.

        A feature may do what it says and turn on a whole client beside: naming the crate is then the smaller change.
        """
        crate = self.finding.unit
        before = self.graph.links
        for unit, links in graph.links.items():
            if unit == crate or unit not in before:
                continue
            if {link.unit for link in links} - {link.unit for link in before[unit]}:
                return True
        return any(name != self.finding.package.name for name, _ in graph.absent - self.graph.absent)

    def _pulling(self, exposure: Exposure) -> tuple[str, ...]:
        """Return the features of a direct dependency, as they are asked for, each of which pulls the crate in alone."""
        package = self.project.packages[exposure.link.unit.id]
        return tuple(name for name in self._asked(exposure) if name in package.features and self._pulls(exposure, name))

    def _pulls(self, exposure: Exposure, feature: str) -> bool:
        """Return whether one feature of a direct dependency, with no other feature and no other way, calls for it."""
        entry = exposure.link.dependency
        changes: dict[tuple[str, Dependency], Dependency | None] = {
            (each.owner, each.link.dependency): None for each in self.exposures if each != exposure
        }
        changes[exposure.owner, entry] = msgspec.structs.replace(
            entry, features=(feature,), uses_default_features=False
        )
        return bool(self.lacking(self.project.graph(self._amended(changes))))

    def _asked(self, exposure: Exposure) -> tuple[str, ...]:
        """Return the features that an entry asks for, the default ones by their names."""
        entry = exposure.link.dependency
        package = self.project.packages[exposure.link.unit.id]
        default = package.features.get("default", ()) if entry.uses_default_features else ()
        return tuple(dict.fromkeys((*entry.features, *default)))

    def _kept(self, exposure: Exposure, off: tuple[str, ...]) -> tuple[str, ...]:
        """Return the default features that stay, and those parts of what is left out that do not pull the crate in.

        What names a dependency cannot be asked for from outside.
        """
        package = self.project.packages[exposure.link.unit.id]
        kept = [name for name in self._asked(exposure) if name not in off]
        parts = [part for name in off for part in package.features.get(name, ()) if not part.startswith("_")]
        kept += [part for part in parts if part in package.features and not self._pulls(exposure, part)]
        return tuple(dict.fromkeys(name for name in kept if name in package.features))

    def _replacing(self, exposure: Exposure, off: tuple[str, ...], word: str) -> list[str]:
        """Return the features with a word in their names, those most like what is left out first."""
        return most_alike(self.project.packages[exposure.link.unit.id].features, off, word)

    def _chosen_for(
        self, exposure: Exposure, off: tuple[str, ...], chosen: tuple[str, ...], words: tuple[str, ...]
    ) -> tuple[str, ...]:
        """Return the replacing features for one of several direct dependencies: the same, else the most alike."""
        package = self.project.packages[exposure.link.unit.id]
        if not chosen or all(name in package.features for name in chosen):
            return chosen
        return tuple(name for word in words for name in self._replacing(exposure, off, word)[:1])[:1]

    def inactive(self, package: Package, unit: Unit) -> list[str]:
        """Return the features of a package that are off and by their names bring the library along, or do without."""
        active = self.graph.features.get(unit, frozenset())
        crate = known(self.finding.package.name)
        alternatives = crate.alternatives if crate else ()
        # A static program cannot load a library when it runs.
        static = self.examination.surroundings.target.static
        telling, loads = (VENDORING, LOADING) if static else (VENDORING | LOADING, frozenset())

        def tells(words: list[str]) -> bool:
            return bool(telling.intersection(words)) and not loads.intersection(words)

        return sorted(
            name
            for name, turned_on in package.features.items()
            if name not in active
            and (name in alternatives or tells(re.split("[-_]", name)))
            and turned_on != itself(name)
        )

    def cures(self, graph: Graph, feature: str = "") -> bool:
        """Return whether a graph lacks nothing for this crate that an installed program could not bring.

        A feature that is named for vendoring and turns on a package that is not here yet may do so: cargo is asked.
        """
        if not self.lacking(graph):
            return True
        return bool(PLAIN.intersection(re.split("[-_]", feature)) and graph.absent - self.graph.absent)

    def lacking(self, graph: Graph) -> list[str]:
        """Return what this crate lacks in a graph that no installed program could bring."""
        missing = self.examination.missing(graph, self.finding.unit)
        return [need.subject for need in missing if need.what in UNINSTALLABLE]

    def cost(self, graph: Graph, feature: str) -> tuple[int, int, int, str]:
        """Return how much else a change brings: what it lacks, what it gives up, what else is built, then the name."""
        lacking = len(self.examination.missing(graph, self.finding.unit)) + 10 * len(self.lacking(graph))
        changed = len(graph.features.keys() ^ self.graph.features.keys()) + len(graph.absent - self.graph.absent)
        for unit, features in graph.features.items():
            changed += len(features ^ self.graph.features.get(unit, features))
        # `bundled_without_openssl` gives up what `bundled` keeps.
        reduced = bool(REDUCING.intersection(re.split("[-_]", feature)))
        return lacking, reduced, changed, feature

    def _amended(
        self,
        changes: Mapping[tuple[str, Dependency], Dependency | None],
        *,
        extra: dict[str, Dependency] | None = None,
    ) -> Amendment:
        """Return the amendment with other entries: ``None`` takes one out, ``extra`` adds one."""
        dependencies = dict(self.amendment.dependencies)
        for (owner, entry), changed in changes.items():
            current = dependencies.get(owner, self.project.packages[owner].dependencies)
            dependencies[owner] = tuple(
                kept for each in current if (kept := changed if each == entry else each) is not None
            )
        for owner, entry in (extra or {}).items():
            dependencies[owner] = (*dependencies.get(owner, self.project.packages[owner].dependencies), entry)
        return Amendment(dependencies, self.amendment.selection)

    def _condition(self, steps: tuple[Unit, ...]) -> str | None:
        """Return the one platform condition on a path, so that an added crate is built only where it is used."""
        found: set[str | None] = set()
        for step, following in itertools.pairwise(steps):
            found.update(link.dependency.target for link in self.graph.links[step] if link.unit == following)
        conditions = sorted(each for each in found if each)
        return conditions[0] if len(conditions) == 1 else None


def _compatible(version: str) -> str:
    """Return a requirement that the resolved version meets: ``0.10`` for ``0.10.72``, ``1`` for ``1.4.0``."""
    parts = version.partition("+")[0].split(".")
    if "-" in version:
        return f"={version}"
    return parts[0] if parts[0] != "0" else ".".join(parts[:2])
