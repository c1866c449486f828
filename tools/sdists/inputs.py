"""Which published packages there are, and where their sources lie."""

from __future__ import annotations

import functools
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import directory_made_whole, locked
from everylinux.errors import InputOutputError
from programs.fetch import unpack_tarball
from roots.store import development_cache

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
# What the packages' own tests need, and what packages import: wheels without anything compiled.
REQUIREMENTS = HERE / "requirements.txt"
# Compiled packages that others import, as their authors publish them for each system.
PUBLISHED = HERE / "published.txt"
SECONDS_FOR_A_DOWNLOAD = 900


class Suite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A package's own tests: a ``folder`` of its sdist (none: they are in the wheel), and what pytest is told."""

    folder: str = ""
    arguments: tuple[str, ...] = ()


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One package as published, ``beside`` the others whose wheels it imports.

    ``published`` are those of `PUBLISHED` that it imports, for each libc its authors' wheel. ``leave`` are patterns of
    modules that cannot be imported alone, ``arguments`` what its build is told. ``known`` says whose failure it is
    where one is expected, and what cures it.
    """

    meaning: str
    version: str
    sha256: str
    suite: Suite | None = None
    beside: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    known: str = ""


class Inputs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole of ``inputs.json``."""

    date: str
    source: str
    inputs: dict[str, Input]


@functools.cache
def inputs() -> dict[str, Input]:
    """Return the packages by name."""
    return msgspec.json.decode((HERE / "inputs.json").read_bytes(), type=Inputs).inputs


def source_folder(name: str) -> Path:
    """Return the unpacked sdist of a package, fetched if it is not there yet.

    Raises `InputOutputError` when pip does not bring it or it is not the pinned one.
    """
    pinned = inputs()[name]
    path = development_cache() / "sdists" / f"{name}-{pinned.version}"
    with locked(path):
        if not path.exists():
            with tempfile.TemporaryDirectory() as folder, directory_made_whole(path) as project:
                pinned_text = f"{name}=={pinned.version} --hash=sha256:{pinned.sha256}\n"
                _pip("download", pinned_text, "--dest", folder, f"--no-binary={name}")
                (archive,) = Path(folder).iterdir()
                unpack_tarball(archive, project)
    return path


def pure_packages() -> Path:
    """Return a folder with pytest and what packages import beside their own; raises `InputOutputError`."""
    text = REQUIREMENTS.read_text()
    path = development_cache() / "sdists" / "pure"
    made_of = path / "requirements.txt"
    with locked(path):
        if not made_of.is_file() or made_of.read_text() != text:
            with directory_made_whole(path) as folder:
                _pip("install", text, "--target", str(folder), "--only-binary=:all:", "--no-compile")
                (folder / made_of.name).write_text(text)
    return path


def published_package(name: str, platforms: Sequence[str], release: str) -> Path:
    """Return a folder with a package from its authors' wheel for one of platform tags; raises `InputOutputError`."""
    (line,) = (line for line in PUBLISHED.read_text().splitlines() if line.startswith(f"{name}=="))
    path = development_cache() / "sdists" / f"{line.split()[0]}-{release}-{platforms[0]}"
    with locked(path):
        if not path.exists():
            with directory_made_whole(path) as folder:
                chosen = ["--python-version", release, "--implementation", "cp"]
                chosen += [f"--platform={platform}" for platform in platforms]
                where = ("--target", str(folder), "--only-binary=:all:", "--no-compile")
                _pip("install", f"{line}\n", *where, *chosen)
    return path


def _pip(verb: str, requirements: str, *arguments: str) -> None:
    """Run pip, which checks the digests that the requirements name."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(requirements)
        file.flush()
        command = [sys.executable, "-m", "pip", verb, "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--require-hashes", "--requirement", file.name, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS_FOR_A_DOWNLOAD)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it says nothing"]
        raise InputOutputError(
            f"pip does not bring {requirements.split(maxsplit=1)[0]}: {lines[-1]}", hint="is the index reachable?"
        )
