"""Which Rust projects there are, and where their sources lie."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

import msgspec

from everylinux.cache import directory_made_whole, locked
from everylinux.errors import InputOutputError
from everylinux.toolchains.find import require
from programs.clients import check_digest
from programs.fetch import unpack_tarball
from roots.store import development_cache

# A project of ours is a folder there; to a published crate such a folder adds its smoke tests.
PROJECTS = Path(__file__).resolve().parents[2] / "tests" / "e2e" / "rust"
SECONDS_FOR_A_DOWNLOAD = 300


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One project.

    ``version`` and ``sha256`` are those of a crate as published, empty for a project of ours; ``programs`` what comes
    out where it is not named as the project; ``short`` the targets of the short test run. ``cured``: `everylinux build
    --apply` changes it first, since no tool builds it as it is.
    """

    meaning: str
    short: tuple[str, ...]
    version: str = ""
    sha256: str = ""
    programs: tuple[str, ...] = ()
    cured: bool = False


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``inputs.json``."""

    date: str
    source: str
    inputs: dict[str, Input]


@functools.cache
def inputs() -> dict[str, Input]:
    """Return the projects by name."""
    return msgspec.json.decode(Path(__file__).with_name("inputs.json").read_bytes(), type=Inputs).inputs


def project_folder(name: str) -> Path:
    """Return the folder of a project, fetched if it is published and not there yet.

    Raises `ToolMissingError` without cargo, `InputOutputError` when the crate cannot be had or is not the pinned one.
    """
    pinned = inputs()[name]
    if not pinned.version:
        return PROJECTS / name
    path = development_cache() / "rust" / f"{name}-{pinned.version}" / name
    with locked(path.parent):
        if not path.exists():
            archive = _downloaded(name, pinned)
            with directory_made_whole(path) as project:
                unpack_tarball(archive, project)
                shutil.copytree(PROJECTS / name, project, dirs_exist_ok=True)
    return path


def _downloaded(name: str, pinned: Input) -> Path:
    """Return the crate in cargo's own cache: what cargo tells of a crate, it reads in its archive."""
    command: list[str | Path] = [require("cargo"), "info", "--quiet", f"{name}@{pinned.version}"]
    done = subprocess.run(
        command, cwd=development_cache(), capture_output=True, text=True, check=False, timeout=SECONDS_FOR_A_DOWNLOAD
    )
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    archives = list(home.glob(f"registry/cache/*/{name}-{pinned.version}.crate"))
    if done.returncode or not archives:
        raise InputOutputError(f"cargo does not bring {name} {pinned.version}: {done.stderr.strip()[:500]}")
    check_digest(archives[0], pinned.sha256)
    return archives[0]
