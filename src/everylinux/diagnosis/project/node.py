"""package.json and package-lock.json: who asks for a package (npm's documentation, "package-lock.json")."""

from __future__ import annotations

import json
import re
from collections import deque
from typing import TYPE_CHECKING, Any

from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.sight import Sight

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.diagnosis.looks import Npm
    from everylinux.diagnosis.project.tree import Tree

KINDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
FOLDER = "node_modules/"


def look_for_package(asked: Npm, tree: Tree) -> Sight | None:
    """Return the direct dependency that brings a package, and its line in package.json; the shortest way counts."""
    package = asked.package.rpartition(FOLDER)[2] or asked.package
    for manifest in tree.named("package.json"):
        content = _read(manifest, tree)
        if content is None:
            continue
        lock = _read(manifest.with_name("package-lock.json"), tree) if _has_lock(manifest, tree) else None
        path = _path(content, lock, package)
        if path:
            version = _version(lock, package)
            found = {"dependency": path[0], "path": " → ".join(path), "version": version}
            text = tree.text(manifest) or ""
            match = compiled(rf'"{re.escape(path[0])}"\s*:').search(text)
            place = tree.place_of(manifest, text, match) if match else tree.place(manifest)
            return Sight({name: value for name, value in found.items() if value}, (place,))
    return None


def _has_lock(manifest: Path, tree: Tree) -> bool:
    return manifest.with_name("package-lock.json") in tree.named("package-lock.json")


def _read(path: Path, tree: Tree) -> Mapping[str, Any] | None:
    text = tree.text(path)
    if text is None:
        return None
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        tree.note(path, "it is not JSON")
        return None
    return content if isinstance(content, dict) else None


def _path(manifest: Mapping[str, Any], lock: Mapping[str, Any] | None, package: str) -> tuple[str, ...]:
    """Return the packages from a direct dependency to this one; only itself where it is one, nothing if none leads."""
    direct = sorted(_dependencies(manifest))
    if package in direct:
        return (package,)
    locked = (lock or {}).get("packages")
    asked: dict[str, set[str]] = {}
    for place, entry in (locked if isinstance(locked, dict) else {}).items():
        if isinstance(entry, dict) and place:
            asked.setdefault(place.rpartition(FOLDER)[2], set()).update(_dependencies(entry))
    before: dict[str, str] = dict.fromkeys(direct, "")
    queue = deque(direct)
    while queue:
        name = queue.popleft()
        if name == package:
            steps = [name]
            while before[steps[-1]]:
                steps.append(before[steps[-1]])
            return tuple(reversed(steps))
        for following in sorted(asked.get(name, ())):
            if following not in before:
                before[following] = name
                queue.append(following)
    return ()


def _dependencies(entry: Mapping[str, Any]) -> set[str]:
    found = (entry.get(kind) for kind in KINDS)
    return {name for each in found if isinstance(each, dict) for name in each}


def _version(lock: Mapping[str, Any] | None, package: str) -> str:
    packages = (lock or {}).get("packages")
    entry = packages.get(FOLDER + package) if isinstance(packages, dict) else None
    version = entry.get("version") if isinstance(entry, dict) else None
    return version if isinstance(version, str) else ""
