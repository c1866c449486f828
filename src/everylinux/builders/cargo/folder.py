"""Where cargo keeps what it builds: a folder of the cache for each workspace, shared by its targets.

In one folder the targets share what is built for this machine (build scripts, procedural macros), and a build that
follows another is as warm as cargo's own. What was not used for long is removed when another is made.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import time
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.target import Target

MARK = ".used"
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
    place.mkdir(exist_ok=True)
    new = not (place / MARK).exists()
    with (place / MARK).open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_SH)
        folder.mkdir(parents=True, exist_ok=True)  # only now does nobody remove it
        if new:
            _remove_unused(base, time.time() - LONGEST_SECONDS)
        yield folder


def _is_usual(target: Target) -> bool:
    """Return whether this is the target that its triple means without a floor."""
    return target.static or (target.libc == "gnu" and target.floor == target.cpu.libcs["gnu"].oldest)


def _remove_unused(base: Path, oldest: float) -> None:
    """Remove the folders that were used before ``oldest`` or are too many, unless a build holds one."""
    used = sorted(base.glob(f"*/{MARK}"), key=lambda mark: mark.stat().st_mtime, reverse=True)
    for number, mark in enumerate(used):
        if number < MOST and mark.stat().st_mtime > oldest:
            continue
        with contextlib.suppress(OSError), mark.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(mark.parent, ignore_errors=True)
