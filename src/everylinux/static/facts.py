"""Which parts of musl depend on who set up the process: ``data/static``, by kind of what they share with it."""

from __future__ import annotations

import functools
import tomllib

import msgspec

from everylinux import data
from everylinux.decoding import read_facts


class Kind(msgspec.Struct, frozen=True):
    """One kind of state that two libcs in a process do not share, such as ``errno`` or ``stdio``.

    ``why`` says what is wrong with it, ``fails`` in processes of which libcs it is. ``state`` are the members of musl's
    archive with data of this kind, ``functions`` those that read the thread pointer for it (``MEMBER:FUNCTION``,
    without a function for assembler), ``names`` what of these is called by a name that no program may have,
    ``leading`` the functions of libc that come there sooner or later.
    """

    name: str
    why: str
    fails: frozenset[str]
    state: frozenset[str]
    functions: frozenset[str]
    names: frozenset[str]
    leading: frozenset[str]


class Facts(msgspec.Struct, frozen=True):
    """All kinds, the first that names a part counting; ``own`` are members whose data only they themselves look at.

    ``loader`` are members that the loader of the process stands in for, ``signs`` texts that only musl has, each with
    the kind that it shows. ``zig`` is the release whose musl was read.
    """

    zig: str
    kinds: tuple[Kind, ...]
    own: frozenset[str]
    loader: tuple[str, ...]
    signs: tuple[tuple[str, str], ...]

    def kind(self, name: str) -> Kind | None:
        """Return the kind of a name."""
        return next((one for one in self.kinds if one.name == name), None)


class _Row(msgspec.Struct, frozen=True):
    name: str
    state: str
    functions: str
    names: str
    leading: str


class _Archive(msgspec.Struct, frozen=True):
    zig: str
    own: str
    kinds: tuple[_Row, ...]


@functools.cache
def facts() -> Facts:
    """Return what is shipped in the package."""
    archive = read_facts("static/musl.json", _Archive)
    judged = tomllib.loads(data.read("static/kinds.toml").decode())
    by_hand = {each["name"]: each for each in judged["kind"]}
    kinds = tuple(
        Kind(
            row.name,
            by_hand[row.name]["why"],
            *map(_words, (by_hand[row.name]["fails"], row.state, row.functions, row.names, row.leading)),
        )
        for row in archive.kinds
    )
    loader = tuple(member for each in judged["loader"] for member in each["members"].split())
    signs = tuple((each["text"], each["kinds"]) for each in judged["sign"])
    return Facts(archive.zig, kinds, _words(archive.own), loader, signs)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())
