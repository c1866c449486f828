"""Container engines for tests: podman as it can run here, and a docker daemon of the tests' own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PODMAN_WITHOUT_VERSION_1 = """#!/bin/sh
exec unshare --mount sh -c 'umount -R /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; exec "$@"' sh {podman} "$@"
"""
STARTING_SECONDS = 30


def podman_command(folder: Path) -> Path | None:
    """Return the command ``podman``; ``None`` where there is none.

    Debian 12's runtime refuses machines that have version 1 of control groups beside version 2. It then gets a mount
    namespace in which there is version 2 alone, by a script in ``folder``.
    """
    podman = shutil.which("podman")
    if podman is None:
        return None
    mounts = Path("/proc/self/mountinfo").read_text()
    if " - cgroup " not in mounts or " - cgroup2 " not in mounts:
        return Path(podman)
    script = folder / "podman"
    script.write_text(PODMAN_WITHOUT_VERSION_1.format(podman=podman))
    script.chmod(0o755)
    return script


@contextlib.contextmanager
def docker_daemon() -> Iterator[str]:
    """Start a daemon that touches no network and keeps all in a folder of its own; yield its address."""
    # Not a folder of pytest's: the path of a socket has room for a hundred letters.
    with tempfile.TemporaryDirectory(prefix="dockerd-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        address = f"unix://{folder}/socket"
        command = ["unshare", "--mount", "dockerd", "--host", address, "--data-root", f"{folder}/data"]
        command += ["--exec-root", f"{folder}/run", "--pidfile", f"{folder}/pid", "--storage-driver=vfs"]
        command += ["--bridge=none", "--iptables=false", "--ip6tables=false"]
        with (folder / "log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
            try:
                deadline = time.monotonic() + STARTING_SECONDS
                while subprocess.run(
                    ["docker", "--host", address, "info"], check=False, capture_output=True
                ).returncode:
                    assert process.poll() is None, (folder / "log").read_text()
                    assert time.monotonic() < deadline, (folder / "log").read_text()
                    time.sleep(0.1)
                yield address
            finally:
                process.terminate()
        for group in Path("/sys/fs/cgroup").glob("*/docker"):
            with contextlib.suppress(OSError):
                os.rmdir(group)  # noqa: PTH106 - a control group is no folder to walk through
