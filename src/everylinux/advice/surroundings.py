"""What is there for a build: compilers, tools of this machine, and libraries of the sysroot."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from everylinux.toolchains.find import facts as tool_facts
from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from everylinux.advice.knowledge import Need
    from everylinux.advice.shown import Lack
    from everylinux.target import Target
    from everylinux.toolchains.sysroot.folder import Sysroot

PKG_CONFIG_SECONDS = 10
# zig brings them for the target.
BROUGHT = frozenset({"c", "c++"})
_COMMANDS = {
    "c": ("cc", "gcc", "clang"),
    "c++": ("c++", "g++", "clang++"),
    "fortran": ("gfortran", "flang"),
    "autotools": ("make",),
}


@dataclass
class Surroundings:
    """What one build has: its target, the sysroot if there is one, the environment. Answers are remembered.

    ``replaced`` are the ``links`` of crates whose build script does not run for the target, ``shown`` what an earlier
    build turned out to lack, ``searched`` the folders that the project gives the linker with ``-L``.
    """

    target: Target
    sysroot: Sysroot | None
    environment: Mapping[str, str]
    replaced: frozenset[str] = frozenset()
    shown: tuple[Lack, ...] = ()
    searched: tuple[Path, ...] = ()
    _answers: dict[tuple[str, bool], bool] = field(default_factory=dict)

    def has(self, need: Need, *, host: bool) -> bool:
        """Return whether a need is met, on this machine for what is built for it, else for the target."""
        triple = self.target.rust.upper().replace("-", "_")
        if any(self.environment.get(name.replace("{TARGET}", triple)) for name in need.variables):
            return True
        key = (need.subject, host)
        if key not in self._answers:
            self._answers[key] = self._look(need, host=host)
        return self._answers[key]

    def _look(self, need: Need, *, host: bool) -> bool:
        if need.what == "library":
            return _library_of_this_machine(need) if host else self._library_of_the_sysroot(need)
        if need.what in BROUGHT and not host:
            return True
        return need.what != "port" and self._has_tool(need.what)

    def _has_tool(self, name: str) -> bool:
        if any(tool.name == name for tool in tool_facts().tools):
            return find(name) is not None
        commands = _COMMANDS.get(name, (name,))
        return any(shutil.which(command, path=self.environment.get("PATH", os.defpath)) for command in commands)

    def _library_of_the_sysroot(self, need: Need) -> bool:
        folders = self.searched if need.linked else ()
        if self.sysroot is None:
            return self._is_in(folders, need)
        if any((folder / f"{name}.pc").is_file() for folder in self.sysroot.pkg_config for name in need.pkg_config):
            return True
        return self._is_in((*folders, *self.sysroot.libraries), need)

    def _is_in(self, folders: Iterable[Path], need: Need) -> bool:
        endings = (".a",) if self.target.static else (".so", ".a")
        return any(
            (folder / f"lib{name}{ending}").is_file() for folder in folders for name in need.links for ending in endings
        )


def _library_of_this_machine(need: Need) -> bool:
    command = shutil.which("pkg-config") or shutil.which("pkgconf")
    for name in need.pkg_config if command else ():
        try:
            done = subprocess.run(
                [str(command), "--exists", name],
                check=False,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=PKG_CONFIG_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0:
            return True
    return False
