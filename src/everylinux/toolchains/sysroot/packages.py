"""Which Debian package brings a library, by what builds call it (``data/packages``)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Words(msgspec.Struct, frozen=True):
    date: str
    source: str
    words: frozenset[str]


class _Packages(msgspec.Struct, frozen=True):
    date: str
    source: str
    packages: dict[str, str]


@functools.cache
def described_packages() -> Mapping[str, str]:
    """Return the package that has each library, by its name for pkg-config."""
    return _read("pkg-config")


@functools.cache
def _header_packages() -> Mapping[str, str]:
    return _read("headers")


@functools.cache
def plain_words() -> frozenset[str]:
    """Return the names of libraries that are words in sentences, too: a sentence with one tells of no library."""
    return read_facts("packages/plain-words.json", _Words).words


def package_of_header(header: str) -> str | None:
    """Return the Debian package that brings a header, as sources include it: ``ffi.h``, ``openssl/ssl.h``."""
    packages = _header_packages()
    folder, _, name = header.rpartition("/")
    for each in (header, *(f"{part}/" for part in folder.split("/") if part), name):
        if each in packages:
            return packages[each]
    return None


def _read(file: str) -> dict[str, str]:
    return read_facts(f"packages/{file}.json", _Packages).packages
