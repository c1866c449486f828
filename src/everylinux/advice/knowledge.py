"""What is known about crates whose build wants more than Rust: one file a crate, ``data/crates/NAME.toml``.

Each was read from the crate's own build script, which the file names with its version. What no file is about is judged
by its manifest (`inferred`).
"""

from __future__ import annotations

import functools
import tomllib
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux import data
from everylinux.debian_packages import described_packages
from everylinux.decoding import converted
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Mapping

# fmt: off
What = Literal[
    "c", "c++", "nasm", "cmake", "make", "perl", "protoc", "capnp", "clang", "libclang", "go", "git", "autotools",
    "fortran", "library", "port",
]
# fmt: on

_COMPILERS: dict[str, str] = {"c": "C compiler", "c++": "C++ compiler", "fortran": "Fortran compiler"}


class Need(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that a build wants, and when.

    ``what`` is a compiler or tool, ``library`` for a library of the system (``pkg_config`` and ``links`` are its names
    for pkg-config and for the linker), or ``port`` for a CPU or libc that the crate does not know (``note`` says what
    does). ``when`` is a condition over the platform, ``feature``, ``dependency`` (a direct one that is built),
    ``variable`` (of the environment), and ``host`` (built for this machine: build scripts and procedural macros use
    it). ``since`` and ``before`` are versions of the crate. With one of ``variables``
    set (``{TARGET}`` is the triple in capitals, with underscores) it is met. ``user_scripts`` are words of which one
    stands in the build script of a package above this crate, ``unless_scripts`` words that make it unneeded;
    ``through`` is the crate that build scripts call: it is unneeded where none does on this machine.
    ``certain`` is off where the build may do without. ``debian`` are the packages of Debian that have a library, where
    its names for pkg-config do not tell them. ``linked``: only the linker looks for it, and the project may say by
    ``-L`` where it is. ``setting`` is a variable with which the build makes it (``NAME=value``).
    """

    what: What
    pkg_config: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    when: str = "true"
    since: str = ""
    before: str = ""
    variables: tuple[str, ...] = ()
    user_scripts: tuple[str, ...] = ()
    unless_scripts: tuple[str, ...] = ()
    through: str = ""
    certain: bool = True
    linked: bool = False
    debian: tuple[str, ...] = ()
    setting: str = ""
    note: str = ""

    @property
    def subject(self) -> str:
        """What is printed: ``C compiler``, ``cmake``, ``library openssl``."""
        if self.what == "library":
            return f"library {(self.pkg_config or self.links)[0]}"
        if self.what == "port":
            return self.note
        return _COMPILERS.get(self.what, self.what)

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages of Debian that have a library, or nothing where none is known."""
        described = described_packages()
        return self.debian or tuple(described[name] for name in self.pkg_config[:1] if name in described)

    def applies(self, version: str) -> bool:
        """Return whether it holds for a version of the crate."""
        number = version_key(version.partition("+")[0].partition("-")[0])
        since, before = version_key(self.since or "0"), version_key(self.before or "0")
        return number >= since and not (self.before and number >= before)


class Crate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is known about one crate.

    ``builds`` names what its C is, in a sentence's words. ``read`` is the version whose build script was read, and
    ``build_dependencies`` what its build script used then: the updater compares them with the newest one.
    ``alternatives`` are words in names of features that do the same without it, the first preferred.
    """

    crate: str
    builds: str
    date: str
    source: str
    read: str
    build_dependencies: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    needs: tuple[Need, ...] = ()


def has_debian_package(name: str) -> bool:
    """Return whether a package of Debian has the library of this name for pkg-config."""
    return name in described_packages()


def linked_library(name: str, *, certain: bool = True) -> Need:
    """Return the need of a library by its name for the linker, or for pkg-config, where that is all that is known."""
    names = dict.fromkeys((name, f"lib{name}", name.lower()))
    packaged = tuple(each for each in names if has_debian_package(each))
    return Need(what="library", pkg_config=packaged or (name,), links=(name.removeprefix("lib"),), certain=certain)


def known(name: str) -> Crate | None:
    """Return what is known about a crate, or ``None``."""
    return _all().get(name)


@functools.cache
def _all() -> Mapping[str, Crate]:
    found = {}
    for path in sorted((data.FOLDER / "crates").glob("*.toml")):
        crate = converted(tomllib.loads(path.read_text(encoding="utf-8")), Crate)
        found[crate.crate] = crate
    return found
