"""A sysroot of Debian packages: ``debian:12=libssl-dev,zlib1g-dev``.

The packages and what they depend on are fetched for the target's CPU, and their headers, libraries and descriptions
unpacked into a folder of the cache. What the compiler brings itself, made for the target's floor, is left out: glibc,
its and Linux's headers, GCC's own libraries. Nothing is installed or run.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import functools
import hashlib
import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import cache_directory, directory_made_whole, locked
from everylinux.debian_packages import has_packages
from everylinux.decoding import decoded, read_facts
from everylinux.errors import InputOutputError, UsageError
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from everylinux.archives.interface import Member
    from everylinux.archives.root import Root
    from everylinux.progress import Progress
    from everylinux.target import Target
    from everylinux.toolchains.debian_client import DownloadedPackage

PREFIX = "debian:"
EXAMPLE = "--sysroot debian:12=libssl-dev,zlib1g-dev"
MANIFEST = "everylinux-sysroot.json"
# What unpacking does is part of what a sysroot is: a change to it makes them anew.
FORMAT = 1
# Debian Policy 5.6.1: names of packages. Suites are folders of the archive.
PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+")
SUITE = re.compile(r"[a-z0-9][a-z0-9.-]*")
# The top folders that are links into /usr since Debian 12.
MERGED = ("lib", "lib32", "lib64")


class Suite(msgspec.Struct, frozen=True):
    """One suite: its name, its version (empty before its release), its release of glibc, and its CPUs."""

    name: str
    version: str
    glibc: str
    architectures: tuple[str, ...]


class SuiteFacts(msgspec.Struct, frozen=True):
    """The whole of ``debian-suites.json``, oldest first."""

    date: str
    sources: dict[str, str]
    suites: tuple[Suite, ...]


class PackageFacts(msgspec.Struct, frozen=True):
    """The whole of ``debian-packages.json``.

    ``present`` is what counts as installed, as deb-control(5) writes Provides; ``left_out`` are globs of the names of
    packages that are not unpacked, ``kept`` those of the paths that are.
    """

    date: str
    sources: dict[str, str]
    present: tuple[str, ...]
    left_out: tuple[str, ...]
    kept: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True):
    """What a sysroot was made of: each package's version, and the digest of its file."""

    suite: str
    architecture: str
    date: str
    packages: dict[str, str]
    digests: dict[str, str]


@functools.cache
def suites() -> tuple[Suite, ...]:
    """Return what is known about Debian's suites, oldest first."""
    return read_facts("toolchains/debian-suites.json", SuiteFacts).suites


@functools.cache
def _package_facts() -> PackageFacts:
    return read_facts("toolchains/debian-packages.json", PackageFacts)


@dataclass(frozen=True)
class DebianPackages:
    """Packages of one suite, as they were asked for."""

    suite: str
    packages: tuple[str, ...]

    def __str__(self) -> str:
        """Return them as they are written."""
        return f"{PREFIX}{self.suite}={','.join(self.packages)}"

    @property
    def known(self) -> Suite | None:
        """What is known about the suite: it is named by its version or its name."""
        return next((suite for suite in suites() if self.suite in (suite.version, suite.name)), None)


def parse_packages(text: str) -> DebianPackages:
    """Return what ``debian:SUITE=PACKAGE,…`` means; raises `UsageError`."""
    suite, _, names = text.removeprefix(PREFIX).partition("=")
    packages = tuple(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if not SUITE.fullmatch(suite) or not packages:
        raise UsageError(f"{text!r} names no Debian packages", hint=f"for instance: {EXAMPLE}")
    for name in packages:
        if not PACKAGE.fullmatch(name):
            raise UsageError(f"{name!r} is no name of a Debian package", hint=f"for instance: {EXAMPLE}")
    wanted = DebianPackages(suite, packages)
    if wanted.known is None and suite[0].isdigit():
        known = ", ".join(each.version for each in suites() if each.version)
        raise UsageError(f"Debian {suite} is not known", hint=f"known are {known}, and every suite by its name")
    return wanted


def check_target(wanted: DebianPackages, target: Target) -> None:
    """Raise `UsageError` for a target that Debian has no libraries for."""
    if target.libc != "gnu":
        raise UsageError(
            f"{wanted} serves gnu targets only, not {target.name}",
            meaning="Debian's libraries are made for glibc: in a program for another libc their symbols are undefined"
            " (__tls_get_addr@GLIBC_2.3), or two libcs end up in one process",
            hint="name gnu targets only (--libc gnu), or give a folder with libraries made for musl: --sysroot DIR",
        )
    suite = wanted.known
    if suite and target.debian not in suite.architectures:
        others = [f"debian:{each.version or each.name}" for each in suites() if target.debian in each.architectures]
        raise UsageError(
            f"Debian {wanted.suite} has no packages for {target.debian} ({target.name})",
            hint=f"{', '.join(others)} do" if others else "give a folder with libraries of that CPU: --sysroot DIR",
        )


def make_sysroot(wanted: DebianPackages, target: Target, progress: Progress, *, offline: bool) -> Path:
    """Return the folder of a sysroot for one target, made if it is not in the cache yet.

    Once made it stays as it is: its manifest says of what and when; removing the folder has it made anew.

    Raises `UsageError` for a target or a package that Debian does not have, `ToolMissingError` without apt,
    `InputOutputError` when the archive does not answer or, offline, when the sysroot is not there yet.
    """
    check_target(wanted, target)
    suite = wanted.known.name if wanted.known else wanted.suite
    facts = _package_facts()
    recipe = msgspec.json.encode((FORMAT, suite, target.debian, sorted(wanted.packages), facts.left_out, facts.kept))
    name = f"debian-{suite}-{target.debian}-{hashlib.sha256(recipe).hexdigest()[:12]}"
    folder = cache_directory("sysroots") / name
    with locked(folder):
        if folder.is_dir():
            return folder
        if offline:
            raise InputOutputError(
                f"{wanted} is not in the cache for {target.debian}",
                meaning="its packages were not fetched yet, and --offline forbids it now",
                hint="run the same command once without --offline",
            )
        progress.say(f"{target.name}: fetching {', '.join(wanted.packages)} and what they need from Debian's {suite}")
        from everylinux.toolchains.debian_client import Client

        client = Client(
            suite, target.debian, cache_directory("debian", f"{suite}-{target.debian}"), present=facts.present
        )
        packages = client.download(wanted.packages, dependencies=True)
        with directory_made_whole(folder) as partial:
            manifest = unpack_packages(packages, partial, suite, target.debian)
            (partial / MANIFEST).write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=1))
        progress.say(f"{target.name}: a sysroot of {len(manifest.packages)} Debian packages is in {folder}")
    return folder


def describe(wanted: DebianPackages, folder: Path) -> str:
    """Return what a sysroot was made of, in one line: the suite, and the version of each package asked for."""
    manifest = decoded((folder / MANIFEST).read_bytes(), Manifest)
    versions = [f"{name} {manifest.packages[name]}" for name in wanted.packages if name in manifest.packages]
    return f"{PREFIX}{manifest.suite} {', '.join(versions)}"


def releases_up_to(glibc: str) -> list[str]:
    """Return the releases whose libraries need no newer glibc than this, newest first, as ``debian:11``."""
    fitting = [each for each in suites() if each.version and version_key(each.glibc) <= version_key(glibc)]
    return [f"{PREFIX}{each.version}" for each in reversed(fitting)]


def release_for(target: Target, packages: Collection[str] = ()) -> tuple[str, str]:
    """Return the newest Debian with some packages whose libraries keep a target's floor, else the oldest and its cost.

    The first is as `--sysroot` takes it (``debian:12``), empty where no release has the CPU and all the packages.
    """
    released = _released(target, packages)
    keeping = [each for each in released if version_key(each.glibc) <= version_key(target.floor or "")]
    if keeping:
        return f"{PREFIX}{keeping[-1].version}", ""
    spelling, glibc = oldest_release(target, packages)
    return spelling, f", whose libraries need the floor {target.triple}.{glibc}" if spelling else ""


def oldest_release(target: Target, packages: Collection[str] = ()) -> tuple[str, str]:
    """Return the oldest Debian that has a target's CPU and some packages, as `--sysroot` takes it, and its glibc.

    Both are empty where there is none.
    """
    return next(((f"{PREFIX}{each.version}", each.glibc) for each in _released(target, packages)), ("", ""))


def for_glibc(target: Target, packages: Collection[str]) -> str:
    """Return the flags that build for glibc, with Debian's packages, what a target's own libc has no libraries for."""
    spelling, glibc = oldest_release(target, packages)
    twin = replace(target, libc="gnu", floor=glibc)
    return f"--target {twin.name} --sysroot {spelling}={','.join(packages)}" if spelling else ""


def _released(target: Target, packages: Collection[str]) -> list[Suite]:
    return [
        each
        for each in suites()
        if each.version and target.debian in each.architectures and has_packages(each.version, packages)
    ]


def unpack_packages(packages: Sequence[DownloadedPackage], folder: Path, suite: str, architecture: str) -> Manifest:
    """Unpack what a sysroot needs of these packages into an empty folder, mend its links, and return the manifest.

    Raises `InputOutputError` for a package that is damaged or larger than it may be.
    """
    from everylinux.toolchains.sysroot.links import mend

    (folder / "usr").mkdir()
    for name in MERGED:
        (folder / "usr" / name).mkdir()
        (folder / name).symlink_to(f"usr/{name}")
    left_out = _package_facts().left_out
    used = [each for each in packages if not any(fnmatch.fnmatchcase(each.name, pattern) for pattern in left_out)]
    for package in used:
        _unpack(package, folder)
    mend(folder)
    for name in MERGED:
        if not any((folder / "usr" / name).iterdir()):
            (folder / name).unlink()
            (folder / "usr" / name).rmdir()
    return Manifest(
        suite=suite,
        architecture=architecture,
        date=dt.datetime.now(dt.UTC).date().isoformat(),
        packages={package.name: package.version for package in used},
        digests={package.name: hashlib.sha256(package.path.read_bytes()).hexdigest() for package in used},
    )


def _unpack(package: DownloadedPackage, folder: Path) -> None:
    from everylinux.archives.budget import Budget
    from everylinux.archives.errors import ArchiveError, RefusedError
    from everylinux.archives.root import Root
    from everylinux.archives.streams import open_regular
    from everylinux.inputs.packages import open_package

    budget = Budget(package.path.stat().st_size)
    root = Root(folder, budget)
    try:
        with open_regular(package.path) as file:
            opened = open_package(file, "deb", package.path.name, budget)
            for member in opened.members if opened else ():
                place = _place(member.name)
                if place and any(fnmatch.fnmatchcase(place, pattern) for pattern in _package_facts().kept):
                    _write(root, member, place)
    except (ArchiveError, RefusedError) as error:
        raise InputOutputError(
            f"{package.path.name}: {error}",
            meaning="the package is damaged or hostile",
            hint=f"remove {package.path}",
        ) from error


def _place(name: str) -> str:
    """Return where a member lies when /lib is a link to /usr/lib."""
    place = posixpath.normpath(f"/{name}").lstrip("/")
    return f"usr/{place}" if place.partition("/")[0] in MERGED else place


def _write(root: Root, member: Member, place: str) -> None:
    if member.kind == "file":
        root.file(place, 0o644, b"", member.content)
    elif member.kind == "symlink":
        root.symlink(place, member.target)
    elif member.kind == "hardlink":
        target = _place(member.target)
        there = root.place(target)
        # It leads to what was not kept, which a sysroot does not need either.
        if there is not None and root.status(there) is not None:
            root.hardlink(place, target)
