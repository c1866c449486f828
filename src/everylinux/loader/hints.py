"""What cures a missing library or version: the package that brings it, the image of the catalogue that has it.

The commands of each family of images and Debian's packages lie in ``data/hints``; what an image has says the
catalogue's list. Nothing is read before the first reason asks.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts
from everylinux.loader.history import GCC, GLIBC, MUSL, release_of
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everylinux.images.stored import Listing

PART = "it is part of"
THIS_LIBC = "build it for this image's libc"
BESIDE = "ship it beside the file and find it with -rpath '$ORIGIN'"


class HintFacts(msgspec.Struct, frozen=True):
    """The whole of ``hints.json``.

    ``install`` maps a family of images to its command, ``image`` single images; ``package`` maps it, by the kind of
    package, to what installs a file with all that it depends on (no family: that of an image nobody knows). ``wide`` is
    what stands behind a library's name in rpm, by the bits of its CPU. ``packages_of`` maps an image to the one whose
    package names it has. ``static`` says how a runtime is linked in; ``glibc`` and ``musl`` are patterns of the
    libraries that are part of them, ``from_headers`` symbols that older headers of glibc have under another name.
    ``suggested`` are families of which images are named, ``any_family`` those whose commands are.
    """

    date: str
    sources: dict[str, str]
    install: dict[str, str]
    package: dict[str, dict[str, str]]
    image: dict[str, str]
    wide: dict[str, str]
    packages_of: dict[str, str]
    static: dict[str, str]
    glibc: tuple[str, ...]
    musl: tuple[str, ...]
    from_headers: tuple[str, ...]
    suggested: tuple[str, ...]
    any_family: tuple[str, ...]


class PackageFacts(msgspec.Struct, frozen=True):
    """The whole of ``packages.json``: which package brings a library, in which images it is to be had."""

    date: str
    source: str
    packages: dict[str, dict[str, tuple[str, ...]]]


@functools.cache
def hint_facts() -> HintFacts:
    """Return the commands and patterns."""
    return read_facts("hints/hints.json", HintFacts)


@functools.cache
def package_facts() -> PackageFacts:
    """Return Debian's packages of libraries."""
    return read_facts("hints/packages.json", PackageFacts)


def library_hint(library: str, image: str, *, bits: int) -> str:
    """Return how a library comes into an image, empty for one that no distribution is known to have.

    ``image`` is the name of the judged image, ``bits`` those of the file.
    """
    facts = hint_facts()
    own = _own_libraries().fullmatch(library)
    if own is not None:
        return f"{PART} {own.lastgroup}: {THIS_LIBC}, or take an image with {own.lastgroup}"
    packages = package_facts().packages.get(library)
    ways = [facts.static.get(library, "")]
    if packages is not None:
        listing = listed(image)
        ways.append(_install(library, packages, listing, bits=bits) if listing else _any(library, packages, bits=bits))
    return ", or ".join(way for way in ways if way)


@functools.lru_cache(maxsize=1024)
def image_with(image: str, needs: frozenset[tuple[str, str]], *, any_family: bool = True) -> str:
    """Return the oldest image of the catalogue that has some releases: of the judged image's family, or of any.

    ``needs`` are pairs such as ``("glibc", "2.34")``; an image that is known to have only an older release, or none,
    is passed over. Empty when there is none.
    """
    from everylinux.images import catalogue

    images = list(catalogue.listings().values())
    listing = listed(image)
    if listing is not None:
        members = [one for one in images if one.family == listing.family]
        # distroless/cc-debian12 is followed by distroless/cc-debian13, only then by the others.
        stem = _stem(listing.name)
        for group in ([one for one in members if _stem(one.name) == stem], members):
            found = [one for one in group if _has(one, needs)]
            if found:
                newer = [one for one in group[group.index(found[0]) + 1 :] if _stem(one.name) == _stem(found[0].name)]
                also = " or newer" if newer and all(_has(one, needs) for one in newer) else ""
                return found[0].name + also
    if not any_family:
        return ""
    families = [[one for one in images if one.family == family] for family in hint_facts().suggested]
    oldest = [next((one.name for one in members if _has(one, needs)), "") for members in families]
    return " or ".join(name for name in oldest if name)


@functools.lru_cache(maxsize=1024)
def listed(image: str) -> Listing | None:
    """Return what the catalogue's list says of an image, by its name or an alias; ``None`` for another one."""
    from everylinux.images import catalogue

    known = catalogue.listings()
    if image not in known and not catalogue.is_alias(image):
        return None
    return known[catalogue.canonical_name(image)]


@functools.cache
def _own_libraries() -> re.Pattern[str]:
    """Return a pattern of the libraries that are part of a libc; the group's name is the libc's."""
    parts = {GLIBC: hint_facts().glibc, MUSL: hint_facts().musl}
    groups = [f"(?P<{libc}>{'|'.join(map(fnmatch.translate, patterns))})" for libc, patterns in parts.items()]
    return re.compile("|".join(groups))


def _has(listing: Listing, needs: frozenset[tuple[str, str]]) -> bool:
    return all(version_key(_release(listing, what)) >= version_key(release) for what, release in needs)


def _release(listing: Listing, what: str) -> str:
    """Return an image's release of something, ``0`` for none; one that may be newer counts as what it is at least."""
    if what == GCC:
        known = {f"{family}_{listing.releases.get(family, '').removesuffix('+')}" for family in ("GLIBCXX", "GCC")}
        return max((release for _, release in map(release_of, known) if release), key=version_key, default="0")
    return listing.releases.get(what, "0").removesuffix("+")


def _stem(name: str) -> str:
    """Return a name without its release: ``debian:``, ``distroless/cc-debian``."""
    return name.rstrip("0123456789.")


def _install(library: str, packages: Mapping[str, tuple[str, ...]], listing: Listing, *, bits: int) -> str:
    """Return the command that installs a library into an image of the catalogue, empty without a package manager."""
    facts = hint_facts()
    command = facts.image.get(listing.name) or facts.install.get(listing.family, "")
    if not command:
        return ""
    if "{package}" not in command:
        return f"install it: {command.format(library=library, wide=facts.wide.get(str(bits), ''))}"
    wanted = facts.packages_of.get(listing.name, listing.name)
    package = next((name for name, images in packages.items() if wanted in images), None)
    if package is not None:
        return f"install it: {command.format(package=package)}"
    there = "; ".join(f"{', '.join(images)}: {name}" for name, images in packages.items())
    return f"take an image that has a package for it ({there})"


def _any(library: str, packages: Mapping[str, tuple[str, ...]], *, bits: int) -> str:
    """Return the commands of several families, for an image of which the family is not known."""
    package = list(packages)[-1]
    facts = hint_facts()
    wide = facts.wide.get(str(bits), "")
    ways = [facts.install[family].format(package=package, library=library, wide=wide) for family in facts.any_family]
    return f"install it ({'; '.join(ways)})"
