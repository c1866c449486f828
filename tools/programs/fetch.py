"""Fetch the sources of real programs and print where they lie: ``python tools/programs/fetch.py zstd jq``.

Each project is kept in the development cache, whole or not at all; without a name all of them are fetched.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

sys.path.insert(0, str(Path(__file__).parents[1]))

from everylinux.cache import directory_made_whole, locked
from everylinux.errors import EverylinuxError, InputOutputError
from programs.clients import SourceClient, pinned_module, run_go
from programs.declaration import TESTS, programs, sources
from programs.layouts import LAYOUTS
from roots.store import development_cache

if TYPE_CHECKING:
    from programs.declaration import Program

# How a project is laid out is part of what it is: a change to it fetches the projects anew.
FORMAT = 1


def fetch_project(name: str) -> Path:
    """Return the project folder of a program, fetched and laid out if it is not there yet.

    Raises `ToolMissingError` without the client that a source needs, `InputOutputError` when a source cannot be had or
    is not the pinned one.
    """
    program = programs()[name]
    path = development_cache() / "programs" / f"{name}-{_recipe(name, program)}" / name
    with locked(path.parent):
        if not path.exists():
            with directory_made_whole(path) as project:
                _lay_out(project, name, program)
    return path


def source_client(suite: str) -> SourceClient:
    """Return the client for the sources of a Debian suite."""
    folder = development_cache() / "packages" / f"{suite}-source"
    return SourceClient(suite, "amd64", folder)


def _recipe(name: str, program: Program) -> str:
    """Return what a project is made from, as a short digest."""
    pins = [sources().debian.get(source) or sources().modules[source] for source in program.sources]
    overlay = [(TESTS / name / file).read_bytes() for file in program.overlay]
    layout = Path(__file__).with_name("layouts.py").read_bytes() if program.layout else b""
    parts = (FORMAT, program.sources, pins, program.overlay, overlay, layout)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:12]


def _lay_out(project: Path, name: str, program: Program) -> None:
    for source, folder in program.sources.items():
        target = project / folder
        if source in sources().debian:
            client = source_client(sources().suite)
            unpack_tarball(client.download_tarball(sources().debian[source]), target)
        else:
            _copy_module(pinned_module(sources().modules[source]), target)
    if program.layout:
        LAYOUTS[program.layout](project)
    for file in program.overlay:
        shutil.copyfile(TESTS / name / file, project / file)
    if (project / "go.mod").exists():
        run_go(["mod", "download"], project)


def unpack_tarball(tarball: Path, target: Path) -> None:
    """Unpack a source release without its top folder; raises `InputOutputError` for a damaged or hostile one."""
    target.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                _, _, inside = member.name.removeprefix("./").partition("/")
                if inside:
                    archive.extract(member.replace(name=inside, deep=False), target, filter="data")
    except tarfile.TarError as error:
        raise InputOutputError(f"{tarball.name} cannot be unpacked: {error}", hint="remove that file") from error


def _copy_module(module: Path, target: Path) -> None:
    """Copy a module out of Go's cache, where everything is read-only."""
    shutil.copytree(module, target, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for path in (target, *target.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def main() -> int:
    """Fetch what was asked for; return the exit code."""
    parser = argparse.ArgumentParser(description="Fetch the sources of real programs.")
    parser.add_argument("names", nargs="*", choices=[*programs(), []], metavar="NAME")
    for name in parser.parse_args().names or programs():
        start = time.monotonic()
        try:
            path = fetch_project(name)
        except EverylinuxError as error:
            print(*(part for part in (error.message, error.meaning, error.hint) if part), sep="\n", file=sys.stderr)
            return error.exit_code
        print(path)
        print(f"{name}: {time.monotonic() - start:.1f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
