"""Images that documents tell about: releases of their C and C++ libraries, put together from derived builds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.images.environment import WITHOUT_SPLIT
from everylinux.images.measure import Measured, MeasuredLibrary
from everylinux.images.stored import LibraryBuild, Listing
from everylinux.images.stored import Platform as StoredPlatform
from everylinux.images.summary import libc_of, releases_of
from everylinux.target import facts, version_key
from images.measured import measured_facts
from images.surroundings import surrounded
from images.templates import OR_NEWER, gcc_libraries, glibc_libraries, measured_root, musl_library, suite_libraries
from roots.declaration import declaration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from everylinux.elf.file import Identity
    from everylinux.images.shelf import Shelf
    from everylinux.target import Cpu

ENV = "/usr/bin/env"


class Gcc(msgspec.Struct, frozen=True):
    """The newest node of each family in a GCC release, and nodes that it does not have although they bear no number."""

    GLIBCXX: str
    CXXABI: str
    GCC: str
    without: tuple[str, ...]


class Late(msgspec.Struct, frozen=True):
    """A symbol that a GCC release added under an old node, and where."""

    since: str
    architectures: tuple[str, ...]


class Musl(msgspec.Struct, frozen=True, rename={"present": "with"}):
    """How a musl release differs from Debian's build in a suite: names that are not in it, names that are."""

    suite: str
    without: tuple[str, ...]
    present: tuple[str, ...]


class Layout(msgspec.Struct, frozen=True):
    """Where a distribution keeps libraries.

    ``folders`` are there in each image, ``directories`` are its loader's, empty for those of Debian's build.
    """

    folders: tuple[str, ...]
    links: dict[str, str]
    libraries: str
    directories: tuple[str, ...]


class AtLeast(msgspec.Struct, frozen=True):
    """Libraries that are as in a Debian suite or newer: what those offer is there, the rest is unknown.

    ``libraries`` are glob patterns of their names. ``exact``: they are the suite's own files.
    """

    suite: str
    exact: bool
    libraries: tuple[str, ...]


class DocumentedImage(msgspec.Struct, frozen=True):
    """One image.

    ``release`` is its libc's, ``gcc`` that of its C++ runtime; a ``+`` behind one means that it may be newer.
    ``libraries`` are known to be there, their symbols are not; ``lists_libraries``: there are no others; ``complete``:
    nothing else at all is there. ``coreutils`` is the release whose ``env`` is there, where it is known to be old.
    """

    name: str
    aliases: tuple[str, ...]
    family: str
    architectures: tuple[str, ...]
    layout: str
    libc: str
    release: str
    gcc: str | None
    at_least: AtLeast | None
    libraries: tuple[str, ...]
    commands: tuple[str, ...]
    complete: bool
    lists_libraries: bool
    source: str
    note: str
    coreutils: str = ""


class DocumentedFacts(msgspec.Struct, frozen=True):
    """The whole of ``documented.json``.

    ``gcc_late`` are symbols as ``name@version``; ``env_splits_since`` is the release of coreutils that brought ``-S``.
    """

    date: str
    sources: dict[str, str]
    gcc: dict[str, Gcc]
    gcc_late: dict[str, Late]
    musl: dict[str, Musl]
    env_splits_since: str
    commands: dict[str, tuple[str, ...]]
    layouts: dict[str, Layout]
    images: tuple[DocumentedImage, ...]


def documented_facts() -> DocumentedFacts:
    """Return what documents tell."""
    return msgspec.json.decode(Path(__file__).with_name("documented.json").read_bytes(), type=DocumentedFacts)


def add_documented(shelf: Shelf) -> None:
    """Put together every documented image, and keep it in the shelf."""
    known = documented_facts()
    for image in known.images:
        print(image.name)
        platforms = {
            measured_facts().platforms[architecture]: surrounded(image.name, _platform(known, image, architecture))
            for architecture in image.architectures
        }
        listing = Listing(
            name=image.name,
            family=image.family,
            platforms=tuple(sorted(platforms)),
            libc=libc_of(platforms.values()),
            provenance="documented",
            date=known.date,
            source=image.source,
            aliases=image.aliases,
            releases=_releases(image, platforms.values()),
            note=image.note,
        )
        shelf.add_image(listing, platforms, complete=image.complete, lists_libraries=image.lists_libraries)


def documented_musls() -> Iterator[MeasuredLibrary]:
    """Return every musl release for every architecture that Debian has it for."""
    for release, musl in documented_facts().musl.items():
        for architecture in declaration().suites[musl.suite]:
            yield musl_library(release, musl, architecture)


def _platform(known: DocumentedFacts, image: DocumentedImage, architecture: str) -> Measured:
    layout = known.layouts[image.layout]
    libraries: dict[str, MeasuredLibrary] = {}
    links = dict(layout.links)
    if image.libc == "musl":
        interpreter = _cpu(architecture).libcs["musl"].interpreter
        libraries[interpreter] = musl_library(image.release, known.musl[image.release], architecture)
        links[interpreter.replace("ld-musl-", "libc.musl-")] = interpreter.rpartition("/")[2]
    elif image.libc == "glibc":
        for library in glibc_libraries(image.release, architecture, layout.directories):
            libraries[f"{layout.libraries}/{library.name}"] = library
            if library.build.loader:
                _link_interpreter(links, layout, _cpu(architecture).libcs["gnu"].interpreter, library.name)
    if image.gcc:
        for library in gcc_libraries(known, image.gcc, architecture):
            libraries[f"{layout.libraries}/{library.name}"] = library
    identity = _identity(architecture)
    if image.at_least:
        since = image.at_least
        for library in suite_libraries(since.suite, since.libraries, architecture, exact=since.exact):
            libraries[f"{layout.libraries}/{library.name}"] = library
    for name in image.libraries:
        libraries.setdefault(f"{layout.libraries}/{name}", _unknown_library(name, architecture, identity))
    multiarch = measured_root(f"distroless-base-{_suite(architecture)}-{architecture}").platform.tuple
    return Measured(
        StoredPlatform(tuple=multiarch, identity=identity),
        {"folders": dict.fromkeys(layout.folders, ""), "links": links, "programs": _programs(known, image)},
        libraries,
    )


def _programs(known: DocumentedFacts, image: DocumentedImage) -> dict[str, str]:
    programs = {path: "" for group in image.commands for path in known.commands[group]}
    if image.coreutils and version_key(image.coreutils) < version_key(known.env_splits_since):
        programs[ENV] = WITHOUT_SPLIT
    return programs


def _cpu(architecture: str) -> Cpu:
    return next(cpu for cpu in facts().cpus if cpu.debian == architecture)


def _unknown_library(name: str, architecture: str, identity: Identity) -> MeasuredLibrary:
    """Return a library of which only the name is known."""
    build = LibraryBuild(
        id=f"unknown-{architecture}", identity=identity, kind="shared-object", soname=name, complete=False
    )
    return MeasuredLibrary(name, build, (), ())


def _releases(image: DocumentedImage, platforms: Iterable[Measured]) -> dict[str, str]:
    """Return the releases as they are shown: with the sign that says that they may be newer."""
    maybe_newer = {"glibc": image.release, "GLIBCXX": image.gcc or ""}
    return {
        name: release + OR_NEWER if maybe_newer.get(name, "").endswith(OR_NEWER) else release
        for name, release in releases_of(platforms).items()
    }


def _link_interpreter(links: dict[str, str], layout: Layout, interpreter: str, name: str) -> None:
    """Add the loader at the path that programs name, unless the folders' links lead there already."""
    folder = interpreter.rpartition("/")[0]
    real = f"/{links[folder]}" if folder in links else folder
    if real != layout.libraries:
        links[f"{real}/{name}"] = f"{layout.libraries}/{name}"


def _identity(architecture: str) -> Identity:
    identity = measured_root(f"distroless-base-{_suite(architecture)}-{architecture}").platform.identity
    if identity is None:
        raise LookupError(f"no ELF file was found for {architecture}")
    return identity


def _suite(architecture: str) -> str:
    return "trixie" if architecture in declaration().suites["trixie"] else "bookworm"
