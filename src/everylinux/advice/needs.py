"""What the build of each package wants on its platform: by what is known about the crate, else by its manifest."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from everylinux.advice.conditions import holds
from everylinux.advice.inferred import inferred_needs
from everylinux.advice.knowledge import known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.advice.graph import Graph, Unit
    from everylinux.advice.knowledge import Need
    from everylinux.advice.resolution import Project

# A build script is source code of a person; generated ones are not read to their end.
SCRIPT_BYTES = 256 << 10


def needs_of(project: Project, graph: Graph, unit: Unit, environment: Mapping[str, str]) -> tuple[Need, ...]:
    """Return what the build of one unit wants, whether it is there or not; nothing for a package of Rust alone."""
    package = project.packages[unit.id]
    crate = known(package.name)
    if crate is None:
        return inferred_needs(project, graph, unit)
    facts = facts_of(project, graph, unit, environment)
    return tuple(
        need
        for need in crate.needs
        if need.applies(package.version) and holds(need.when, facts) and _used(need, project, graph, unit)
    )


def facts_of(
    project: Project, graph: Graph, unit: Unit, environment: Mapping[str, str]
) -> Mapping[str, frozenset[str]]:
    """Return what conditions about a unit are judged by."""
    return {
        **project.platform(unit).configuration,
        "feature": graph.features[unit],
        "dependency": frozenset(project.packages[link.unit.id].name for link in graph.links[unit]),
        "variable": frozenset(environment),
    }


@functools.lru_cache(maxsize=1024)
def script_text(path: Path) -> str:
    """Return the beginning of a build script and of the modules in its folder ``build``; nothing if unreadable."""
    folder = path.parent
    texts = []
    for each in (path, *(sorted(folder.glob("*.rs"))[:20] if folder.name == "build" else ())):
        try:
            with each.open("rb") as file:
                texts.append(file.read(SCRIPT_BYTES).decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(texts)


def _used(need: Need, project: Project, graph: Graph, unit: Unit) -> bool:
    """Return whether a package that uses the crate really calls it, where the need depends on that."""
    if not need.user_scripts:
        return True
    for user in graph.above(unit):
        script = project.packages[user.id].build_script
        text = script_text(script) if script else ""
        if any(word in text for word in need.user_scripts) and not any(word in text for word in need.unless_scripts):
            return True
    return False
