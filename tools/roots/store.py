"""Making roots whole or not at all, once: ``roots/NAME`` in the development cache, ``NAME.json`` beside it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import directory_made_whole, locked, write_atomically
from everylinux.folders import user_cache
from everylinux.toolchains.debian_client import Client
from roots.declaration import EMPTY, declaration, parse_name
from roots.unpack import inside, unpack

if TYPE_CHECKING:
    from everylinux.toolchains.debian_client import DownloadedPackage
    from roots.declaration import Flavour, RootName

# What unpacking does is part of what a root is: a change to it makes them anew.
FORMAT = 1


class Manifest(msgspec.Struct, frozen=True):
    """Where a root came from: package versions, and the digest of each package file."""

    name: str
    recipe: str
    date: str
    packages: dict[str, str]
    digests: dict[str, str]


def development_cache() -> Path:
    """Return where roots and packages are kept: ``EVERYLINUX_DEV_CACHE``, else below the user's cache folder."""
    configured = os.environ.get("EVERYLINUX_DEV_CACHE")
    if configured:
        return Path(configured).absolute()
    return user_cache() / "everylinux-dev"


def make_root(name: str) -> Path:
    """Return the folder of a root, made if it is not there yet or was made by another recipe.

    Raises `UsageError` for an unknown name, `ToolMissingError` without apt, `InputOutputError` when the archive does
    not answer.
    """
    path = development_cache() / "roots" / name
    if name == EMPTY:
        path.mkdir(parents=True, exist_ok=True)
        return path
    parsed = parse_name(name)
    flavour = declaration().flavours[parsed.flavour]
    recipe = _recipe(flavour)
    with locked(path):
        if path.is_dir() and read_manifest(name).recipe == recipe:
            return path
        _make(parsed, flavour, recipe, path)
    return path


def read_manifest(name: str) -> Manifest:
    """Return where a root that was made came from."""
    path = development_cache() / "roots" / f"{name}.json"
    return msgspec.json.decode(path.read_bytes(), type=Manifest)


def _recipe(flavour: Flavour) -> str:
    declared = declaration()
    parts = (FORMAT, flavour, declared.left_out, declared.folders, declared.merged)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]


def _make(name: RootName, flavour: Flavour, recipe: str, path: Path) -> None:
    wanted = (*flavour.packages, *flavour.only_in.get(name.suite, ()))
    packages = []
    for architecture in name.architectures:
        client = Client(name.suite, architecture, development_cache() / "packages" / f"{name.suite}-{architecture}")
        packages += client.download(wanted, dependencies=flavour.dependencies)
    manifest = Manifest(
        name=str(name),
        recipe=recipe,
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        packages={_listed(package, name): package.version for package in packages},
        digests={_listed(package, name): hashlib.sha256(package.path.read_bytes()).hexdigest() for package in packages},
    )
    with directory_made_whole(path) as partial:
        _lay_folders(partial)
        for package in reversed(packages):  # so that of files at one path the first architecture's is kept
            unpack(package.path, partial, declaration().left_out)
        _finish(partial, flavour)
        write_atomically(path.with_name(f"{name}.json"), msgspec.json.format(msgspec.json.encode(manifest), indent=1))


def _listed(package: DownloadedPackage, root: RootName) -> str:
    """Return how the manifest names a package: with its architecture where there are several."""
    return package.name if len(root.architectures) == 1 else package.path.stem


def _lay_folders(root: Path) -> None:
    """Make the folders every root has, /bin, /lib and /sbin as links: packages of all suites then fit together."""
    for folder in declaration().folders:
        (root / folder).mkdir(parents=True)
    for merged in declaration().merged:
        (root / merged).symlink_to(f"usr/{merged}")


def _finish(root: Path, flavour: Flavour) -> None:
    for pattern in flavour.remove:
        for path in root.glob(pattern):
            path.unlink()
    for name, target in flavour.links.items():
        # What lies there may be a link already: it is replaced, not what it leads to.
        folder, _, last = name.rpartition("/")
        link = inside(root, folder) / last
        link.unlink(missing_ok=True)
        link.symlink_to(target)
    for pattern, (old, new) in flavour.aliases.items():
        for path in sorted(root.glob(pattern)):
            path.with_name(path.name.replace(old, new)).symlink_to(path.name)
