"""Small projects of packages that exist only here, as cargo would tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recorded_cargo import recorded

from everylinux.advice.resolution import Project
from everylinux.toolchains.rust.cargo_metadata import (
    CargoTarget,
    Dependency,
    Edge,
    EdgeKind,
    Metadata,
    Node,
    Package,
    Resolve,
    Selection,
)

if TYPE_CHECKING:
    from collections.abc import Mapping


def package(name: str, *dependencies: Dependency, features: Mapping[str, tuple[str, ...]] | None = None) -> Package:
    """Return a package of the registry, or of the project for the names ``app`` and ``tool``."""
    own = name in {"app", "tool"}
    kind = "proc-macro" if name == "macros" else "lib"
    return Package(
        name=name,
        version="1.0.0",
        id=name,
        manifest_path=f"/project/{name}/Cargo.toml",
        source=None if own else "registry",
        targets=(CargoTarget(name, (kind,), "lib.rs"),),
        features=dict(features or {}),
        dependencies=dependencies,
    )


def project(*packages: Package, resolver: int = 2, selection: Selection | None = None) -> Project:
    """Return a workspace of packages that depend on each other by their names."""
    names = {each.name for each in packages}
    nodes = tuple(
        Node(
            each.name,
            tuple(
                Edge(entry.name, entry.name, (EdgeKind(entry.kind, entry.target),))
                for entry in each.dependencies
                if entry.name in names
            ),
        )
        for each in packages
    )
    members = tuple(each.id for each in packages if each.source is None)
    metadata = Metadata(packages, members, "/project", Resolve(nodes, None), "")
    base = recorded("hidapi")
    return Project(metadata, base.target, base.host, selection or Selection(), resolver=resolver)
