"""Whether a wheel that maturin makes holds a program, not a module: as maturin itself finds out.

maturin's user guide, "Bindings": what ``tool.maturin.bindings`` says; else PyO3 or UniFFI among the dependencies, a
``cdylib``, or neither.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from everylinux.builders.python.project import LARGEST, MARKER
from everylinux.reading import read_head

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MANIFEST = "Cargo.toml"
# Where maturin looks for the manifest, in this order (maturin's user guide, "Project layout").
PLACES = (MANIFEST, f"rust/{MANIFEST}")
BINDING_CRATES = frozenset({"pyo3", "pyo3-ffi", "uniffi", "cpython"})


def makes_program(folder: Path, backend: str) -> bool:
    """Return whether the wheel of a project holds a program made by cargo, and no module."""
    if backend.partition(".")[0] != "maturin":
        return False
    settings = _table(_document(folder / MARKER), "tool", "maturin")
    if isinstance(said := settings.get("bindings"), str):
        return said == "bin"
    manifest = _manifest(folder, settings)
    if manifest is None:
        return False
    package = _document(manifest)
    crates = {
        str(each.get("package", name)) if isinstance(each, dict) else name
        for name, each in _table(package, "dependencies").items()
    }
    kinds = _table(package, "lib").get("crate-type")
    has_module = isinstance(kinds, list) and "cdylib" in kinds
    return not has_module and BINDING_CRATES.isdisjoint(crates)


def _manifest(folder: Path, settings: Mapping[str, Any]) -> Path | None:
    named = settings.get("manifest-path")
    places = (named,) if isinstance(named, str) else PLACES
    return next((path for place in places if (path := folder / place).is_file()), None)


def _document(path: Path) -> dict[str, Any]:
    """Return a file's content; maturin and cargo say themselves what is wrong with one that is no TOML."""
    try:
        return tomllib.loads(read_head(path, LARGEST).decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return {}


def _table(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
