"""The sandbox made by docker: a root becomes an image of the daemon's once, and every run a container of it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from everylinux.errors import ToolMissingError
from everylinux.sandbox.isolation.container import BOTH, NOTHING, ask, run_in_container
from everylinux.sandbox.isolation.docker_images import image_of_root
from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.errors import EverylinuxError
    from everylinux.sandbox.interface import Confinement, Observation


class Docker:
    """Runs programs in containers of the daemon that ``docker`` on this machine speaks to; it has to run here too."""

    @property
    def label(self) -> str:
        """Its name and the daemon's version."""
        return " ".join(("docker", *_facts(str(require("docker")))[:1]))

    def run(self, confinement: Confinement) -> Observation:
        """Run one program; see `everylinux.sandbox.interface.Sandbox`."""
        return run_in_container(self, confinement, own_group=False)

    def controllers(self) -> frozenset[str]:
        """Return the controllers that the daemon has."""
        _, memory, pids = _facts(str(require("docker")))
        has = {"memory": memory == "true", "pids": pids == "true"}
        return frozenset(name for name in BOTH if has[name]) or NOTHING

    def begin(self, name: str, options: list[str], inside: list[str], root: Path | None) -> list[str]:
        """Create the container, and return the command that starts it: warnings come with the first."""
        docker = str(require("docker"))
        image = image_of_root(docker, root, self.refusal)
        done = ask([docker, "create", "--name", name, *options, image, *inside])
        if done.returncode != 0:
            raise self.refusal(done.stderr.strip())
        interactive = ["--interactive"] if "--interactive" in options else []
        return [docker, "start", "--attach", *interactive, name]

    def removal(self, name: str) -> list[str]:
        """Return the command that kills and removes a container, if it is there."""
        return [str(require("docker")), "rm", "--force", name]

    def refusal(self, said: str) -> EverylinuxError:
        """Return the error that docker's own words mean."""
        return refusal(said)


def refusal(said: str) -> ToolMissingError:
    """Return the error that docker's own words mean."""
    hint = "`docker info` says what it lacks; --sandbox bubblewrap needs no daemon"
    if re.search(r"permission denied", said):
        hint = "only root and the members of the group docker may use it; --sandbox bubblewrap needs no daemon"
    elif re.search(r"[Cc]annot connect|daemon running", said):
        hint = "start the daemon, or set DOCKER_HOST; --sandbox bubblewrap needs none"
    return ToolMissingError(f"docker made no container: {said or 'it ended without a word'}", hint=hint)


@functools.cache
def _facts(docker: str) -> tuple[str, str, str]:
    """Return the daemon's version, and whether it limits memory and processes (``true`` or not)."""
    done = ask([docker, "info", "--format", "{{.ServerVersion}} {{.MemoryLimit}} {{.PidsLimit}}"])
    match done.stdout.split():
        case [version, memory, pids] if done.returncode == 0:
            return version, memory, pids
    raise refusal(done.stderr.strip())
