"""Sources through the ordinary clients: ``apt-get source`` and ``go mod download``."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from everylinux.cache import locked
from everylinux.errors import InputOutputError
from everylinux.toolchains.debian_client import Client
from everylinux.toolchains.find import require

if TYPE_CHECKING:
    from programs.declaration import DebianSource, GoModule

SECONDS_FOR_A_DOWNLOAD = 900
# apt-get(8): the tarballs alone, without Debian's changes; unpacking would ask for dpkg-dev.
DOWNLOAD = ("source", "--download-only", "--tar-only")


class SourceClient(Client):
    """The source packages of one Debian suite."""

    archive_type = "deb-src"

    def download_tarball(self, source: DebianSource) -> Path:
        """Return the upstream tarball; raises `InputOutputError` when it cannot be had or is another one."""
        with locked(self._folder):
            path = self._folder / source.file
            if not path.exists():
                self._fetch(source.package)
            if not path.exists():
                raise InputOutputError(
                    f"the archive has no {source.file} any more",
                    meaning="the package was updated to another upstream release",
                    hint="python tools/programs/update.py names the releases that are there",
                )
            check_digest(path, source.sha256)
            return path

    def present_tarballs(self, package: str) -> list[Path]:
        """Return the upstream tarballs of the release that the archive has now."""
        with locked(self._folder):
            (self._folder / "updated").unlink(missing_ok=True)
            self._prepare()
            with tempfile.TemporaryDirectory(dir=self._folder) as empty:
                self._run([*DOWNLOAD, package], Path(empty))
                return [path.replace(self._folder / path.name) for path in sorted(Path(empty).iterdir())]

    def _fetch(self, package: str) -> None:
        """Download the tarballs; an index that has grown old names files that are gone, so it is read anew once."""
        self._prepare()
        try:
            self._run([*DOWNLOAD, package], self._folder)
        except InputOutputError:
            (self._folder / "updated").unlink(missing_ok=True)
            self._prepare()
            self._run([*DOWNLOAD, package], self._folder)


@dataclass(frozen=True)
class FetchedModule:
    """A module in Go's cache: its unpacked, read-only folder, its version and its hash."""

    folder: Path
    version: str
    sum: str


def download_module(module: str, version: str) -> FetchedModule:
    """Return a module in Go's own cache.

    Raises `ToolMissingError` without Go, `InputOutputError` when the proxy does not have it.
    """
    with tempfile.TemporaryDirectory() as elsewhere:  # outside of any module, whose go.mod would have a say
        output = run_go(["mod", "download", "-json", f"{module}@{version}"], Path(elsewhere))
    fields = json.loads(output)
    return FetchedModule(Path(fields["Dir"]), fields["Version"], fields["Sum"])


def pinned_module(pin: GoModule) -> Path:
    """Return the folder of a pinned module; raises `InputOutputError` when its content is another one."""
    found = download_module(pin.module, pin.version)
    if found.sum != pin.sum:
        raise InputOutputError(
            f"{pin.module} {pin.version} is not what it was", meaning=f"its hash is {found.sum}, not {pin.sum}"
        )
    return found.folder


def run_go(arguments: list[str], folder: Path) -> str:
    """Return what Go prints; the machine's own proxy settings are honoured."""
    go = require("go")
    done = subprocess.run(
        [go, *arguments],
        cwd=folder,
        env={**os.environ, "GOWORK": "off"},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_FOR_A_DOWNLOAD,
    )
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise InputOutputError(
            f"go {' '.join(arguments[:2])} failed: {lines[-1] if lines else 'it says nothing'}",
            meaning="the Go module proxy does not answer, or does not have that module",
        )
    return done.stdout


def check_digest(path: Path, sha256: str) -> None:
    """Raise `InputOutputError` for a file that is not the pinned one, and remove it."""
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        path.unlink()
        raise InputOutputError(f"{path.name} is not the pinned file", meaning=f"its SHA-256 is {found}, not {sha256}")
