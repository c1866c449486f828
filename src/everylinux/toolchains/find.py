"""Finding the programs that verbs need, and the command that brings a missing one.

Which programs those are, and in which package each system keeps them, is data: ``data/tools/tools.json``.
"""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from everylinux.decoding import read_facts
from everylinux.errors import ToolMissingError

VERSION_TIMEOUT_SECONDS = 20
# Where a command was found on a PATH.
_found: dict[tuple[str, str], str] = {}
_VERSION = re.compile(r"\d+(?:\.\d+)+")


class Tool(msgspec.Struct, frozen=True):
    """One program: the names it may have, the verbs that need it, and where it comes from.

    ``version`` are the arguments that make it print its version; ``wheel`` is what pip installs to bring it,
    ``packages`` what each package manager installs; ``required`` means that its verbs do nothing without it.
    """

    name: str
    commands: tuple[str, ...]
    verbs: tuple[str, ...]
    purpose: str
    version: tuple[str, ...]
    wheel: str | None
    packages: dict[str, tuple[str, ...]]
    required: bool
    homepage: str


class PackageManager(msgspec.Struct, frozen=True):
    """A system's package manager: the command that shows it is there, and how it installs."""

    command: str
    install: str


class ToolFacts(msgspec.Struct, frozen=True):
    """The whole of ``tools.json``."""

    date: str
    sources: dict[str, str]
    managers: dict[str, PackageManager]
    tools: tuple[Tool, ...]


@functools.cache
def facts() -> ToolFacts:
    """Return the tool facts that are shipped in the package."""
    return read_facts("tools/tools.json", ToolFacts)


def tool_named(name: str) -> Tool:
    """Return the facts about one tool."""
    return next(tool for tool in facts().tools if tool.name == name)


def find(name: str) -> Path | None:
    """Return where a tool is, or ``None``: zig in its wheel, then beside this Python, then on PATH."""
    if name == "zig":
        return _zig_of_the_wheel()
    if name == "libclang":
        from everylinux.toolchains.rust.libclang import find_libclang

        return find_libclang()
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for command in tool_named(name).commands:
        known = _found.get((command, search))
        # Each run asks: a look at one file instead of at all folders of PATH.
        if known is not None and os.access(known, os.X_OK):
            return Path(known)
        found = shutil.which(command, path=search)
        if found:
            _found[command, search] = found
            return Path(found)
    return None


def require(name: str) -> Path:
    """Return where a tool is; raises `ToolMissingError` with the command that brings it."""
    found = find(name)
    if found is None:
        tool = tool_named(name)
        raise ToolMissingError(
            f"{name} is missing", meaning=f"{', '.join(tool.verbs)} need it: {tool.purpose}", hint=install_command(tool)
        )
    return found


def version_of(tool: Tool, path: Path, folder: Path | None = None) -> str | None:
    """Return the version a tool prints, or ``None`` when it does not answer or is no program.

    Some tools are of another version in some folders: they are asked in ``folder``.
    """
    if not tool.version:
        return None
    try:
        done = subprocess.run(
            [path, *tool.version],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            cwd=folder,
            timeout=VERSION_TIMEOUT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = _VERSION.search(done.stdout.decode(errors="replace"))
    return match[0] if match else None


def versions(*names: str, folder: Path | None = None) -> dict[str, str]:
    """Return the versions of tools that are needed; raises `ToolMissingError` for one that is not there."""
    return {name: version_of(tool_named(name), require(name), folder) or "" for name in names}


def install_command(tool: Tool) -> str:
    """Return the exact command that brings a tool on this machine."""
    if tool.wheel:
        return f"{sys.executable} -m pip install {_quoted(tool.wheel)}"
    for name, manager in facts().managers.items():
        if name in tool.packages and shutil.which(manager.command):
            sudo = "" if os.geteuid() == 0 else "sudo "
            return f"{sudo}{manager.install} {' '.join(tool.packages[name])}"
    return f"install {tool.name} from {tool.homepage}"


def _quoted(requirement: str) -> str:
    return f"'{requirement}'" if "[" in requirement else requirement


def _zig_of_the_wheel() -> Path | None:
    import importlib.util

    spec = importlib.util.find_spec("ziglang")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        zig = Path(folder) / "zig"
        if os.access(zig, os.X_OK):
            return zig
    return None
