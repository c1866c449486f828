"""Which packages a build really compiles, for which machine, and with which features.

`cargo metadata` lists more than that: development dependencies, and features that only another machine's build turns
on. The rules are those of cargo's feature resolver (The Cargo Book, "Features" and "Dependency Resolution"; cargo's
``core/resolver/features.rs``): with version 2, what is built for this machine (build scripts, procedural macros and
what they use) has features of its own; with version 1 a package has the same features everywhere.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from everylinux.advice.conditions import on_platform
from everylinux.advice.graph import Graph, Link, Unit
from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from everylinux.toolchains.rust.cargo_metadata import Dependency, Metadata, Package, Platform, Selection


@dataclass(frozen=True)
class Amendment:
    """Other manifests and another choice than the project's, to see what they would build.

    ``dependencies`` replace those of a package, by its id; ``selection`` replaces the choice of features.
    """

    dependencies: Mapping[str, tuple[Dependency, ...]] = field(default_factory=dict)
    selection: Selection | None = None


@dataclass(frozen=True)
class _Expanded:
    """What a set of requested features comes to in one manifest: all features, and what they ask of dependencies."""

    features: frozenset[str]
    optional: frozenset[str]
    passed_on: Mapping[str, frozenset[str]]


class Project:
    """A project as cargo resolved it, for one target on this machine.

    ``resolver`` is cargo's version of the feature resolver: ``1``, ``2`` or ``3``.
    """

    def __init__(
        self,
        metadata: Metadata,
        target: Platform,
        host: Platform,
        selection: Selection,
        *,
        resolver: int | None = None,
    ) -> None:
        self.metadata = metadata
        self.target = target
        self.host = host
        self.selection = selection
        self.packages: dict[str, Package] = {package.id: package for package in metadata.packages}
        self._proc_macros = frozenset(package.id for package in metadata.packages if package.proc_macro)
        self.by_name: dict[str, list[Package]] = {}
        for package in metadata.packages:
            self.by_name.setdefault(package.name, []).append(package)
        self.members = tuple(self.packages[each] for each in metadata.workspace_members if each in self.packages)
        self.resolver = resolver or _resolver_version(metadata, self.packages)
        self._edges = {node.id: node.deps for node in metadata.resolve.nodes}
        self._expansions: dict[tuple[Unit, frozenset[str]], _Expanded] = {}
        self._resolved: dict[tuple[str, str, str | None, str | None, str | None], str | None] = {}

    def platform(self, unit: Unit) -> Platform:
        """Return the platform that a unit is built for."""
        return self.host if unit.host else self.target

    def selected(self, selection: Selection) -> tuple[Package, ...]:
        """Return the members that are built; raises `UsageError` for a name that is no member."""
        return selected_packages(self.metadata, selection)

    def graph(self, amendment: Amendment | None = None) -> Graph:
        """Return what is compiled, with an amendment if there is one."""
        amendment = amendment or Amendment()
        selection = amendment.selection or self.selection
        requested: dict[object, set[str]] = {}
        units_of: dict[object, set[Unit]] = {}
        links: dict[Unit, tuple[Link, ...]] = {}
        absent: set[tuple[str, str]] = set()
        roots = tuple(Unit(member.id, host=False) for member in self.selected(selection))
        queue: deque[Unit] = deque()

        def request(unit: Unit, features: Iterable[str]) -> None:
            slot = self._slot(unit)
            wanted = requested.setdefault(slot, set())
            known = len(wanted)
            wanted.update(features)
            users = units_of.setdefault(slot, set())
            if unit not in users:
                users.add(unit)
                queue.append(unit)
            if len(wanted) != known:
                queue.extend(users)

        for unit in roots:
            request(unit, _chosen_features(self.packages[unit.id], selection))
        while queue:
            unit = queue.popleft()
            package = self.packages[unit.id]
            expanded = self._expand(unit, requested[self._slot(unit)])
            found: list[Link] = []
            for dependency in amendment.dependencies.get(unit.id, package.dependencies):
                if not self._counts(unit, dependency, expanded):
                    continue
                child = self._resolve(unit.id, dependency)
                if child is None:
                    absent.add((package.name, dependency.key))
                    continue
                host = unit.host or dependency.kind == "build" or child in self._proc_macros
                link = Link(dependency, Unit(child, host))
                if dependency.kind != "dev":
                    found.append(link)
                default = {"default"} if dependency.uses_default_features else set()
                request(link.unit, default.union(dependency.features, expanded.passed_on.get(dependency.key, ())))
            links[unit] = tuple(found)
        built = _reachable(roots, links)
        features = {unit: self._expand(unit, requested[self._slot(unit)]).features for unit in built}
        return Graph(roots, features, {unit: links[unit] for unit in built}, frozenset(absent))

    def _slot(self, unit: Unit) -> object:
        """Return what shares its features: a unit, or with version 1 of the resolver a package."""
        return unit.id if self.resolver == 1 else unit

    def _counts(self, unit: Unit, dependency: Dependency, expanded: _Expanded) -> bool:
        # With version 1, what only tests use has its say about features too, although it is not built.
        if dependency.kind == "dev" and (self.resolver != 1 or unit.host or self.packages[unit.id].source is not None):
            return False
        if dependency.optional and dependency.key not in expanded.optional:
            return False
        return self._on_platform(unit, dependency)

    def _on_platform(self, unit: Unit, dependency: Dependency) -> bool:
        platform = self.host if unit.host or dependency.kind == "build" else self.target
        return on_platform(dependency.target, platform.triple, platform.configuration)

    def _expand(self, unit: Unit, requested: set[str]) -> _Expanded:
        key = (unit, frozenset(requested))
        if key not in self._expansions:
            package = self.packages[unit.id]
            optional = {each.key for each in package.dependencies if each.optional and self._on_platform(unit, each)}
            self._expansions[key] = _expand(package, key[1], optional)
        return self._expansions[key]

    def _resolve(self, parent: str, dependency: Dependency) -> str | None:
        """Return the id of the package that an entry of a manifest was resolved to."""
        key = (parent, dependency.name, dependency.rename, dependency.kind, dependency.target)
        if key not in self._resolved:
            self._resolved[key] = self._find(parent, dependency)
        return self._resolved[key]

    def _find(self, parent: str, dependency: Dependency) -> str | None:
        candidates = [
            edge
            for edge in self._edges.get(parent, ())
            if edge.pkg in self.packages and self.packages[edge.pkg].name == dependency.name
        ]
        exact = [
            edge
            for edge in candidates
            if any(each.kind == dependency.kind and each.target == dependency.target for each in edge.dep_kinds)
        ]
        for edge in exact:
            if edge.name == (dependency.rename or self._library_name(edge.pkg)).replace("-", "_"):
                return edge.pkg
        for edge in (*exact, *candidates):
            return edge.pkg
        # Only an amendment turns it on: it would be the package that is here already, if there is but one.
        same = [each for each in self.by_name.get(dependency.name, ()) if dependency.req in {f"={each.version}", "*"}]
        same = same or self.by_name.get(dependency.name, [])
        return same[0].id if len(same) == 1 else None

    def _library_name(self, package: str) -> str:
        kinds = {"lib", "rlib", "dylib", "cdylib", "staticlib", "proc-macro"}
        names = [each.name for each in self.packages[package].targets if kinds.intersection(each.kind)]
        return names[0] if names else self.packages[package].name


def selected_packages(metadata: Metadata, selection: Selection) -> tuple[Package, ...]:
    """Return the workspace's members that are built; raises `UsageError` for a name that is no member."""
    packages = {package.id: package for package in metadata.packages}
    members = [packages[each] for each in metadata.workspace_members if each in packages]
    by_name = {member.name: member for member in members}
    wanted = [_package_name(each) for each in selection.packages]
    for name in wanted:
        if name not in by_name and not any(letter in name for letter in "*?["):
            raise UsageError(
                f"there is no package {name} in the workspace",
                hint=f"its packages are {', '.join(sorted(by_name))}" if by_name else "",
            )
    if wanted:
        import fnmatch

        return tuple(each for each in members if any(fnmatch.fnmatchcase(each.name, name) for name in wanted))
    if selection.workspace:
        return tuple(each for each in members if each.name not in selection.exclude)
    root = metadata.resolve.root
    chosen = metadata.workspace_default_members or ([root] if root else metadata.workspace_members)
    return tuple(packages[each] for each in chosen if each in packages)


def features_on(package: Package, selection: Selection) -> frozenset[str]:
    """Return the features of a chosen member that a selection turns on by itself."""
    optional = {each.key for each in package.dependencies if each.optional}
    return _expand(package, frozenset(_chosen_features(package, selection)), optional).features


def _chosen_features(package: Package, selection: Selection) -> set[str]:
    if selection.all_features:
        return {*package.features, "default"}
    chosen = set() if selection.no_default_features else {"default"}
    for feature in selection.features:
        owner, slash, name = feature.partition("/")
        if not slash:
            chosen.add(feature)
        elif owner == package.name:
            chosen.add(name)
        elif any(dependency.key == owner.rstrip("?") for dependency in package.dependencies):
            chosen.add(feature)
    return chosen


def _reachable(roots: Iterable[Unit], links: Mapping[Unit, tuple[Link, ...]]) -> dict[Unit, None]:
    """Return the units that are built, in the order in which they are reached."""
    found = dict.fromkeys(roots)
    queue = deque(found)
    while queue:
        for link in links[queue.popleft()]:
            if link.unit not in found:
                found[link.unit] = None
                queue.append(link.unit)
    return found


def _expand(package: Package, requested: frozenset[str], optional_keys: set[str]) -> _Expanded:
    """Return what requested features come to; ``optional_keys`` are the optional dependencies of that platform."""
    features: set[str] = set()
    optional: set[str] = set()
    passed_on: dict[str, set[str]] = {}
    stack = sorted(requested)
    while stack:
        value = stack.pop()
        if value.startswith("dep:"):
            optional.add(value.removeprefix("dep:"))
        elif "/" in value:
            key, _, feature = value.partition("/")
            weak = key.endswith("?")
            key = key.rstrip("?")
            passed_on.setdefault(key, set()).add(feature)
            if key in optional_keys and not weak:
                optional.add(key)
                stack += [key] if key in package.features and key not in features else []
        elif value not in features and value in package.features:
            features.add(value)
            stack += package.features[value]
    return _Expanded(
        frozenset(features), frozenset(optional), {key: frozenset(each) for key, each in passed_on.items()}
    )


def _package_name(specification: str) -> str:
    """Return the name in a package id specification: ``app``, ``app@1.0``, ``app:1.0`` (cargo-pkgid(1))."""
    tail = specification.rpartition("#")[2]
    return tail.partition("@")[0].partition(":")[0]


def _resolver_version(metadata: Metadata, packages: Mapping[str, Package]) -> int:
    """Return which version of the feature resolver the workspace's manifest asks for.

    ``resolver`` in its manifest, else by its package's edition: 2 from 2021 on (The Cargo Book, "Resolver versions").
    """
    import tomllib
    from pathlib import Path

    try:
        with (Path(metadata.workspace_root) / "Cargo.toml").open("rb") as file:
            manifest = tomllib.load(file)
    except (OSError, ValueError):
        manifest = {}
    for table in ("workspace", "package"):
        named = manifest.get(table, {}).get("resolver")
        if isinstance(named, str) and named.isdigit():
            return int(named)
    root = packages.get(metadata.resolve.root or "")
    return 2 if root and root.edition >= "2021" else 1
