"""What would make two builds of the same project differ: the time, and where its files lie on this machine."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory
from everylinux.toolchains.rust.settings import cargo_home, rustup_home

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.builders.interface import BuildContext, Project

VARIABLE = "SOURCE_DATE_EPOCH"
# 1980-01-01, the oldest time that a zip file can hold (APPNOTE.TXT 4.4.6).
OLDEST = 315_532_800
ANSWER_SECONDS = 10


def moment(project: Project) -> str:
    """Return the time that files of a project's wheels are given, in seconds since 1970.

    What the user says (reproducible-builds.org, SOURCE_DATE_EPOCH), else the time of the last commit, else one that is
    the same for all.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return given
    committed = _committed(project.folder) if (project.folder / ".git").exists() else 0
    return str(max(OLDEST, committed))


def _committed(folder: Path) -> int:
    """Return the time of a folder's last commit, 0 where git does not tell."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, "log", "-1", "--format=%ct"],
            check=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=ANSWER_SECONDS,
        )
        return int(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return 0


def hidden_folders(context: BuildContext) -> tuple[Path, ...]:
    """Return the folders of this machine whose names stay out of wheels; of two that match the later counts.

    Crates lie in Cargo's home, Rust's own library in rustup's.
    """
    toolchains, crates = rustup_home() / "toolchains", cargo_home() / "registry/src"
    return toolchains, crates, cache_directory(), context.work.parent, context.work, context.source
