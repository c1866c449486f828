"""Who pulls a crate in: Cargo.lock and the manifests, and cargo's own answer where it can be asked.

The lock file alone tells the path; which feature avoids what a crate wants only cargo knows (`project.cargo_advice`).
"""

from __future__ import annotations

import re
import tomllib
from collections import deque
from typing import TYPE_CHECKING, Any

from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.cargo_advice import advice_for, vendoring_feature
from everylinux.diagnosis.project.sight import MOST_PLACES, Sight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from everylinux.diagnosis.looks import Cargo
    from everylinux.diagnosis.project.tree import Tree
    from everylinux.evidence import Place

KINDS = ("dependencies", "dev-dependencies", "build-dependencies")


def look_at_crates(asked: Cargo, tree: Tree) -> Sight | None:
    """Return the direct dependency that pulls a crate in, and its line in the manifest.

    Of several ways the shortest counts, and of what is as near the first by name.
    """
    crate = asked.crate.partition(" ")[0].partition("@")[0]
    manifests = {path: read for path in tree.named("Cargo.toml") if (read := _read(path, tree))}
    locks = [path for path in tree.named("Cargo.lock") if path.with_name("Cargo.toml") in manifests]
    for lock in locks:
        graph = _Graph(_packages(_read(lock, tree)))
        steps = graph.path(crate)
        if not steps:
            continue
        found = {"version": graph.version(steps[-1]), "path": " → ".join(map(_name, steps))}
        advice = advice_for(lock.parent, crate, asked.target)
        dependency = _name(steps[1]) if len(steps) > 1 else ""
        if advice is not None:
            dependency = advice.dependency or dependency
            found |= {"feature": advice.feature, "change": _plain(advice.change), "path": " → ".join(advice.path)}
        if dependency:
            found["dependency"] = dependency
        feature = vendoring_feature(crate) if advice is None else ""
        if feature:
            how = "turn on the feature {} of {}" if dependency == crate else "add the feature {} of {} to the manifest"
            found |= {"feature": feature, "change": f"{how.format(feature, crate)}: it is then built from source"}
        places = _places(dependency or crate, manifests, tree) or _own_script(crate, manifests, tree)
        if places:
            found["manifest"] = places[0].file
        return Sight({name: value for name, value in found.items() if value}, places)
    places = _places(crate, manifests, tree)
    if places:
        return Sight({"dependency": crate, "manifest": places[0].file}, places)
    own = _own_script(crate, manifests, tree)
    return Sight(places=own) if own else None


def _plain(sentence: str) -> str:
    """Return a sentence without the signs that mean something to a shell: fixes take no others (`proposals`)."""
    return re.sub(r"[`()'\"]", "", sentence).replace("; or ", ", or ").replace("; ", ", ")


def _read(path: Path, tree: Tree) -> Mapping[str, Any]:
    try:
        return tomllib.loads(tree.text(path) or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        tree.note(path, "it is not TOML")
        return {}


def _packages(lock: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the well-formed packages of a lock file."""
    packages = lock.get("package")
    return [
        each
        for each in (packages if isinstance(packages, list) else ())
        if isinstance(each, dict) and isinstance(each.get("name"), str) and isinstance(each.get("version"), str)
    ]


class _Graph:
    """What a lock file says: a package is named ``name version``, and its dependencies by as much as tells them apart.

    (The Cargo Book, "Cargo.lock"; cargo's ``core/resolver/encode.rs``.)
    """

    def __init__(self, packages: Sequence[Mapping[str, Any]]) -> None:
        self._packages = {f"{each['name']} {each['version']}": each for each in packages}
        self._by_name: dict[str, list[str]] = {}
        for name in self._packages:
            self._by_name.setdefault(_name(name), []).append(name)
        self._roots = sorted(name for name, each in self._packages.items() if "source" not in each)

    def path(self, crate: str) -> tuple[str, ...]:
        """Return the packages from the project's own to a crate, both included; nothing where none leads to it."""
        before: dict[str, str] = dict.fromkeys(self._roots, "")
        queue = deque(self._roots)
        while queue:
            package = queue.popleft()
            if _name(package) == crate:
                steps = [package]
                while before[steps[-1]]:
                    steps.append(before[steps[-1]])
                return tuple(reversed(steps))
            for following in self._dependencies(package):
                if following not in before:
                    before[following] = package
                    queue.append(following)
        return ()

    def version(self, package: str) -> str:
        """Return a package's version."""
        return package.partition(" ")[2]

    def _dependencies(self, package: str) -> list[str]:
        listed = self._packages[package].get("dependencies")
        found = []
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, str):
                name, _, rest = each.partition(" ")
                version = rest.partition(" ")[0]
                named = self._by_name.get(name, [])
                found += [f"{name} {version}"] if f"{name} {version}" in named else named[:1]
        return sorted(found)


def _name(package: str) -> str:
    return package.partition(" ")[0]


def _places(dependency: str, manifests: Mapping[Path, Mapping[str, Any]], tree: Tree) -> tuple[Place, ...]:
    """Return the lines in the manifests that ask for a dependency, under its own name or another."""
    places = []
    for path, manifest in manifests.items():
        key = _key(manifest, dependency)
        if not key:
            continue
        text = tree.text(path) or ""
        quoted = re.escape(key)
        match = compiled(
            rf'(?m)^\s*["\']?{quoted}["\']?\s*(?:\.[\w.-]+\s*)?=|^\s*\[[^\]\n]*dependencies\.["\']?{quoted}["\']?\]'
        ).search(text)
        places.append(tree.place_of(path, text, match) if match else tree.place(path))
    return tuple(places[:MOST_PLACES])


def _own_script(crate: str, manifests: Mapping[Path, Mapping[str, Any]], tree: Tree) -> tuple[Place, ...]:
    """Return the build script of a package of the project."""
    for path, manifest in manifests.items():
        package = manifest.get("package")
        if isinstance(package, dict) and package.get("name") == crate:
            named = package.get("build")
            script = tree.find(f"{tree.name_of(path.parent)}/{named if isinstance(named, str) else 'build.rs'}")
            return (tree.place(script),) if script else ()
    return ()


def _key(manifest: Mapping[str, Any], dependency: str) -> str:
    """Return the key under which a manifest asks for a package, empty where it does not."""
    targets = manifest.get("target")
    workspace = manifest.get("workspace")
    tables = [manifest, workspace, *(targets.values() if isinstance(targets, dict) else ())]
    for table in tables:
        for kind in KINDS:
            entries = table.get(kind) if isinstance(table, dict) else None
            for key, entry in entries.items() if isinstance(entries, dict) else ():
                if dependency == (entry.get("package", key) if isinstance(entry, dict) else key):
                    return str(key)
    return ""
