"""The command of everylinux's own build of a project that failed last: `explain --verify` may run that one again.

It is kept in the cache, by the project's path, and forgotten when a build of the project passes.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import cache_directory, write_atomically
from everylinux.decoding import decoded
from everylinux.fixes.targets import OWN_BUILD

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LARGEST = 1 << 16


class _Failed(msgspec.Struct, frozen=True):
    project: str
    arguments: tuple[str, ...]


def remember_failed(project: Path, arguments: Sequence[str]) -> None:
    """Keep the arguments of ``everylinux build`` with which a project's build failed, without the project's path."""
    kept = _Failed(os.fsdecode(project.resolve()), tuple(arguments))
    try:
        encoded = msgspec.json.encode(kept)
    except UnicodeEncodeError:  # a name that is no UTF-8: no command is better than another one
        return forget_failed(project)
    return write_atomically(_file(project), encoded, mode=0o600)


def forget_failed(project: Path) -> None:
    """Forget it."""
    _file(project).unlink(missing_ok=True)


def failed_command(project: Path) -> str:
    """Return the command that failed last, to be run in the project's folder; empty where none is known."""
    try:
        with _file(project).open("rb") as file:
            kept = decoded(file.read(LARGEST), _Failed)
    except (FileNotFoundError, msgspec.DecodeError):
        return ""
    return shlex.join([*OWN_BUILD.split(), *kept.arguments])


def arguments_without(path: Path, arguments: Sequence[str]) -> tuple[str, ...]:
    """Return a command line's arguments without the path of the project, which is the folder that it is run in."""
    kept = list(arguments)
    end = kept.index("--") if "--" in kept else len(kept)
    if str(path) in kept[:end]:
        kept.remove(str(path))
    return tuple(kept)


def _file(project: Path) -> Path:
    place = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()[:16]
    return cache_directory("builds", place) / "failed.json"
