"""Which kind of project a folder holds, by the files in it; the order of precedence is that of the contract."""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING

import msgspec

from everylinux import data
from everylinux.builders import autoconf, cargo, cmake, golang, makefile, meson, sources
from everylinux.builders.interface import Project
from everylinux.builders.surroundings import common_root, parts_of
from everylinux.errors import UsageError
from everylinux.reading import read_head
from everylinux.toolchains.rust_settings import settings_files

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.builders.interface import Builder
    from everylinux.progress import Progress

PYPROJECT_BYTES = 1 << 20
# In the order of precedence.
BUILDERS: tuple[Builder, ...] = (
    cargo.BUILDER,
    golang.BUILDER,
    meson.BUILDER,
    cmake.BUILDER,
    autoconf.BUILDER,
    makefile.BUILDER,
    sources.BUILDER,
)
# Kinds that come before all others and are not built yet.
LATER = {"python": "pyproject.toml"}
KINDS = tuple(builder.kind for builder in BUILDERS)


def detect(path: Path, kind: str | None, progress: Progress) -> tuple[Builder, Project]:
    """Return the builder for the project at ``path`` and the project; says the choice and what was passed over.

    Raises `UsageError` when nothing is recognised, or when ``kind`` does not fit what is there.
    """
    if not path.is_dir():
        what = "is not a folder" if path.exists() else "does not exist"
        raise UsageError(f"{path} {what}", hint="name the folder of a project")
    folder = path.resolve()
    if kind is not None:
        return _asked_for(folder, kind)
    later = _later(folder)
    if later:
        raise UsageError(
            f"{path} is a {later} project ({LATER[later]}), which is not built yet",
            meaning="extension modules come in a later release",
            hint=f"if it also has another build system, name it with --kind: {', '.join(KINDS)}",
        )
    found = [(builder, marker) for builder in BUILDERS if (marker := builder.recognises(folder))]
    if not found:
        raise UsageError(
            f"no project found in {path}",
            meaning="there is no Cargo.toml, go.mod, meson.build, CMakeLists.txt, configure or Makefile, and no source",
            hint="name the project's own folder, or its kind with --kind",
        )
    (builder, marker), *others = found
    passed = ", ".join(f"{other.kind} ({name})" for other, name in others)
    progress.say(f"{path}: {builder.kind} ({marker})" + (f"; passed over: {passed}" if passed else ""))
    return builder, _project(folder, builder.kind, marker)


def _asked_for(folder: Path, kind: str) -> tuple[Builder, Project]:
    if kind in LATER:
        raise UsageError(f"projects of kind {kind} are not built yet", hint=f"the kinds are {', '.join(KINDS)}")
    for builder in BUILDERS:
        if builder.kind != kind:
            continue
        marker = builder.recognises(folder)
        if marker is None:
            raise UsageError(f"{folder} is no {kind} project", hint="leave --kind out to see what it is")
        return builder, _project(folder, kind, marker)
    raise UsageError(f"unknown kind {kind!r}", hint=f"the kinds are {', '.join(KINDS)}")


def _later(folder: Path) -> str | None:
    """Return the kind of a project that is not built yet.

    Beside a Cargo.toml a pyproject.toml counts only when its build compiles Rust: Rust projects have Python scripts.
    """
    required = _required_to_build(folder / "pyproject.toml")
    if required is None:
        return None
    if (folder / "Cargo.toml").is_file() and not any(each.startswith(_rust_backends()) for each in required):
        return None
    return "python"


def _required_to_build(path: Path) -> list[str] | None:
    """Return what a pyproject.toml requires to build; ``None`` for one that only configures tools (PEP 518)."""
    try:
        system = tomllib.loads(read_head(path, PYPROJECT_BYTES).decode())["build-system"]
        return [each for each in system["requires"] if isinstance(each, str)]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError, KeyError, TypeError):
        return None


@functools.cache
def _rust_backends() -> tuple[str, ...]:
    facts = msgspec.json.decode(data.read("toolchains/rust-backends.json"))
    return tuple(facts["requirements"])


def _project(folder: Path, kind: str, marker: str) -> Project:
    """Return the project with everything that it reads: its module or folder, and the neighbours that it names."""
    parts = parts_of((folder / marker).resolve().parent)
    if kind == "cargo":
        parts += tuple(path for path in settings_files(folder) if not any(map(path.is_relative_to, parts)))
    return Project(folder, kind, marker, parts, common_root(parts))
