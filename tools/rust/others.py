"""Other tools that build a Rust project for a target, called as their users do: cargo-zigbuild, and cargo alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from everylinux.target import Target

SECONDS_FOR_A_BUILD = 3600


@dataclass(frozen=True)
class Tool:
    """One tool: its name, and its words before those that it shares with cargo."""

    name: str
    command: tuple[str, ...]

    @property
    def present(self) -> bool:
        """Whether it is on this machine."""
        return all(shutil.which(program, path=_path()) for program in ("cargo", self.name))

    def arguments(self, target: Target, folder: Path) -> list[str]:
        """Return the command that builds a project in the current folder, with all that it makes below ``folder``."""
        # cargo-zigbuild takes a floor behind a dot; cargo alone has none.
        suffix = f".{target.floor}" if self.name != "cargo" and target.libc == "gnu" else ""
        return [
            *(*self.command, "--release", "--locked", "--target", f"{target.rust}{suffix}"),
            *("--target-dir", str(folder)),
        ]


CARGO = Tool("cargo", ("cargo", "build"))
ZIGBUILD = Tool("cargo-zigbuild", ("cargo", "zigbuild"))


def environment() -> dict[str, str]:
    """Return an environment in which cargo finds cargo-zigbuild, and that the same zig as we do."""
    return {**os.environ, "PATH": _path(), "CARGO_ZIGBUILD_ZIG_PATH": str(require("zig"))}


def _path() -> str:
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def try_tool(tool: Tool, project: Path, target: Target, folder: Path) -> str:
    """Build a project from nothing with another tool; returns the first error that it prints, empty where it can."""
    done = subprocess.run(
        tool.arguments(target, folder),
        cwd=project,
        env=environment(),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=SECONDS_FOR_A_BUILD,
    )
    if done.returncode == 0:
        return ""
    lines = done.stderr.splitlines()
    return next((line.strip() for line in lines if line.lstrip().startswith("error")), f"exit {done.returncode}")
