"""zig: the C and C++ compiler for every target, called directly from its wheel."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory
from everylinux.errors import ToolMissingError
from everylinux.toolchains.answers import keep_answer, kept_answer, stamp
from everylinux.toolchains.find import install_command, require, tool_named, version_of

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Zig:
    """zig, its version, and the folder where it keeps what it compiled."""

    path: Path
    version: str
    cache: Path

    def environment(self) -> dict[str, str]:
        """Return this process's environment with zig's caches in our folder."""
        return {**os.environ, **self.variables()}

    def variables(self) -> dict[str, str]:
        """Return the variables that tell zig where its caches are."""
        return {"ZIG_GLOBAL_CACHE_DIR": str(self.cache), "ZIG_LOCAL_CACHE_DIR": str(self.cache)}


def find_zig(cache: Path | None = None) -> Zig:
    """Return zig with its cache in ``cache`` (by default in everylinux's own); raises `ToolMissingError`."""
    path = require("zig")
    version = _version(path)
    if cache is None:
        folder = cache_directory("zig")
    else:
        folder = cache.resolve()
        folder.mkdir(parents=True, exist_ok=True)
    return Zig(path, version, folder)


@functools.cache
def _version(path: Path) -> str:
    question = ("zig version", stamp(path))
    if known := kept_answer(question):
        return known.decode()
    version = version_of(tool_named("zig"), path)
    if version is None:
        raise ToolMissingError(f"{path} does not run on this machine", hint=install_command(tool_named("zig")))
    keep_answer(question, version.encode())
    return version
