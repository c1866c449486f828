"""Where a Python project asks for a package: a requirement in pyproject.toml, setup.cfg, setup.py or a list of them.

What makes a line a requirement is its name at the begin of a word, in any of the spellings that PEP 503 takes for one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.sight import MOST_PLACES, Sight

if TYPE_CHECKING:
    from everylinux.diagnosis.looks import Requirement
    from everylinux.diagnosis.project.tree import Tree

FILES = (
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
    "requirements*.txt",
    "requirements/*.txt",
    "constraints*.txt",
    "Pipfile",
)
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


def look_for_requirement(asked: Requirement, tree: Tree) -> Sight | None:
    """Return the lines that ask for a package, whatever its version (``numpy==1.19.5`` asks for ``numpy``)."""
    # The name of a wheel has no dash in it (PEP 427).
    wheel = asked.package.rpartition("/")[2].partition("-")[0] if asked.package.endswith(".whl") else ""
    name = _NAME.match(wheel or asked.package)
    if name is None:
        return None
    spelled = "[-_.]+".join(map(re.escape, re.split("[-_.]+", name[0])))
    pattern = compiled(
        rf"(?mi)^(?:[^#\n]*[^\w.\-/#\n])?(?P<requirement>{spelled}"
        r"""(?:\[[^\]\n]*\])?(?:\s*(?:[=<>!~]=?|===)[^"'#;,\n]*)?)(?:[^\w\-]|$)"""
    )
    places = []
    found: dict[str, str] = {}
    for path in tree.named(*FILES):
        text = tree.text(path) or ""
        match = pattern.search(text)
        if match:
            found = found or {"requirement": match["requirement"].strip()}
            places.append(tree.place_of(path, text, match))
    return Sight(found, tuple(places[:MOST_PLACES])) if places else None
