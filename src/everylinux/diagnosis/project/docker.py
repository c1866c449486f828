"""Dockerfiles: the image that a stage begins with (Dockerfile reference, "FROM")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.project.sight import Sight

if TYPE_CHECKING:
    from everylinux.diagnosis.looks import Dockerfile
    from everylinux.diagnosis.project.tree import Tree

NAMES = ("Dockerfile", "Containerfile", "Dockerfile.*", "*.Dockerfile", "*.dockerfile")
_FROM = r"(?i)^\s*FROM\s+(?:--platform=(?P<platform>\S+)\s+)?(?P<base>[^\s-]\S*)(?:\s+AS\s+(?P<stage>\S+))?\s*$"


def look_at_stages(asked: Dockerfile, tree: Tree) -> Sight | None:
    """Return the ``FROM`` of the first or the last stage of the Dockerfile nearest to the top.

    A stage that begins with an earlier one begins with the image of that one.
    """
    for path in tree.named(*NAMES):
        stages = [
            (number, line, match)
            for number, line in enumerate((tree.text(path) or "").split("\n"), start=1)
            if (match := compiled(_FROM).match(line))
        ]
        if not stages:
            continue
        number, line, match = stages[0 if asked.stage == "first" else -1]
        by_name = {each["stage"].lower(): (place, text, each) for place, text, each in stages if each["stage"]}
        for _ in stages:
            earlier = by_name.get(match["base"].lower())
            if earlier is None or earlier[0] >= number:
                break
            number, line, match = earlier
        found = {
            "base": match["base"],
            "base_platform": match["platform"] or "",
            "stage": match["stage"] or "",
        }
        return Sight(found, (tree.place(path, number, line),))
    return None
