"""What the project's own features can do about a crate: bring its library, or another one, or leave it out.

They are turned on by arguments for cargo, so nothing in a manifest's entries changes. Those that are on by default are
left out all together (``--no-default-features``) and asked for one by one.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.advice.candidate import ArgumentEdit, Candidate
from everylinux.advice.knowledge import known
from everylinux.advice.likeness import most_alike
from everylinux.advice.resolution import Amendment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from everylinux.advice.graph import Unit
    from everylinux.advice.remedies import Remedies
    from everylinux.toolchains.rust.cargo_metadata import Package

# Each feature that may be left out makes a graph of its own, which takes a tenth of a second in the largest projects.
MAXIMUM_ASKED = 60


@dataclass
class _Split:
    """The features that are on, those that call for the crate apart from what stays without them.

    ``whole`` is off where something else that they turn on cannot be asked for from outside.
    """

    off: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    whole: bool = True


class OwnFeatures:
    """The features of the chosen members themselves, for one finding."""

    def __init__(self, remedies: Remedies) -> None:
        self._remedies = remedies
        self._project = remedies.project
        self._amendment = remedies.amendment
        self._selection = remedies.amendment.selection or remedies.project.selection
        # Settings are read from the manifest of the workspace's folder.
        self._shared = Path(remedies.project.metadata.workspace_root) / "Cargo.toml"

    def bringing(self) -> Iterator[Candidate]:
        """Yield features that bring the library along when they are turned on."""
        for root in self._remedies.graph.roots:
            package = self._project.packages[root.id]
            own = Path(package.manifest_path)
            for feature in self._remedies.inactive(package, root):
                alone = own == self._shared and len(self._remedies.graph.roots) == 1
                name = feature if alone else f"{package.name}/{feature}"
                defaults = not self._selection.no_default_features
                amendment = self._chosen(*self._selection.features, name, defaults=defaults)
                graph = self._project.graph(amendment)
                if self._remedies.cures(graph, feature) and self._remedies.finding.unit in graph.features:
                    edit = ArgumentEdit(self._shared, (f"--features={name}",))
                    cost = self._remedies.cost(graph, feature)
                    yield Candidate("own", package.name, (feature,), (), own, (edit,), amendment, cost)

    def instead(self) -> Iterator[Candidate]:
        """Yield features that do the same with another library, where nothing else is lost."""
        crate = known(self._remedies.finding.package.name)
        split = self._split() if crate and crate.alternatives else None
        if crate is None or split is None or not split.whole or not split.off:
            return
        package = self._package
        manifest = Path(package.manifest_path)
        # What the user asks for by arguments of his own cannot be taken out of them.
        if manifest != self._shared or set(split.off) & set(self._selection.features):
            return
        names = [name for word in crate.alternatives for name in most_alike(package.features, split.off, word)]
        for position, name in enumerate(names):
            features = tuple(dict.fromkeys((*split.kept, name)))
            amendment = self._chosen(*features)
            if name not in split.off and self._remedies.cures(self._project.graph(amendment)):
                edit = ArgumentEdit(self._shared, ("--no-default-features", f"--features={','.join(features)}"))
                cost = (0, position, 0, name)
                yield Candidate("instead", package.name, (name,), tuple(split.off), manifest, (edit,), amendment, cost)

    def without(self) -> Iterator[Candidate]:
        """Yield what can be left out: the features that call for the crate."""
        split = self._split()
        if split is None or not split.off:
            return
        amendment = self._chosen(*split.kept)
        if self._remedies.cures(self._project.graph(amendment)):
            manifest = Path(self._package.manifest_path)
            yield Candidate("without", self._package.name, (), tuple(split.off), manifest, (), amendment, (0, 0, 0, ""))

    @property
    def _root(self) -> Unit:
        return self._remedies.graph.roots[0]

    @property
    def _package(self) -> Package:
        return self._project.packages[self._root.id]

    def _chosen(self, *features: str, defaults: bool = False) -> Amendment:
        changed = dataclasses.replace(self._selection, features=features, no_default_features=not defaults)
        return Amendment(self._amendment.dependencies, changed)

    def _split(self) -> _Split | None:
        """Return the features that are on, apart; ``None`` where something else calls for the crate, too."""
        if len(self._remedies.graph.roots) != 1 or self._selection.all_features:
            return None
        default = () if self._selection.no_default_features else self._package.features.get("default", ())
        asked = tuple(dict.fromkeys((*self._selection.features, *default)))
        if len(asked) > MAXIMUM_ASKED or self._pulls():
            return None
        split = _Split()
        for name in asked:
            left_out = self._sort(name, split, set())
            split.off += [name] if left_out and name in self._package.features else left_out
        split.kept = list(dict.fromkeys(split.kept))
        return split

    def _sort(self, name: str, split: _Split, seen: set[str]) -> list[str]:
        """Put a feature, or those parts of it that may stay, to what is kept; return those that call for the crate."""
        if name in seen or len(seen) > MAXIMUM_ASKED:
            return []
        seen.add(name)
        if name.startswith("dep:"):
            # It cannot be asked for alone: no loss where it is the way to the crate, or not there.
            split.whole = split.whole and not self._is_beside(name.removeprefix("dep:"))
            return []
        key, slash, feature = name.partition("/")
        if key.endswith("?"):
            key = key.removesuffix("?")
            if not self._units(key):
                return []
            name = f"{key}/{feature}"
        if not self._pulls(name):
            split.kept.append(name)
            return []
        parts = self._package.features.get(name, ())
        if slash and feature == "default":
            parts = tuple(f"{key}/{each}" for each in self._features_of(key).get("default", ()))
        left_out = [each for part in parts for each in self._sort(part, split, seen)]
        return left_out or [name]

    def _pulls(self, *features: str) -> bool:
        """Return whether some features, and no others, call for the crate in a way that does not build."""
        return bool(self._remedies.lacking(self._project.graph(self._chosen(*features))))

    def _is_beside(self, key: str) -> bool:
        """Return whether a direct dependency is there now and does not lead to the crate."""
        crate = self._remedies.finding.unit
        above = self._remedies.graph.above(crate)
        return any(unit != crate and unit not in above for unit in self._units(key))

    def _units(self, key: str) -> list[Unit]:
        """Return what a direct dependency is now; nothing for one that is not turned on."""
        return [link.unit for link in self._remedies.graph.links[self._root] if link.dependency.key == key]

    def _features_of(self, key: str) -> Mapping[str, tuple[str, ...]]:
        return next((self._project.packages[unit.id].features for unit in self._units(key)), {})
