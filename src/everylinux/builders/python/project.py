"""What a pyproject.toml says of the build: what it requires, and whose hooks make the wheel (PEP 517, PEP 518)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from everylinux.errors import UsageError
from everylinux.reading import read_head

if TYPE_CHECKING:
    from pathlib import Path

MARKER = "pyproject.toml"
SCRIPT = "setup.py"
METADATA = "PKG-INFO"
LARGEST = 1 << 20
# PEP 517: what a project without a `build-system` table means.
LEGACY_REQUIRES = ("setuptools>=40.8.0",)
LEGACY_BACKEND = "setuptools.build_meta:__legacy__"


@dataclass(frozen=True)
class BuildSystem:
    """One project's `build-system` table; what it means without one where it is not ``declared``."""

    requires: tuple[str, ...]
    backend: str
    path: tuple[str, ...]
    declared: bool = True


def build_system(folder: Path) -> BuildSystem:
    """Return what a project's wheel is made by.

    Raises `UsageError` for a pyproject.toml that is no TOML or says something else than PEP 518 allows.
    """
    path = folder / MARKER
    if not path.is_file():
        return BuildSystem(LEGACY_REQUIRES, LEGACY_BACKEND, (), declared=False)
    try:
        document = tomllib.loads(read_head(path, LARGEST).decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is no TOML: {error}", hint="mend it; `pip install .` says the same") from error
    table = document.get("build-system", {})
    if not isinstance(table, dict):
        raise UsageError(f"{path}: build-system is no table", hint="PEP 518 says what it is")
    backend = table.get("build-backend", LEGACY_BACKEND)
    requires = _texts(path, "requires", table.get("requires", list(LEGACY_REQUIRES)))
    if not isinstance(backend, str):
        raise UsageError(f"{path}: build-backend is no text", hint='for instance "setuptools.build_meta"')
    return BuildSystem(requires, backend, _texts(path, "backend-path", table.get("backend-path", [])), bool(table))


def _texts(path: Path, name: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - whatever the file says
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UsageError(f"{path}: {name} is no list of texts", hint="PEP 518 says what it is")
    return tuple(value)
