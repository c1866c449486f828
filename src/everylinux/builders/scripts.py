"""The scripts with which a project builds itself where no builder here reads them: what its errors point to."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from pathlib import Path


class ProjectScripts(msgspec.Struct, frozen=True):
    """Names of files in a project's folder: those that make its configure, and those that are the whole build."""

    date: str
    sources: dict[str, str]
    makes_configure: tuple[str, ...]
    builds: tuple[str, ...]


def makes_configure(folder: Path) -> str | None:
    """Return the script of a project that makes its configure."""
    return next((name for name in _scripts().makes_configure if (folder / name).is_file()), None)


def own_ways(folder: Path) -> list[str]:
    """Return the files with which a project is built, or made ready to be, in a way of its own."""
    scripts = _scripts()
    return [name for name in (*scripts.builds, *scripts.makes_configure) if (folder / name).is_file()]


@functools.cache
def _scripts() -> ProjectScripts:
    return read_facts("toolchains/project-scripts.json", ProjectScripts)
