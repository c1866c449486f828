"""What a crate that nothing is known about seems to need, by its own manifest and build script.

Only what can hardly be otherwise counts as certain: a build script whose one way to a library is pkg-config.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.advice.calls import in_order
from everylinux.advice.insisted import BRANCHING, MOST_PROBES, insisted, probed
from everylinux.advice.knowledge import Need, What, has_debian_package, linked_library
from everylinux.advice.scripts import SAYS_FOLDER
from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from everylinux.advice.graph import Graph, Unit
    from everylinux.advice.resolution import Project
    from everylinux.toolchains.rust.cargo_metadata import Package

# Names of features with which crates build the library from source, or find it without pkg-config, when they have them.
VENDORING = re.compile(
    r"^(?:vendored|bundled|bundle|static-?build|build(?:[-_]from)?[-_]source|source|from[-_]source)$"
)
DYNAMIC = re.compile(r"^(?:dlopen|dynamic[-_]loading|load[-_]dynamic|runtime[-_]loading)$")
_LINKED = re.compile(r'"cargo::?rustc-link-lib=(?:dylib=)?([A-Za-z0-9_.+-]{1,64})"')
_DECIDING = re.compile(r"\b(?:if|match|cfg|env|include|mod)\b")
# What may bring a library: a folder, and a program that builds it.
_BRINGING = re.compile(rf"{SAYS_FOLDER.pattern}|\bCommand\b")
# Where cargo has a script's own files: no setting of anybody's (The Cargo Book, "Environment variables").
_OWN_FOLDERS = re.compile(
    r'\buse\s+std::env\s*;|(?:std::)?\benv(?:::var(?:_os)?|!)\(\s*"(?:OUT_DIR|CARGO_MANIFEST_DIR)"\s*\)'
)
_COMPILES: dict[str, What] = {"cc": "c", "cmake": "cmake", "autotools": "autotools", "nasm-rs": "nasm"}


class _Facts(msgspec.Struct, frozen=True):
    crates: frozenset[str]


@functools.cache
def _without_libraries() -> frozenset[str]:
    """Return the crates that nearly all bindings use, and that have a build script and no library in it."""
    return read_facts("crates/without-libraries.json", _Facts).crates


def inferred_needs(project: Project, graph: Graph, unit: Unit) -> tuple[Need, ...]:
    """Return what a package's build seems to want: nothing for one without a build script that builds or finds C."""
    from everylinux.advice.needs import compiled_script

    package = project.packages[unit.id]
    if package.build_script is None:
        return ()
    tools = {project.packages[link.unit.id].name for link in graph.links[unit] if link.dependency.kind == "build"}
    text = compiled_script(project, graph, unit)
    if not (tools & {"cc", "cmake", "pkg-config", "system-deps", "metadeps", "autotools", "nasm-rs"}):
        below = (project.packages[link.unit.id] for link in graph.links[unit])
        may_be_built = any(each.build_script for each in below if each.name not in _without_libraries())
        return tuple(_linked(package, graph.features[unit], text, may_be_built=may_be_built))
    found: list[Need] = [
        # The script may use them under a condition of its own: said, but not held against it.
        Need(what=what, certain=False)
        for tool, what in _COMPILES.items()
        if tool in tools and re.search(rf"\b{tool.replace('-rs', '').replace('-', '_')}", text)
    ]
    if "cc" in tools and ".cpp(true)" in text:
        found.append(Need(what="c++", certain=False))
    found += _libraries(package, graph.features[unit], tools, text)
    return tuple(found)


def _libraries(package: Package, features: frozenset[str], tools: set[str], text: str) -> list[Need]:
    declared = _system_deps(package.metadata, features)
    if declared and re.search("system_deps|metadeps", text):
        switch = "SYSTEM_DEPS_{}_NO_PKG_CONFIG"
        return [
            Need(what="library", pkg_config=(name,), variables=(switch.format(key.upper().replace("-", "_")),))
            for key, name in declared
        ]
    if "pkg-config" not in tools or _vendored(features):
        return []
    names = list(dict.fromkeys(probed(text)))
    # With a compiler at hand a script usually builds what it does not find.
    certain = bool(package.links) and not tools & set(_COMPILES) and len(names) == 1 and "dlopen" not in text
    certainly = frozenset(insisted(text))
    first = names[:MOST_PROBES]
    return [Need(what="library", pkg_config=(name,), certain=certain or name in certainly) for name in first]


def _linked(package: Package, features: frozenset[str], text: str, *, may_be_built: bool) -> list[Need]:
    """Return the libraries that a build script without tools has linked, and for which the crate is named.

    They are certain where the script has no branch before that, says nothing of a folder and runs no program.
    ``may_be_built``: a crate that it uses may bring the library.
    """
    from everylinux.loader.musl.search import is_itself

    if _vendored(features):
        return []
    always = set[str]()
    if not _BRINGING.search(text):
        decided = _DECIDING.search(_OWN_FOLDERS.sub("", text))
        always.update(_LINKED.findall(_before_branches(text) if decided else text))
    names = [
        name
        for name in dict.fromkeys(_LINKED.findall(text))
        if name == package.links or name in package.name or (name in always and has_debian_package(name))
    ]
    # Parts of the libc are there, whatever the crate is named.
    names = [name for name in names if not is_itself(f"lib{name}.so")]
    return [
        msgspec.structs.replace(linked_library(name), certain=name in always and not may_be_built, linked=True)
        for name in names
    ]


def _before_branches(text: str) -> str:
    """Return what of a build script is run before anything may lead past it."""
    code = in_order(text)
    branch = BRANCHING.search(code)
    return code[: branch.start()] if branch else code


def _vendored(features: frozenset[str]) -> bool:
    return any(VENDORING.match(feature) or DYNAMIC.match(feature) for feature in features)


def _system_deps(metadata: object, features: frozenset[str]) -> list[tuple[str, str]]:
    """Return the libraries of ``[package.metadata.system-deps]``: the key, and the name for pkg-config.

    A value is a version, or a table with ``version``, ``name``, ``optional`` and ``feature`` (system-deps' README).
    """
    table = metadata.get("system-deps") if isinstance(metadata, dict) else None
    found = []
    for key, value in sorted((table or {}).items()) if isinstance(table, dict) else ():
        if isinstance(value, str):
            found.append((key, key))
        elif isinstance(value, dict) and isinstance(value.get("name", key), str):
            asked = value.get("feature")
            if value.get("optional") or (isinstance(asked, str) and asked not in features):
                continue
            # The versions of features stand in tables of theirs.
            wanted = any(isinstance(each, dict) and feature in features for feature, each in value.items())
            if "version" in value or "name" in value or wanted:
                found.append((key, value.get("name", key)))
    return found
