"""Whose file a message names: one of a dependency lies where its package manager keeps it (``data/logs``)."""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.diagnosis import looks
from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.cargo import look_at_crates
from everylinux.diagnosis.project.go import look_at_modules
from everylinux.diagnosis.project.node import look_for_package
from everylinux.diagnosis.project.python import look_for_requirement

if TYPE_CHECKING:
    from everylinux.diagnosis.project.sight import Sight
    from everylinux.diagnosis.project.tree import Tree


def look_for_owner(path: str, tree: Tree) -> tuple[str, Sight] | None:
    """Return the dependency that a file belongs to, and what the project says of it; ``None`` for the project's own."""
    for kind, pattern in _places():
        match = compiled(pattern).search(path)
        if match is None:
            continue
        package = match["package"]
        sight = _look(kind, package, tree)
        if sight is not None:
            return sight.found.get("module") or package, sight
    return None


def _look(kind: str, package: str, tree: Tree) -> Sight | None:
    match kind:
        case "go":
            return look_at_modules(looks.Go(package=f"/pkg/mod/{package}"), tree)
        case "cargo":
            return look_at_crates(looks.Cargo(crate=package), tree)
        case "npm":
            return look_for_package(looks.Npm(package=package), tree)
        case _:
            return look_for_requirement(looks.Requirement(package=package), tree)


@functools.cache
def _places() -> tuple[tuple[str, str], ...]:
    """Return each kind of package manager, and how paths of its packages look."""
    facts = tomllib.loads(data.read("logs/dependencies.toml").decode())
    return tuple((each["at"], each["pattern"]) for each in facts["place"])
