"""The sandbox made by podman: the image's folder is the root, under an overlay that is thrown away."""

from __future__ import annotations

import functools
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import cache_directory
from everylinux.errors import InputOutputError, ToolMissingError
from everylinux.sandbox.isolation.container import BOTH, NOTHING, OWN_PLACES, ask, run_in_container
from everylinux.toolchains.find import require, tool_named, version_of

if TYPE_CHECKING:
    from everylinux.sandbox.interface import Confinement, Observation

_OPTIONS = (*("--read-only-tmpfs=false", "--systemd=false", "--no-hosts", "--passwd=false", "--http-proxy=false"),)


class Podman:
    """Runs programs in containers of this machine's ``podman``, as root or without."""

    @property
    def label(self) -> str:
        """Its name and version."""
        return " ".join(filter(None, ("podman", _version(str(require("podman"))))))

    def run(self, confinement: Confinement) -> Observation:
        """Run one program; see `everylinux.sandbox.interface.Sandbox`."""
        return run_in_container(self, confinement, own_group=True)

    def controllers(self) -> frozenset[str]:
        """Return both controllers, or none where podman would not get them."""
        return BOTH if _limits_containers(str(require("podman"))) else NOTHING

    def begin(self, name: str, options: list[str], inside: list[str], root: Path | None) -> list[str]:
        """Return the command; raises `InputOutputError` for a root with devices in it."""
        folder = cache_directory("sandbox", "empty") if root is None else root
        refuse_devices(folder)
        groups = [] if "--memory" in options else ["--cgroups=disabled"]
        # Its warnings would stand in what the program wrote.
        command = [str(require("podman")), "--log-level=fatal", "run", "--name", name]
        return [*command, *_OPTIONS, *groups, *options, "--rootfs", f"{folder}:O", *inside]

    def removal(self, name: str) -> list[str]:
        """Return the command that kills and removes a container, if it is there."""
        return [str(require("podman")), "rm", "--force", "--ignore", "--time", "0", name]

    def refusal(self, said: str) -> ToolMissingError:
        """Return the error that podman's own words mean."""
        return ToolMissingError(
            f"podman made no container: {said or 'it ended without a word'}",
            meaning="podman is not set up for this user, or the container around us forbids it",
            hint="`podman info` says what it lacks; --sandbox bubblewrap needs less",
        )


def refuse_devices(root: Path) -> None:
    """Raise `InputOutputError` when a root holds a device: an overlay, unlike bubblewrap, would open it to root."""
    found = _first_device(root)
    if found:
        raise InputOutputError(
            f"{found} is a device, which podman would hand to the program",
            hint="remove it, or use --sandbox bubblewrap, which shows no devices of an image",
        )


@functools.cache
def _first_device(root: Path) -> str | None:
    for parent, folders, names in os.walk(root):
        if Path(parent) == root:
            folders[:] = [name for name in folders if name not in OWN_PLACES]
        for name in names:
            path = os.path.join(parent, name)  # noqa: PTH118 - some ten thousand of them
            mode = os.lstat(path).st_mode
            if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
                return path
    return None


@functools.cache
def _version(podman: str) -> str | None:
    return version_of(tool_named("podman"), Path(podman))


@functools.cache
def _limits_containers(podman: str) -> bool:
    """Return whether podman has the controllers; only version 2, since crun refuses what many machines have of 1."""
    asked = "{{.Host.CgroupsVersion}} {{range .Host.CgroupControllers}}{{.}} {{end}}"
    version, *controllers = ask([podman, "info", "--format", asked]).stdout.split() or [""]
    return version == "v2" and set(controllers) >= BOTH
