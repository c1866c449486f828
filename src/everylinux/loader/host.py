"""The program that will load a shared object: which symbols it brings itself."""

from __future__ import annotations

import functools
from importlib import resources

import msgspec


class Host(msgspec.Struct, frozen=True):
    """One kind of program that loads plugins, and how the names of its symbols begin."""

    name: str
    prefixes: tuple[str, ...]


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    hosts: tuple[Host, ...]


@functools.cache
def _prefixes() -> tuple[str, ...]:
    data = resources.files("everylinux.data.hosts").joinpath("hosts.json").read_bytes()
    return tuple(prefix for host in msgspec.json.decode(data, type=_Facts).hosts for prefix in host.prefixes)


def offered_by_host(name: str) -> bool:
    """Return whether a symbol is one that Python, Node.js or another host program brings."""
    return name.startswith(_prefixes())
