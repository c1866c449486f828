"""`everylinux doctor`: what this machine has, and what it lacks for which verb.

Steps: describe the machine and the CPUs it can run → find every tool and ask its version → report.
Exit code 0 when every verb can work, 4 when a tool is missing without which one cannot.
"""

from __future__ import annotations

import os
import platform
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import click

from everylinux import __version__
from everylinux.cache import cache_directory
from everylinux.errors import ToolMissingError
from everylinux.evidence import DoctorReport, ToolStatus
from everylinux.sandbox.emulator import find_emulator, runs_natively
from everylinux.target import facts as targets
from everylinux.toolchains.find import facts, find, install_command, version_of
from everylinux.verbs.options import Common, common_options

if TYPE_CHECKING:
    from everylinux.toolchains.find import Tool


@click.command(name="doctor")
@common_options
def command(common: Common) -> int:
    """Say which tools are found, what is missing for which verb, and the command that brings it."""
    with ThreadPoolExecutor(common.jobs) as pool:
        tools = tuple(pool.map(_status, facts().tools))
    common.write(DoctorReport(machine=_machine(), tools=tools))
    missing = any(tool.required and tool.path is None for tool in tools)
    return ToolMissingError.exit_code if missing else 0


def _status(tool: Tool) -> ToolStatus:
    path = find(tool.name)
    return ToolStatus(
        name=tool.name,
        path=str(path) if path else None,
        version=version_of(tool, path) if path else None,
        needed_for=tool.verbs,
        purpose=tool.purpose,
        install=install_command(tool),
        required=tool.required,
    )


def _machine() -> dict[str, str]:
    return {
        "everylinux": __version__,
        "python": platform.python_version(),
        "cpu": platform.machine(),
        "kernel": platform.release(),
        "cores": str(len(os.sched_getaffinity(0))),
        "cache": str(cache_directory()),
        **_cpus(),
    }


def _cpus() -> dict[str, str]:
    """Return the CPUs whose files run here by themselves, under an emulator, and not at all."""
    ways: dict[str, list[str]] = {"native": [], "emulated": [], "not runnable": []}
    for cpu in targets().cpus:
        way = "native" if runs_natively(cpu) else "emulated" if find_emulator(cpu) else "not runnable"
        ways[way].append(cpu.name)
    return {way: ", ".join(names) for way, names in ways.items() if names}
