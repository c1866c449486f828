"""Where cargo keeps what it builds: a folder of the cache for each workspace, shared by its targets.

In one folder the targets share what is built for this machine (build scripts, procedural macros), and a build that
follows another is as warm as cargo's own. What was not used for long is removed when another is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory
from everylinux.kept import MARK, in_use, last_used, remove_unless_in_use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.target import Target

# What is kept: the workspaces that were built last, of those that were built in the last month.
MOST = 20
LONGEST_SECONDS = 30 * 24 * 3600


@contextlib.contextmanager
def target_folder(workspace: Path, target: Target) -> Iterator[Path]:
    """Yield the folder for one workspace and target; nobody removes it meanwhile.

    Targets of one triple that differ in the floor have different C code, and so folders of their own.
    """
    base = cache_directory("cargo")
    place = base / hashlib.sha256(os.fsencode(workspace)).hexdigest()[:16]
    folder = place / ("oldest" if _is_usual(target) else target.name)
    with in_use(place) as new:
        folder.mkdir(exist_ok=True)
        if new:
            _remove_unused(base, time.time() - LONGEST_SECONDS)
        yield folder


def _is_usual(target: Target) -> bool:
    """Return whether this is the target that its triple means without a floor."""
    return target.static or (target.libc == "gnu" and target.floor == target.cpu.libcs["gnu"].oldest)


def _remove_unused(base: Path, oldest: float) -> None:
    """Remove the folders that were used before ``oldest`` or are too many, unless a build holds one."""
    for number, folder in enumerate(last_used(base)):
        with contextlib.suppress(FileNotFoundError):
            if number >= MOST or (folder / MARK).stat().st_mtime <= oldest:
                remove_unless_in_use(folder)
