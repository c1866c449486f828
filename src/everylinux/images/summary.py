"""What people ask of an image first: which libc, which releases of the libraries that decide most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from everylinux.images.measure import Measured

LIBC_NAMES = {"gnu": "glibc", "musl": "musl", "other": "other"}
# The release of these is the newest version that they define.
VERSIONED = {"libstdc++.so.6": "GLIBCXX", "libgcc_s.so.1": "GCC"}


def libc_of(platforms: Iterable[Measured]) -> str:
    """Return the libc of the loaders that are there (``glibc``, ``musl``, ``glibc, musl``), or ``none``."""
    found = {
        LIBC_NAMES[library.build.loader.libc]
        for measured in platforms
        for library in measured.libraries.values()
        if library.build.loader
    }
    return ", ".join(sorted(found)) or "none"


def glibc_release(measured: Measured) -> str | None:
    """Return the release of glibc: its loader says it since 2.35, before that Debian's package or the newest node."""
    library = next((one for one in measured.libraries.values() if one.name == "libc.so.6"), None)
    if library is None:
        return None
    loaders = [one.build.loader for one in measured.libraries.values() if one.build.loader]
    said = next((loader.version for loader in loaders if loader.libc == "gnu" and loader.version), None)
    package = measured.platform.packages.get("libc6", "").partition("-")[0]
    return said or package or _newest(library.build.version_definitions, "GLIBC_")


def releases_of(platforms: Iterable[Measured]) -> dict[str, str]:
    """Return the releases of libc, libstdc++ and libgcc; where platforms differ, the oldest."""
    found: dict[str, set[str]] = {}
    for measured in platforms:
        release = glibc_release(measured)
        if release:
            found.setdefault("glibc", set()).add(release)
        for library in measured.libraries.values():
            loader = library.build.loader
            if loader and loader.version and loader.libc == "musl":
                found.setdefault("musl", set()).add(loader.version)
            family = VERSIONED.get(library.name)
            newest = _newest(library.build.version_definitions, f"{family}_") if family else None
            if family and newest:
                found.setdefault(family, set()).add(newest)
    return {name: min(versions, key=version_key) for name, versions in sorted(found.items())}


def newest_nodes(definitions: Collection[str]) -> tuple[str, ...]:
    """Return the newest version of each family that a library defines (``GLIBCXX_3.4.30``), sorted."""
    families = {name.rpartition("_")[0] for name in definitions}
    newest = {family: _newest(definitions, f"{family}_") for family in families}
    return tuple(f"{family}_{version}" for family, version in sorted(newest.items()) if version and family)


def _newest(definitions: Collection[str], prefix: str) -> str | None:
    versions = [name.removeprefix(prefix) for name in definitions if name.startswith(prefix)]
    numbers = [version for version in versions if version_key(version)]
    return max(numbers, key=version_key, default=None)
