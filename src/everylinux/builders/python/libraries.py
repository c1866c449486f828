"""A build of a wheel that fails for a library of the target: which header or library is not there, what brings it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.builders.first_error import first_error
from everylinux.decoding import read_facts
from everylinux.errors import BuildFailedError
from everylinux.toolchains.sysroot.debian import release_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.target import Target

# What is compiled with musl's headers.
MUSL_HEADERS = ("musl", "static")
# clang's words for a header, lld's and zig's for a library, Meson's and pkg-config's for a .pc file.
_HEADER = re.compile(r"fatal error: '([\w./+-]{1,200})' file not found")
_LIBRARY = re.compile(r"unable to find (?:dynamic system )?library '?(?:-l)?([\w.+-]{1,100})")
_PKG_CONFIG = re.compile(
    r"(?:Dependency \"|Package '|No package ')([\w.+-]{1,100})[\"'] ?,? (?:required by .{1,200}, )?not found"
)
# Clang's words for what older compilers let pass with a warning (Clang's manual, Options to Control Error and Warning
# Messages), and for any error in a source.
_STRICTER = re.compile(r"error: .*\[(?:-Werror,)?-W([\w-]{1,60})\]$")
_IN_SOURCE = re.compile(r":\d+:\d+: (?:fatal )?error: ")


class _Packages(msgspec.Struct, frozen=True):
    date: str
    source: str
    packages: dict[str, str]


@functools.cache
def _packages(file: str) -> dict[str, str]:
    return read_facts(f"packages/{file}.json", _Packages).packages


def package_of_header(header: str) -> str | None:
    """Return the Debian package that brings a header, as sources include it: ``ffi.h``, ``openssl/ssl.h``."""
    packages = _packages("headers")
    folder, _, name = header.rpartition("/")
    for each in (header, *(f"{part}/" for part in folder.split("/") if part), name):
        if each in packages:
            return packages[each]
    return None


def build_error(target: Target, log: Path, start: int) -> BuildFailedError:
    """Return the error for a build of a wheel that wrote into the log after byte ``start`` why it failed."""
    said = first_error(log, start) or "it said nothing"
    message, hint = f"the build of the wheel failed: {said}", f"the whole output is in {log}"
    what, package = _missing(said)
    if not what:
        return BuildFailedError(message, hint="; ".join([*_ways_on(target, said), hint]))
    return BuildFailedError(
        message,
        meaning=f"{what} is not there: a build for another system sees no library of this machine",
        hint=f"{_cure(target, package)}; {hint}",
    )


def _ways_on(target: Target, said: str) -> Iterator[str]:
    """Yield what may build a source that does not compile, without a change to it."""
    if stricter := _STRICTER.search(said):
        yield f"CFLAGS=-Wno-error={stricter[1]} makes a warning of it, as it is to older compilers"
    if target.libc in MUSL_HEADERS and _IN_SOURCE.search(said):
        yield "--libc neutral compiles with glibc's headers instead of musl's, and the wheel is for musl, too"


def _missing(said: str) -> tuple[str, str]:
    """Return what a build says that it lacks of a library, and the Debian package with it where that is known."""
    if found := _HEADER.search(said):
        package = package_of_header(found[1]) or ""
        return (f"{found[1]}, a header of {package} in Debian," if package else ""), package
    if found := _PKG_CONFIG.search(said):
        return f"{found[1]}.pc", _packages("pkg-config").get(found[1], "")
    if found := _LIBRARY.search(said):
        return f"the library {found[1]}", ""
    return "", ""


def _cure(target: Target, package: str) -> str:
    """Return where a library for a target comes from; Debian's own are for glibc."""
    own = "build the library itself for this target and name its folder with --sysroot DIR"
    if target.libc != "gnu":
        return own
    release, note = release_for(target)
    return f"--sysroot {release}={package or 'PACKAGES'}{note}; or {own}" if release else own
