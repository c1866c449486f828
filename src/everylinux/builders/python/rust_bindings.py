"""What a wheel that maturin makes holds, a program or a module, and by which features it is for the stable ABI.

As maturin itself finds out (its user guide, "Bindings"): what ``tool.maturin.bindings`` says; else PyO3 or UniFFI
among the dependencies, a ``cdylib``, or neither.
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
STABLE_CRATES = ("pyo3", "pyo3-ffi")
BINDING_CRATES = frozenset({"pyo3", "pyo3-ffi", "uniffi", "cpython"})


def makes_program(folder: Path, backend: str) -> bool:
    """Return whether the wheel of a project holds a program made by cargo, and no module."""
    if backend.partition(".")[0] != "maturin":
        return False
    settings = _settings(folder)
    if isinstance(said := settings.get("bindings"), str):
        return said == "bin"
    manifest = _manifest(folder, settings)
    kinds = _table(manifest, "lib").get("crate-type")
    has_module = isinstance(kinds, list) and "cdylib" in kinds
    return bool(manifest) and not has_module and BINDING_CRATES.isdisjoint(_crates(manifest))


def features_for(folder: Path, limited: str) -> list[str]:
    """Return the features with which maturin makes a module for the stable ABI of a release, and the project's own.

    They are PyO3's, so that a project has them that does not name them itself (PyO3's user guide, "Features
    reference"); maturin takes its settings' features where it is given none.
    """
    settings = _settings(folder)
    crates = _crates(_manifest(folder, settings))
    own = settings.get("features")
    plain = [each for each in own if isinstance(each, str)] if isinstance(own, list) else []
    tag = limited.replace(".", "")
    return plain + [f"{crate}/abi3-py{tag}" for crate in STABLE_CRATES if crate in crates][:1]


def _settings(folder: Path) -> dict[str, Any]:
    return _table(_document(folder / MARKER), "tool", "maturin")


def _manifest(folder: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the manifest of maturin's package says, nothing without one."""
    named = settings.get("manifest-path")
    places = (named,) if isinstance(named, str) else PLACES
    return next((_document(path) for place in places if (path := folder / place).is_file()), {})


def _crates(manifest: Mapping[str, Any]) -> set[str]:
    """Return the names of a package's dependencies, as their own packages have them."""
    return {
        str(each.get("package", name)) if isinstance(each, dict) else name
        for name, each in _table(manifest, "dependencies").items()
    }


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
