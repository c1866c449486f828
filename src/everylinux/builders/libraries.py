"""A build that fails for a library of the target: which header or library is not there, and what brings it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.debian_packages import (
    described_packages,
    has_packages,
    package_of_header,
    package_of_library,
    plain_words,
)
from everylinux.decoding import read_facts
from everylinux.errors import BuildFailedError
from everylinux.reading import read_head
from everylinux.toolchains.sysroot.debian import PREFIX, DebianPackages, for_glibc, release_for
from everylinux.wording import together

if TYPE_CHECKING:
    from collections.abc import Collection

    from everylinux.target import Target
    from everylinux.toolchains.sysroot.folder import SysrootSource

# The words of clang, of lld and zig, of Meson and pkg-config, of configure's PKG_CHECK_MODULES, and of CMake.
_HEADER = re.compile(r"fatal error: '([\w./+-]{1,200})' file not found")
# The header that asks for it, before the message.
_ASKING = re.compile(r"(\S+\.(?:h|hh|hpp|hxx|h\+\+|inc|inl|ipp|tcc)):\d+:\d+: $")
_LIBRARY = re.compile(
    r"(?:unable to find (?:(?:dynamic|static) system )?library '?(?:-l)?|shared or static library ')([\w.+-]{1,100})"
)
_PKG_CONFIG = re.compile(
    r"(?:Dependency \"|Package '|No package ')([\w.+-]{1,100})[\"'] ?,? (?:required by .{1,200}, )?not found"
    r"|Package requirements \(([\w.+-]{1,100})[^)]{0,500}\) were not met"
)
_CMAKE = re.compile(
    r"Could NOT find ([\w.+-]{1,100})(?: \(missing: |, try )|Target \"[^\"]{1,200}\" links to: ([\w.+-]{1,100})::"
)
_UNSET = "set to NOTFOUND"
# The words of Python, of shells and of configure scripts for a program that is not there.
_CONFIG_PROGRAM = re.compile(
    r"(?:No such file or directory: '(?=[^'\s]{1,70}')"
    r"|(?:^|[\s`'\"/])(?=\S{1,70}(?:: (?:command )?| executable )not found))"
    r"([\w.+-]{1,60})(?<!pkg)([-_]config)(?![\w.+-])"
)
# What scripts of projects say of one library.
_NAMED = re.compile(
    r"(?i)(?:unable to|could ?n[o']t|can ?n?[o']t) (?:load|find|locate|link) (?:the )?(?:dependency|library) ['\"]?"
    r"([\w.+-]{2,60})(?<![.])"
)
# configure's own sentences: the library is the word that pkg-config has a description for.
_CONFIGURE = re.compile(
    r"configure: error: (.{0,300}(?:(?:[Cc]ould ?n[o']t|[Cc]an ?n?[o']t|[Uu]nable to) (?:find|locate|link)"
    r"|not (?:be )?found|not (?:installed|available|present)|missing|required|[Nn]eed|[Ii]nstall ).{0,300})"
)
_OF_LIBRARY = re.compile(r"(?i)librar|header|devel|-dev\b")
_WORD = re.compile(r"[A-Za-z][\w.+-]{2,}")
LARGEST_LOG = 4 << 20
OPTION = "--sysroot"
# In the hint for a header that no package brings this compiler.
OF_GCC = "GCC's own libraries, which zig does not have"


class GccHeaders(msgspec.Struct, frozen=True):
    """Headers that GCC brings with libraries of its own, by what these are for."""

    date: str
    sources: dict[str, str]
    headers: dict[str, tuple[str, ...]]


def with_cure(
    error: BuildFailedError, target: Target, given: SysrootSource | None, log: Path | None = None
) -> BuildFailedError:
    """Return the error of a build with what brings the library that it says is missing; else as it is.

    ``given`` is the sysroot that the build had: what it has already cures nothing. CMake's last words may be that
    variables are not set: then the log tells what was not found.
    """
    said = error.message
    if log is not None and _UNSET in said:
        said = read_head(log, LARGEST_LOG).decode(errors="replace")
    if own := _of_gcc(said):
        return BuildFailedError(error.message, meaning=error.meaning, hint=together(own, error.hint))
    what, package = _missing(said)
    if not what or OPTION in error.hint or _has(given, package):
        return error
    return BuildFailedError(
        error.message,
        meaning=f"{what} is not there: a build for another system sees no library of this machine",
        hint=together(
            f"the target needs a library of its own: {_cure(target, package, given)}", _to_run(said), error.hint
        ),
    )


def _of_gcc(said: str) -> str:
    """Return, as a hint, of which library of GCC's own a missing header is; empty where it is of none."""
    found = _HEADER.search(said)
    if not found:
        return ""
    headers = read_facts("toolchains/gcc-headers.json", GccHeaders).headers
    what = next((what for what, names in headers.items() if found[1] in names), "")
    return f"{found[1]} is of {OF_GCC}: build without it ({what})" if what else ""


def _to_run(said: str) -> str:
    """Return how a program is got that tells where its library lies: this machine runs it, whatever the target is."""
    found = _CONFIG_PROGRAM.search(said)
    if not found:
        return ""
    return f"and {found[1]}{found[2]} on this machine's PATH: folders that it names become the sysroot's"


def _missing(said: str) -> tuple[str, str]:
    """Return what a build says that it lacks of a library, and the Debian package with it where that is known."""
    if (found := _HEADER.search(said)) and not _is_own(found[1], said[: found.start()]):
        package = package_of_header(found[1]) or ""
        return (f"{found[1]}, a header of {package} in Debian," if package else ""), package
    if found := _PKG_CONFIG.search(said):
        name = found[1] or found[2]
        return f"{name}.pc", described_packages().get(name, "")
    if found := _LIBRARY.search(said) or _CMAKE.search(said):
        library = next(filter(None, found.groups()))
        return f"the library {library}", package_of_library(library) or ""
    if found := _CONFIG_PROGRAM.search(said):
        return f"{found[1]}{found[2]}, which tells where a library lies,", package_of_library(found[1]) or ""
    return _said_by_script(said)


def _said_by_script(said: str) -> tuple[str, str]:
    """Return the same for what a project's own script says in plain words."""
    if (found := _NAMED.search(said)) and (package := package_of_library(found[1])):
        return f"the library {found[1]}", package
    if found := _CONFIGURE.search(said):
        described, plain = described_packages(), plain_words()
        words = (word.lower().rstrip(".") for word in _WORD.findall(found[1]))
        forms = ("{}", "lib{}") if _OF_LIBRARY.search(found[1]) else ("{}",)
        names = (form.format(word) for word in words if word not in plain for form in forms)
        if name := next((each for each in names if each in described), None):
            return f"the library {name}", described[name]
    return "", ""


def _is_own(header: str, place: str) -> bool:
    """Return whether a header is missing from the library that asks for it: by a header in a folder of that name."""
    folder, _, name = header.partition("/")
    asking = _ASKING.search(place)
    return bool(name) and asking is not None and f"/{folder}/" in f"/{asking[1]}"


def library_hint(name: str, target: Target, given: SysrootSource | None) -> str:
    """Return where a library of this name comes from for a target; empty where no package is known, or none helps."""
    package = package_of_library(name)
    if not package or _has(given, package):
        return ""
    return f"the target needs a library of its own: {_cure(target, package, given)}"


def _has(given: SysrootSource | None, package: str) -> bool:
    return isinstance(given, DebianPackages) and package in given.packages


def _cure(target: Target, package: str, given: SysrootSource | None) -> str:
    """Return where a library for a target comes from, beside those that it has; Debian's own are for glibc."""
    place = f"add it to {given}" if isinstance(given, Path) else f"name its folder with {OPTION} DIR"
    own = f"build the library itself for this target and {place}"
    if target.libc != "gnu":
        way = for_glibc(target, [package]) if package and target.libc == "musl" else ""
        return f"{own}; or build for glibc: {way}" if way else own
    kept = given if isinstance(given, DebianPackages) else None
    packages = (*(kept.packages if kept else ()), *([package] if package else ()))
    release, note = (
        (f"{PREFIX}{kept.suite}", "") if kept and _has_all(kept, packages) else release_for(target, packages)
    )
    named = packages if package else (*packages, "PACKAGES")
    return f"{OPTION} {release}={','.join(named)}{note}; or {own}" if release else own


def _has_all(kept: DebianPackages, packages: Collection[str]) -> bool:
    """Return whether the suite of a sysroot has packages; of a suite that is not known it is taken to."""
    return not (kept.known and kept.known.version) or has_packages(kept.known.version, packages)
