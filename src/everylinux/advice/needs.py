"""What the build of each package wants on its platform: by what is known about the crate, else by its manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.advice.conditions import holds
from everylinux.advice.inferred import inferred_needs
from everylinux.advice.knowledge import known
from everylinux.advice.scripts import SAYS_FOLDER, compiled, script_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.advice.graph import Graph, Link, Unit
    from everylinux.advice.knowledge import Need
    from everylinux.advice.resolution import Project


def needs_of(project: Project, graph: Graph, unit: Unit, environment: Mapping[str, str]) -> tuple[Need, ...]:
    """Return what the build of one unit wants, whether it is there or not; nothing for a package of Rust alone."""
    package = project.packages[unit.id]
    crate = known(package.name)
    facts = facts_of(project, graph, unit, environment)
    needs = inferred_needs(project, graph, unit) if crate is None else crate.needs
    told = any(SAYS_FOLDER.search(script_text(script)) for script in _own_scripts(project))
    return tuple(
        msgspec.structs.replace(need, certain=False) if need.linked and told else need
        for need in needs
        if need.applies(package.version) and holds(need.when, facts) and _used(need, project, graph, unit)
    )


def _own_scripts(project: Project) -> list[Path]:
    """Return the build scripts of the project's own packages: they may say where libraries are."""
    return [
        script for package in project.packages.values() if package.source is None and (script := package.build_script)
    ]


def facts_of(
    project: Project, graph: Graph, unit: Unit, environment: Mapping[str, str]
) -> Mapping[str, frozenset[str]]:
    """Return what conditions about a unit are judged by."""
    return {
        **project.platform(unit).configuration,
        **({"host": frozenset()} if unit.host else {}),
        "feature": graph.features[unit],
        "dependency": frozenset(project.packages[link.unit.id].name for link in graph.links[unit]),
        "variable": frozenset(environment),
    }


def compiled_script(project: Project, graph: Graph, unit: Unit) -> str:
    """Return what of a package's build script counts on this machine; nothing without one."""
    script = project.packages[unit.id].build_script
    facts = {**project.host.configuration, "feature": graph.features[unit]}
    return compiled(script_text(script), facts) if script else ""


def _used(need: Need, project: Project, graph: Graph, unit: Unit) -> bool:
    """Return whether a package that uses the crate really calls it, where the need depends on that."""
    if need.through:
        users = [
            user for user, links in graph.links.items() if any(_is_named(project, link, need.through) for link in links)
        ]
        return not users or any(not _leaves_out(project, graph, user, need.through) for user in users)
    if not need.user_scripts:
        return True
    for user in graph.above(unit):
        text = compiled_script(project, graph, user)
        if any(word in text for word in need.user_scripts) and not any(word in text for word in need.unless_scripts):
            return True
    return False


def _is_named(project: Project, link: Link, name: str) -> bool:
    return project.packages[link.unit.id].name == name


def _leaves_out(project: Project, graph: Graph, user: Unit, name: str) -> bool:
    """Return whether a build script calls another crate only where it is compiled for another machine."""
    script = project.packages[user.id].build_script
    word = name.replace("-", "_")
    return script is not None and word in script_text(script) and word not in compiled_script(project, graph, user)
