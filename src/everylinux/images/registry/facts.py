"""What is known of registries and of where the catalogue's images lie: ``data/images/references.json``."""

# Without `from __future__ import annotations`: msgspec would have to evaluate each of them again at every start.
import functools

import msgspec

from everylinux.decoding import read_facts


class Host(msgspec.Struct, frozen=True):
    """One registry that goes by several names.

    ``host`` is the usual one and ``endpoint`` the host that answers; ``credentials`` are the keys under which
    configurations keep what it asks for, the one that helpers are asked with first. ``namespace`` stands before names
    without one.
    """

    host: str
    endpoint: str
    names: tuple[str, ...]
    credentials: tuple[str, ...]
    namespace: str = ""


class _Facts(msgspec.Struct, frozen=True):
    date: str
    sources: dict[str, str]
    hosts: tuple[Host, ...]
    references: dict[str, str]


@functools.cache
def _facts() -> _Facts:
    return read_facts("images/references.json", _Facts)


@functools.cache
def hosts() -> dict[str, Host]:
    """Return the registries with several names, by each of them."""
    return {name: host for host in _facts().hosts for name in (host.host, *host.names)}


def references() -> dict[str, str]:
    """Return where the images of the catalogue lie, by their names and aliases."""
    return _facts().references
