"""Which Debian package brings a library or a tool, by what builds call it (``data/packages``)."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

_HEADER = re.compile(r"\.(?:h|hh|hpp|hxx)$")
_FILE = re.compile(r"(?:\S*/)?(?:lib(?P<name>\S+?)\.(?:so|a)(?:\.[\d.]+)?|(?P<module>\S+)\.pc)")
_TELLING = re.compile(r"\w[-_]config$")
_NO_LETTERS = re.compile(r"[^a-z]+")
# A name that stands in a longer one by chance is shorter.
SHORTEST_NAME = 3


class _Words(msgspec.Struct, frozen=True):
    date: str
    source: str
    words: frozenset[str]


class _Development(msgspec.Struct, frozen=True):
    """``brings`` has what packages bring along, ``absent`` what releases do not have, by their versions."""

    date: str
    source: str
    brings: dict[str, tuple[str, ...]]
    absent: dict[str, frozenset[str]]


class _Packages(msgspec.Struct, frozen=True):
    date: str
    source: str
    packages: dict[str, str]


def described_packages() -> Mapping[str, str]:
    """Return the package that has each library, by its name for pkg-config."""
    return _read("pkg-config")


def header_packages() -> Mapping[str, str]:
    """Return the package that has each header, by its path below the folder of headers, or its folder with a slash."""
    return _read("headers")


@functools.cache
def development_packages() -> frozenset[str]:
    """Return the packages that are known to bring a library or a header."""
    return frozenset((*described_packages().values(), *header_packages().values()))


@functools.cache
def plain_words() -> frozenset[str]:
    """Return the names of libraries that are words in sentences, too: a sentence with one tells of no library."""
    return read_facts("packages/plain-words.json", _Words).words


def package_of_header(header: str) -> str | None:
    """Return the Debian package that brings a header, as sources include it: ``ffi.h``, ``openssl/ssl.h``.

    A folder tells of the package that is named like it: one called ``lib`` or ``src`` may be any project's own.
    """
    packages = header_packages()
    folder, _, name = header.rpartition("/")
    if header in packages:
        return packages[header]
    for part in filter(None, folder.split("/")):
        package = packages.get(f"{part}/", "")
        if package and _is_named_like(part, package):
            return package
    return packages.get(name)


def package_of_library(name: str) -> str | None:
    """Return the Debian package for development of a library, by any of its names.

    That is one for pkg-config (``zlib``), for the linker (``z``, ``libz.so``) or for CMake (``ZLIB``), a header, the
    program that tells of it (``pg_config``), a crate for it (``openssl-sys``), or the package's own without what is
    around it.
    """
    if _HEADER.search(name):
        return package_of_header(name)
    if _TELLING.search(name):
        return package_of_command(name)
    match = _FILE.fullmatch(name)
    name = (match["name"] or match["module"] if match else name).removesuffix("-sys")
    described, linked = described_packages(), _read("link-names")
    names = (name, f"lib{name}", name.lower(), f"lib{name.lower()}")
    linked_as = (name, name.removeprefix("lib"), name.lower(), name.lower().removeprefix("lib"))
    return (
        next((linked[each] for each in linked_as if each in linked), None)
        or next((described[each] for each in names if each in described), None)
        or _read("cmake-names").get(name)
        or package_of_header(f"{name}.h")
        or package_of_header(f"{name.lower()}.h")
        or next((f"{each}-dev" for each in names if f"{each}-dev" in development_packages()), None)
    )


def package_of_command(name: str) -> str | None:
    """Return the Debian package that has a program on PATH; one called like it first, else what most builds ask for."""
    return _read("commands").get(name)


def _is_named_like(folder: str, package: str) -> bool:
    own, its = (
        _NO_LETTERS.sub("", name.lower()).removeprefix("lib") for name in (folder, package.removesuffix("-dev"))
    )
    return bool(own) and (own == its or (min(len(own), len(its)) >= SHORTEST_NAME and (own in its or its in own)))


def has_packages(release: str, packages: Iterable[str]) -> bool:
    """Return whether a release of Debian (``12``) has packages for development, as far as its x86_64 list tells."""
    return _development().absent.get(release, frozenset()).isdisjoint(packages)


def without_brought(packages: Collection[str]) -> tuple[str, ...]:
    """Return, sorted, the packages without those that others of them bring along: GTK's brings GLib's and cairo's.

    What brings what is Debian 12's on x86_64; of packages that bring each other the last one stays.
    """
    kept = set(packages)
    for package in sorted(packages):
        if any(package in _brought_by(other) for other in kept - {package}):
            kept.remove(package)
    return tuple(sorted(kept))


def _brought_by(package: str) -> set[str]:
    brings, brought, stack = _development().brings, set[str](), [package]
    while stack:
        new = set(brings.get(stack.pop(), ())) - brought
        brought |= new
        stack += new
    return brought


@functools.cache
def _development() -> _Development:
    return read_facts("packages/debian-development.json", _Development)


@functools.cache
def _read(file: str) -> dict[str, str]:
    return read_facts(f"packages/{file}.json", _Packages).packages
