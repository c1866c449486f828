"""Which kind of project a folder holds, by the files in it; the order of precedence is that of the contract."""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from everylinux.builders import autoconf, cargo, cmake, golang, makefile, meson, python, sources
from everylinux.builders.interface import Project
from everylinux.builders.python import plain
from everylinux.builders.surroundings import common_root, parts_of
from everylinux.errors import NoProjectError, UsageError
from everylinux.toolchains.rust.settings import settings_files
from everylinux.wording import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from everylinux.builders.interface import Builder
    from everylinux.progress import Progress

# In the order of precedence.
BUILDERS: tuple[Builder, ...] = (
    python.BUILDER,
    cargo.BUILDER,
    golang.BUILDER,
    meson.BUILDER,
    cmake.BUILDER,
    autoconf.BUILDER,
    makefile.BUILDER,
    python.SCRIPTED,
    plain.BUILDER,
    sources.BUILDER,
)
# What configures a build of C and C++.
CONFIGURED = (meson.BUILDER, cmake.BUILDER, autoconf.BUILDER)
# Of the folders in one that is no project these many are looked into, and shown.
MOST_FOLDERS = 100
DEPTH = 3
SHOWN = 4
KINDS = tuple(dict.fromkeys(builder.kind for builder in BUILDERS))


def detect(path: Path, kind: str | None, progress: Progress) -> tuple[Builder, Project]:
    """Return the builder for the project at ``path`` and the project; says the choice and what was passed over.

    Raises `UsageError` when nothing is recognised, or when ``kind`` does not fit what is there.
    """
    if path.is_file():
        project = plain.lone_source(path)
        progress.say(f"{path}: {project.kind}")
        return plain.BUILDER, project
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        raise UsageError(f"{path} {what}", hint="name the folder of a project")
    folder = path.resolve()
    if kind is not None:
        return _asked_for(folder, kind)
    found = _recognised(folder)
    if not found:
        raise NoProjectError(
            f"no project found in {path}",
            meaning="no pyproject.toml, Cargo.toml, go.mod, meson.build, CMakeLists.txt, configure, Makefile or"
            " setup.py is there, and no source",
            hint=_below(path) or "name the project's own folder, or its kind with --kind",
        )
    (builder, marker), *others = found
    passed = ", ".join(f"{other.kind} ({name})" for other, name in others)
    progress.say(f"{path}: {builder.kind} ({marker})" + (f"; passed over: {passed}" if passed else ""))
    other_kinds = tuple(other.kind for other, _ in others if other is not sources.BUILDER)
    return builder, replace(_project(folder, builder.kind, marker), others=other_kinds)


def _recognised(folder: Path) -> list[tuple[Builder, str]]:
    """Return the builders that a folder is something for, each with the file that tells, in the order of precedence.

    A Go module without programs where C is configured comes after that: it is for tests (nghttp2) or tools.
    """
    found = [(builder, marker) for builder in BUILDERS if (marker := builder.recognises(folder))]
    if any(builder in CONFIGURED for builder, _ in found) and not golang.has_programs(folder):
        found.sort(key=lambda each: each[0] is golang.BUILDER)
    return found


def _below(folder: Path) -> str:
    """Return the projects in the folders of one that is none, as a hint; empty where there is none either.

    Sources alone do not make a project there: they would be a part of something.
    """
    builders = [builder for builder in BUILDERS if builder is not sources.BUILDER]
    level = [folder]
    for _ in range(DEPTH):
        level = list(itertools.islice((path for each in level for path in _folders(each)), MOST_FOLDERS))
        found = [str(path) for path in level if _is_project(path, builders)]
        if found:
            return f"name the project's own folder: {shortened(found, SHOWN)}"
    return ""


def _is_project(folder: Path, builders: Iterable[Builder]) -> bool:
    with contextlib.suppress(OSError):  # of another user
        return any(builder.recognises(folder) for builder in builders)
    return False


def _folders(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        return sorted(
            path
            for path in folder.iterdir()
            if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
        )
    return []


def libcs_of(path: Path, kind: str | None) -> tuple[str, ...]:
    """Return the libcs that a project is built for where nothing names one: programs for musl, wheels for both."""
    wanted = python.BUILDER.kind
    if path.is_file():  # a source of a module, or nothing that can be built
        return ("gnu", "musl")
    found = _recognised(path.resolve()) if path.is_dir() else []
    made = kind or next((builder.kind for builder, _ in found), None)
    return ("gnu", "musl") if made == wanted else ("musl",)


def _asked_for(folder: Path, kind: str) -> tuple[Builder, Project]:
    if kind in KINDS:
        for builder in BUILDERS:
            marker = builder.recognises(folder) if builder.kind == kind else None
            if marker is not None:
                return builder, _project(folder, builder.kind, marker)
        raise UsageError(f"{folder} is no {kind} project", hint="leave --kind out to see what it is")
    raise UsageError(f"unknown kind {kind!r}", hint=f"the kinds are {', '.join(KINDS)}")


def _project(folder: Path, kind: str, marker: str) -> Project:
    """Return the project with everything that it reads: its module or folder, and the neighbours that it names."""
    # An extension in Rust belongs to a workspace as any package does.
    workspace = cargo.BUILDER.recognises(folder) if kind == python.BUILDER.kind else None
    parts = parts_of((folder / (workspace or marker)).resolve().parent)
    if kind == "cargo":
        parts += tuple(path for path in settings_files(folder) if not any(map(path.is_relative_to, parts)))
    return Project(folder, kind, marker, parts, common_root(parts))
