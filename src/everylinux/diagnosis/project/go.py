"""go.mod: which requirement brings a package, and at which version (Go Modules Reference, "go.mod files")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.sight import Sight

if TYPE_CHECKING:
    from everylinux.diagnosis.looks import Go
    from everylinux.diagnosis.project.tree import Tree

# A line of a `require` directive or block; `replace` has `=>`, `exclude` and `retract` are blocks of their own.
_REQUIREMENT = r"^\s*(?:require\s+)?(?P<module>[\w.\-~/]+)\s+(?P<version>v[\w.\-+]+)\s*(?P<rest>//.*)?$"
_BLOCK = r"^\s*(?P<directive>\w+)\s*\(\s*$"


def look_at_modules(asked: Go, tree: Tree) -> Sight | None:
    """Return the requirement with the longest path that the package begins with, in the go.mod nearest to the top.

    A path of the module cache (``/go/pkg/mod/github.com/a/b@v1.2.3/c.go``) names its module, too.
    """
    package = _package(asked.package)
    for path in tree.named("go.mod"):
        text = tree.text(path)
        best: tuple[str, int, str, re.Match[str]] | None = None
        for number, line, match in _requirements(text or ""):
            module = match["module"]
            # A program that names a package by the last part of its path means the module of that name.
            named = module.endswith(f"/{package}") if "/" not in package else f"{package}/".startswith(f"{module}/")
            if named and (best is None or len(module) > len(best[0])):
                best = (module, number, line, match)
        if best is not None:
            module, number, line, match = best
            indirect = "indirect" if "indirect" in (match["rest"] or "") else ""
            found = {"module": module, "version": match["version"], "indirect": indirect}
            return Sight(found, (tree.place(path, number, line),))
    return None


def _package(name: str) -> str:
    """Return the import path that a path of a message stands for; the module cache writes capitals as ``!a``."""
    inside = name.partition("/pkg/mod/")[2] or name
    path = re.sub(r"@v[\w.\-+]+", "", inside)
    return re.sub("!([a-z])", lambda match: match[1].upper(), path).strip('"')


def _requirements(text: str) -> list[tuple[int, str, re.Match[str]]]:
    found = []
    directive = ""
    for number, line in enumerate(text.split("\n"), start=1):
        opening = compiled(_BLOCK).match(line)
        if opening:
            directive = opening["directive"]
        elif line.strip() == ")":
            directive = ""
        elif directive == "require" or line.lstrip().startswith("require "):
            match = compiled(_REQUIREMENT).match(line)
            if match:
                found.append((number, line, match))
    return found
