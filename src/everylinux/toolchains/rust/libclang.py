"""Finding libclang, which bindgen loads to read C headers while a crate is built."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What clang-sys loads, and where it looks when nothing is named (clang-sys 1.9, build/dynamic.rs and build/common.rs).
_NAMES = ("libclang.so", "libclang-*.so", "libclang.so.*", "libclang-*.so.*")
_FOLDERS = (
    *("usr/local/llvm*/lib*", "usr/local/lib*/*/*", "usr/local/lib*/*", "usr/local/lib*"),
    *("usr/lib*/*/*", "usr/lib*/*", "usr/lib*"),
)


def find_libclang(environment: Mapping[str, str] | None = None) -> Path | None:
    """Return the libclang that a build can use: ``LIBCLANG_PATH``, the wheel ``libclang``, then the system's.

    That of the wheel is found by a build only when ``LIBCLANG_PATH`` is set to its folder.
    """
    environment = os.environ if environment is None else environment
    return next((found for folder in _folders(environment) for found in _libraries(folder)), None)


def _folders(environment: Mapping[str, str]) -> Iterator[Path]:
    named = environment.get("LIBCLANG_PATH")
    if named:
        path = Path(named)
        yield path.parent if path.is_file() else path
    spec = importlib.util.find_spec("clang")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "native"
    for pattern in _FOLDERS:
        yield from sorted(Path("/").glob(pattern))


def _libraries(folder: Path) -> list[Path]:
    return [path for name in _NAMES for path in sorted(folder.glob(name)) if "-cpp." not in path.name]
