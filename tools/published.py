"""Files out of published packages, pinned by version and digest; each package is fetched once, by its own client."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import zipfile
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import directory_made_whole, locked
from everylinux.errors import InputOutputError, ToolMissingError
from roots.store import development_cache

if TYPE_CHECKING:
    from pathlib import Path

PYTHON = "3.12"
SECONDS_FOR_A_DOWNLOAD = 600


class Published(msgspec.Struct, frozen=True):
    """One published package: ``platform`` is a wheel's platform tag, empty for a package of npm.

    ``python`` is the Python that a wheel is asked for: it decides which of a release's wheels pip takes.
    """

    package: str
    version: str
    platform: str = ""
    python: str = PYTHON


def published_file(published: Published, inside: str, sha256: str) -> Path:
    """Return one file of a package, where the package puts it, with its siblings around it.

    Raises `ToolMissingError` without the client, `InputOutputError` when the registry does not answer or the file is
    not the pinned one.
    """
    name = "-".join((published.package.replace("/", "+"), published.version, published.platform or "npm"))
    name += "" if published.python == PYTHON else f"-{published.python}"
    folder = development_cache() / "published" / name
    with locked(folder):
        if not folder.exists():
            with directory_made_whole(folder) as unpacked:
                _fetch(published, unpacked)
    path = folder / inside
    found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"
    if found != sha256:
        raise InputOutputError(f"{inside} of {name} is not the pinned file", meaning=f"its SHA-256 is {found}")
    return path


def _fetch(published: Published, folder: Path) -> None:
    """Download and unpack a package as its installer does: wheels' files executable, npm's with their own modes."""
    release = f"{published.package}=={published.version}"
    if published.platform:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        _run([*pip, f"--python-version={published.python}", f"--platform={published.platform}", release], folder)
        wheel = next(folder.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for name in archive.namelist():
                archive.extract(name, folder)
        wheel.unlink()
        for path in folder.rglob("*"):
            path.chmod(0o755)
        return
    npm = shutil.which("npm")
    if npm is None:
        raise ToolMissingError("npm is not there", hint="install Node.js")
    _run([npm, "pack", "--silent", "--ignore-scripts", release.replace("==", "@")], folder)
    tarball = next(folder.glob("*.tgz"))
    with tarfile.open(tarball) as archive:
        for member in archive:
            inside = member.name.partition("/")[2]
            if member.isfile() and inside:
                archive.extract(member.replace(name=inside, deep=False), folder, filter="data")
    tarball.unlink()


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS_FOR_A_DOWNLOAD
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        raise InputOutputError(f"{command[-1]} could not be fetched: {lines[-1]}", hint="is the registry reachable?")
