"""The Meson cross file of a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from everylinux.toolchains.wiring import Wiring


def cross_file(
    wiring: Wiring, also: Mapping[str, Path] | None = None, properties: Mapping[str, str] | None = None
) -> str:
    """Return a cross file: the target's tools, and its machine in Meson's words (Meson manual, Cross compilation).

    ``also`` are further programs by their names in Meson, ``properties`` what a project may ask of the machine.
    """
    target = wiring.target
    binaries = {"c": "cc", "cpp": "c++", "ar": "ar", "ranlib": "ranlib", "strip": "strip", "pkg-config": "pkg-config"}
    machine = {
        "system": "linux",
        "cpu_family": target.cpu.meson["family"],
        "cpu": target.cpu.meson["cpu"],
        "endian": target.cpu.elf.endian,
    }
    lines = [
        "[binaries]",
        *(f"{name} = {_quoted(str(wiring.command(command)))}" for name, command in binaries.items()),
        *(f"{name} = {_quoted(str(path))}" for name, path in (also or {}).items()),
        "[properties]",
        "needs_exe_wrapper = true",
        *(f"{name} = {_quoted(value)}" for name, value in (properties or {}).items()),
        "[host_machine]",
        *(f"{name} = {_quoted(value)}" for name, value in machine.items()),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
