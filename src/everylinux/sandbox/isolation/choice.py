"""Which sandbox runs the files: bubblewrap, or the container engine that was asked for."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from everylinux.errors import UsageError

if TYPE_CHECKING:
    from everylinux.sandbox.interface import Sandbox

BUBBLEWRAP, PODMAN, DOCKER = SANDBOXES = ("bubblewrap", "podman", "docker")


def open_sandbox(name: str) -> Sandbox:
    """Return the sandbox of a name; raises `UsageError` for a name that is none."""
    if name == BUBBLEWRAP:
        from everylinux.sandbox.isolation.bubblewrap import Bubblewrap

        return Bubblewrap()
    if name == PODMAN:
        from everylinux.sandbox.isolation.podman import Podman

        return Podman()
    if name == DOCKER:
        from everylinux.sandbox.isolation.docker import Docker

        return Docker()
    near = difflib.get_close_matches(name, SANDBOXES, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the sandboxes are {', '.join(SANDBOXES)}"
    raise UsageError(f"there is no sandbox {name!r}", hint=hint)
