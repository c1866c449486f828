"""What is in an image beside libraries and commands: made by packages' scripts, left out of the root, or documented."""

from __future__ import annotations

import fnmatch
import functools
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.images.measure import watched
from roots import make_root, read_manifest
from roots.declaration import parse_name
from roots.store import development_cache

if TYPE_CHECKING:
    from everylinux.images.measure import Measured


class Surroundings(msgspec.Struct, frozen=True):
    """What some images have (``images`` are glob patterns).

    ``files`` maps a path to its text, or to the path in the root that it is copied from; ``lacks`` are paths at and
    below which nothing else is.
    """

    images: tuple[str, ...]
    source: str
    files: dict[str, str]
    folders: tuple[str, ...]
    lacks: tuple[str, ...]


class SurroundingsFacts(msgspec.Struct, frozen=True):
    """The whole of ``surroundings.json``; ``left_out`` maps what no root holds to the package that brings it."""

    date: str
    left_out: dict[str, str]
    groups: tuple[Surroundings, ...]


@functools.cache
def surroundings_facts() -> SurroundingsFacts:
    """Return what is written down by hand."""
    return msgspec.json.decode(Path(__file__).with_name("surroundings.json").read_bytes(), type=SurroundingsFacts)


def surrounded(image: str, measured: Measured, root: str = "") -> Measured:
    """Return an image's platform with its surroundings; ``root`` is the name of the root that it was measured from."""
    files, folders, listed = (dict(measured.paths.get(kind, {})) for kind in ("files", "folders", "listed"))
    for group in surroundings_facts().groups:
        if any(fnmatch.fnmatchcase(image, pattern) for pattern in group.images):
            files.update({path: _text(text, root) for path, text in group.files.items()})
            folders.update(dict.fromkeys(group.folders, ""))
            listed.update(dict.fromkeys(group.lacks, ""))
    folders.update(
        {path: "" for path, package in surroundings_facts().left_out.items() if _brings(root, package, path)}
    )
    there = {*files, *folders}
    # Neither what is there is listed as absent, nor a folder on the way to it; of whole folders every name is kept.
    kept = {
        path: ""
        for path in listed
        if path in watched().whole or not any(one == path or one.startswith(f"{path}/") for one in there)
    }
    return replace(measured, paths={**measured.paths, "files": files, "folders": folders, "listed": kept})


def _text(text: str, root: str) -> str:
    return (make_root(root) / text[1:]).read_text() if text.startswith("/") else text


def _brings(root: str, package: str, path: str) -> bool:
    """Return whether a package that a root was made of brings a path."""
    if not root or package not in read_manifest(root).packages:
        return False
    name = parse_name(root)
    archives = development_cache() / "packages" / f"{name.suite}-{name.architectures[0]}" / "cache" / "archives"
    return any(path in _contents(archive) for archive in archives.glob(f"{package}_*.deb"))


@functools.cache
def _contents(archive: Path) -> frozenset[str]:
    command = ["dpkg-deb", "--contents", str(archive)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return frozenset(line.split()[5].removeprefix(".").rstrip("/") for line in done.stdout.splitlines())
