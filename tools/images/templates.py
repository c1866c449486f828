"""Libraries of a documented release, derived from a measured build of a newer one.

Both glibc and GCC put what a release adds under version nodes of that release, and never take a symbol away. So a
newer build without the newer nodes offers what the release offered. In which library glibc's symbols were before 2.34,
where no build of that time could be measured, comes from the ABI lists; so does what releases newer than any measured
build add.
"""

from __future__ import annotations

import fnmatch
import functools
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from everylinux.elf.file import Export, LoaderFacts
from everylinux.errors import InputOutputError
from everylinux.images.measure import Measured, MeasuredLibrary, measure
from everylinux.images.summary import releases_of
from everylinux.target import facts, version_key
from images.abilists import glibc_symbols
from libc.releases import release_facts
from roots import make_root, read_manifest
from roots.declaration import declaration

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from images.documented import DocumentedFacts, Musl

_NODE = re.compile(r"(?P<family>[A-Z][A-Z0-9_]*?)_(?P<version>\d+(?:\.\d+)*)")
OR_NEWER = "+"
# glibc 2.33 NEWS: glibc-hwcaps.
HWCAPS_SINCE = "2.33"
# glibc 2.34 NEWS: libpthread, libdl, libutil and libanl became part of libc.
MERGED_SINCE = "2.34"
LIBANL = "libanl.so.1"
GCC_LIBRARIES = ("libstdc++.so.6", "libgcc_s.so.1")
FUNCTION = 2


@functools.cache
def measured_root(root: str) -> Measured:
    """Return what a root holds; it is made for one architecture, and one without any ELF file fits them all."""
    return measure(make_root(root), read_manifest(root).packages)[0]


def glibc_libraries(release: str, architecture: str, directories: tuple[str, ...]) -> Iterator[MeasuredLibrary]:
    """Return the libraries of a glibc release; ``directories`` are where its loader looks, empty for Debian's.

    A release that ends in ``+`` may be a newer one: what it does not list is unknown.
    """
    template = _template("distroless-base", "glibc", release.removesuffix(OR_NEWER), architecture)
    return derived_glibc(template, release, release.removesuffix(OR_NEWER), architecture, directories)


def derived_glibc(
    template: Measured, name: str, release: str, architecture: str, directories: tuple[str, ...]
) -> Iterator[MeasuredLibrary]:
    """Return the libraries of a glibc release, derived from a measured build; ``name`` is how it is called."""
    newest = releases_of([template])["glibc"]
    merged = version_key(release) < version_key(MERGED_SINCE) <= version_key(newest)
    for library in template.libraries.values():
        exports = tuple(_listed(library, release, architecture) if merged else _filtered(library, release))
        added = _added(library, newest, release, architecture)
        exports = _with_added(exports, added)
        since = release_facts().libraries.get(library.name, "0")
        if (not exports and library.exports) or version_key(since) > version_key(release):
            continue  # it came with a later release
        nodes = tuple(node for node in library.build.version_definitions if _in_glibc(node, release))
        asked_for = {export.version for _, export in exports if export.version}
        if merged and library.name == "libc.so.6":
            # What moved in with 2.34 brought nodes that were not there before.
            nodes = tuple(node for node in nodes if node in asked_for or not _NODE.fullmatch(node))
        nodes += tuple(sorted(asked_for - {*nodes}, key=_node_key))
        loader = library.build.loader
        label = f"glibc-{name}-{architecture}"
        if loader:
            label += f"-{directories[0].strip('/')}" if directories else ""
            hwcaps = loader.hwcaps if version_key(release) >= version_key(HWCAPS_SINCE) else ()
            loader = LoaderFacts(loader.libc, release, directories or loader.directories, hwcaps)
        yield _derived(library, label, exports, nodes, loader)


def gcc_libraries(known: DocumentedFacts, name: str, architecture: str) -> Iterator[MeasuredLibrary]:
    """Return libstdc++ and libgcc_s of a GCC release; one that ends in ``+`` may be a newer one."""
    newest = known.gcc[name.removesuffix(OR_NEWER)].GLIBCXX
    return derived_gcc(_template("distroless-cc", "GLIBCXX", newest, architecture), known, name, architecture)


def derived_gcc(template: Measured, known: DocumentedFacts, name: str, architecture: str) -> Iterator[MeasuredLibrary]:
    """Return libstdc++ and libgcc_s of a GCC release, derived from a measured build."""
    release = name.removesuffix(OR_NEWER)
    gcc = known.gcc[release]
    newest = {"GLIBCXX": gcc.GLIBCXX, "CXXABI": gcc.CXXABI, "GCC": gcc.GCC}
    late = {
        symbol
        for symbol, one in known.gcc_late.items()
        if architecture in one.architectures and version_key(release) < version_key(one.since)
    }

    def belongs(node: str | None) -> bool:
        if node is None or node in gcc.without:
            return node is None
        match = _NODE.fullmatch(node)
        # GLIBCXX_LDBL and GLIBCXX_IEEE128, of CPUs with several kinds of long double, are numbered like GLIBCXX.
        limit = newest.get(match["family"].partition("_")[0]) if match else None
        return match is None or limit is None or version_key(match["version"]) <= version_key(limit)

    for library in template.libraries.values():
        if library.name in GCC_LIBRARIES:
            exports = tuple(
                (symbol, export)
                for symbol, export in library.exports
                if belongs(export.version) and f"{symbol}@{export.version}" not in late
            )
            nodes = tuple(node for node in library.build.version_definitions if belongs(node))
            yield _derived(library, f"gcc-{name}-{architecture}", exports, nodes, None)


def musl_library(release: str, musl: Musl, architecture: str) -> MeasuredLibrary:
    """Return the C library of a musl release, without what Debian changed in it."""
    measured = measured_root(f"alpine-like-{musl.suite}-{architecture}")
    library = next(one for one in measured.libraries.values() if one.name == "musl")
    exports = [(symbol, export) for symbol, export in library.exports if symbol not in musl.without]
    exports += [(symbol, Export(type=FUNCTION)) for symbol in musl.present]
    loader = library.build.loader
    if loader is None:
        raise InputOutputError(f"musl of {musl.suite} {architecture} does not say that it is a loader")
    facts_then = LoaderFacts(loader.libc, release, loader.directories)
    return _derived(library, f"musl-{release}-{architecture}", tuple(sorted(exports)), (), facts_then)


def suite_libraries(suite: str, names: tuple[str, ...], architecture: str, *, exact: bool) -> Iterator[MeasuredLibrary]:
    """Return libraries of a Debian suite as what a newer one offers at least; none where the suite lacks the CPU.

    ``names`` are glob patterns; ``exact`` gives the suite's own files.
    """
    if architecture not in declaration().suites[suite]:
        return
    for library in measured_root(f"debian-{suite}-{architecture}").libraries.values():
        if not any(fnmatch.fnmatchcase(library.name, name) for name in names):
            continue
        if exact:
            yield library
        else:
            nodes = library.build.version_definitions
            derived = _derived(library, f"{suite}{OR_NEWER}-{architecture}", library.exports, nodes, None)
            # What the newer build needs is not known; it is there, as the image's own programs start.
            yield replace(derived, build=msgspec.structs.replace(derived.build, needed=()))


def _template(flavour: str, what: str, release: str, architecture: str) -> Measured:
    """Return the oldest measured root that has at least this release of something, else the newest."""
    suites = [suite for suite, known in declaration().suites.items() if architecture in known]
    roots = [measured_root(f"{flavour}-{suite}-{architecture}") for suite in suites]
    roots.sort(key=lambda measured: version_key(releases_of([measured])[what]))
    newer = [measured for measured in roots if version_key(releases_of([measured])[what]) >= version_key(release)]
    return newer[0] if newer else roots[-1]


def _node_key(node: str | None) -> tuple[int, ...]:
    match = _NODE.fullmatch(node or "")
    return version_key(match["version"]) if match else ()


def _in_glibc(node: str | None, release: str) -> bool:
    """Return whether a glibc release has a version node; nodes of other families have no release."""
    since = release_facts().nodes.get(node or "")
    if since:
        return version_key(release) >= version_key(since)
    match = _NODE.fullmatch(node or "")
    if match and match["family"] == "GLIBC":
        return version_key(match["version"]) <= version_key(release)
    return node is None or not node.startswith("GLIBC_ABI_")


def _filtered(library: MeasuredLibrary, release: str) -> Iterator[tuple[str, Export]]:
    """Return a library's symbols without those of later releases; the newest version left is the default one."""
    kept: dict[str, list[Export]] = defaultdict(list)
    for symbol, export in library.exports:
        if _in_glibc(export.version, release):
            kept[symbol].append(export)
    with_default = {symbol for symbol, export in library.exports if not export.hidden}
    for symbol, exports in sorted(kept.items()):
        if symbol in with_default and all(export.hidden for export in exports):
            newest = max(exports, key=lambda export: _node_key(export.version))
            exports[exports.index(newest)] = newest._replace(hidden=False)
        for export in exports:
            yield symbol, export


def _listed(library: MeasuredLibrary, release: str, architecture: str) -> Iterator[tuple[str, Export]]:
    """Return a library's symbols by the ABI lists where it is in them: before 2.34 they were in other libraries."""
    listed = _abi_list(library.name, architecture)
    kept = list(_filtered(library, release))
    if listed is None:
        yield from kept
        return
    types = {symbol: export.type for symbol, export in library.exports}
    newest = max(version for versions in listed.values() for version in versions)
    public = []
    for symbol, versions in listed.items():
        known = sorted(version for version in versions if version <= (*version_key(release), 0))
        kind = types.get(symbol, FUNCTION)
        public += [(symbol, Export(_node(version), version != known[-1], kind)) for version in known]
    unlisted = [(symbol, export) for symbol, export in kept if not _is_listed(export.version, newest)]
    yield from sorted(unlisted + public)


def _added(library: MeasuredLibrary, measured: str, release: str, architecture: str) -> tuple[tuple[str, Export], ...]:
    """Return what the ABI lists add to a build up to a release that is newer than it."""
    types = {symbol: export.type for symbol, export in library.exports}
    added = []
    for symbol, versions in (_abi_list(library.name, architecture) or {}).items():
        newer = sorted(
            version for version in versions if version_key(measured) < _short(version) <= version_key(release)
        )
        kind = types.get(symbol, FUNCTION)
        added += [(symbol, Export(_node(version), version != newer[-1], kind)) for version in newer]
    return tuple(sorted(added))


def _with_added(
    exports: tuple[tuple[str, Export], ...], added: tuple[tuple[str, Export], ...]
) -> tuple[tuple[str, Export], ...]:
    """Return symbols with newer versions of some of them, which become their default."""
    names = {symbol for symbol, _ in added}
    kept = [(symbol, export._replace(hidden=True) if symbol in names else export) for symbol, export in exports]
    return tuple(sorted([*kept, *added]))


def _short(version: tuple[int, int, int]) -> tuple[int, ...]:
    return version if version[2] else version[:2]


def _is_listed(node: str | None, newest: tuple[int, int, int]) -> bool:
    """Return whether the ABI lists tell about a version node: neither private ones nor those of a later release."""
    match = _NODE.fullmatch(node or "")
    return bool(match and match["family"] == "GLIBC" and version_key(match["version"]) <= newest)


@functools.cache
def _abi_list(name: str, architecture: str) -> Mapping[str, set[tuple[int, int, int]]] | None:
    cpu = next((cpu for cpu in facts().cpus if cpu.debian == architecture), None)
    if cpu is None:
        return None
    target = f"{cpu.name}-linux-{cpu.libcs['gnu'].abi}"
    listed = glibc_symbols(release_facts().wheel)
    if name == LIBANL:
        oldest = min(since for versions in listed[target, "c"].values() for since in versions)
        major, minor, patch = version_key(release_facts().libanl.since)
        return {symbol: {max(oldest, (major, minor, patch))} for symbol in release_facts().libanl.names}
    short = "ld" if name.startswith("ld") else name.removeprefix("lib").partition(".so")[0]
    return listed.get((target, short))


def _node(version: tuple[int, int, int]) -> str:
    """Return the node's name as glibc writes it: a third number only where it is not zero."""
    return "GLIBC_" + ".".join(str(part) for part in _short(version))


def _derived(
    library: MeasuredLibrary,
    build: str,
    exports: tuple[tuple[str, Export], ...],
    nodes: tuple[str, ...],
    loader: LoaderFacts | None,
) -> MeasuredLibrary:
    """Return a library as documents know it: what it offers, not how it was built or what it needs of its own libc."""
    facts_then = msgspec.structs.replace(
        library.build,
        id=build,
        complete=OR_NEWER not in build,  # the release is part of the name
        size=0,
        relr=False,
        version_needs=(),
        version_definitions=nodes,
        relocation_types=(),
        loader=loader,
    )
    return MeasuredLibrary(library.name, facts_then, exports, ())
