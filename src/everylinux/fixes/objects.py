"""What a build has compiled before: make leaves it as it is, so that flags which a fix changes do not reach it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.builders.sources import C_SUFFIXES, CXX_SUFFIXES
from everylinux.fixes.copying import MOST_FILES, SHOWN, is_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCES = (*C_SUFFIXES, *CXX_SUFFIXES, ".S", ".s")
OBJECTS = (".o", ".lo", ".os", ".obj")


def compiled_before(project: Path) -> tuple[Path, ...]:
    """Return the objects of a project that lie beside a source of their name: what a build made and can make again.

    Their paths are relative to the project. Of a tree too large to be a project only a part is looked at.
    """
    return tuple(_objects(project))


def _objects(project: Path) -> Iterator[Path]:
    seen = 0
    for parent, folders, names in os.walk(project):
        folders[:] = [name for name in folders if name not in SHOWN and not is_left_out(Path(parent, name))]
        seen += len(folders) + len(names)
        if seen > MOST_FILES:
            return
        sources = {Path(name).stem for name in names if name.endswith(SOURCES)}
        place = Path(parent).relative_to(project)
        yield from (place / name for name in names if name.endswith(OBJECTS) and Path(name).stem in sources)
