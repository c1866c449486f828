"""Several Pythons' wheels of one project: each build begins with the sources as they were.

What one build leaves beside them, a module that it built in place or an object file, would get into the next wheel.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from everylinux.toolchains.python.interpreter import Interpreter


def each_afresh(interpreters: Sequence[Interpreter], source: Path, work: Path) -> Iterator[Interpreter]:
    """Yield each interpreter, with the folder ``source`` as it was at first; ``work`` holds the copy meanwhile."""
    kept = work / "sources"
    if len(interpreters) > 1:
        shutil.copytree(source, kept, symlinks=True)
    for number, interpreter in enumerate(interpreters):
        if number:
            # What a build made read-only could not be removed here; it goes with the whole of ``work``.
            source.rename(work / f"sources-used-{number}")
            shutil.copytree(kept, source, symlinks=True)
        yield interpreter
