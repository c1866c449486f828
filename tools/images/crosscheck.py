"""How far builds that documents tell can be trusted: each release that was measured is also derived, and compared.

A release that Debian has is put together from the next newer build, as if it were known from documents only. What
differs is sorted by the explanations of ``differences.json``; what none explains is an error.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.cache import write_atomically
from everylinux.images.summary import releases_of
from everylinux.target import facts
from images.documented import documented_facts
from images.templates import GCC_LIBRARIES, derived_gcc, derived_glibc, measured_root, musl_library
from roots.declaration import declaration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.images.measure import MeasuredLibrary

    Pair = tuple[list[MeasuredLibrary], list[MeasuredLibrary]]

FILE = Path(__file__).with_name("differences.json")
MOST_EXAMPLES = 5


class Explanation(msgspec.Struct, frozen=True):
    """Why some symbols differ: regular expressions of the library and of ``symbol@version``, and in which direction.

    ``kind`` is ``measured`` for what only the real build has, ``derived`` for what only the derived one has, ``moved``
    for what the real libc has instead, ``default`` for another default version.
    """

    name: str
    kind: str
    library: str
    symbol: str
    because: str


class Differences(msgspec.Struct, frozen=True):
    """The whole of ``differences.json``: explanations, and how many symbols of each pair they explain.

    ``found`` maps ``glibc 2.31 amd64`` to the counts by explanation, ``examples`` an explanation to some symbols.
    """

    date: str
    explanations: tuple[Explanation, ...]
    found: dict[str, dict[str, int]]
    examples: dict[str, tuple[str, ...]]


def read_differences() -> Differences:
    """Return what was found last time."""
    return msgspec.json.decode(FILE.read_bytes(), type=Differences)


def write_differences(differences: Differences) -> None:
    """Keep what was found."""
    write_atomically(FILE, msgspec.json.format(msgspec.json.encode(differences), indent=1) + b"\n")


def compare_all(known: Differences, date: str) -> tuple[Differences, list[str]]:
    """Compare every release that can be had twice; return the result and what no explanation fits."""
    found: dict[str, dict[str, int]] = {}
    examples: dict[str, set[str]] = defaultdict(set)
    unexplained: list[str] = []
    for pair, (measured, derived) in sorted(_pairs().items()):
        counts: dict[str, int] = defaultdict(int)
        for kind, library, symbol in _differing(measured, derived):
            explanation = _explanation(known.explanations, kind, library, symbol)
            if explanation is None:
                unexplained.append(f"{pair}: only {kind}: {library} {symbol}")
            else:
                counts[explanation.name] += 1
                examples[explanation.name].add(f"{library} {symbol}")
        found[pair] = dict(sorted(counts.items()))
    fresh = Differences(
        date=date,
        explanations=known.explanations,
        found=found,
        examples={name: tuple(sorted(some)[:MOST_EXAMPLES]) for name, some in sorted(examples.items())},
    )
    return (known if msgspec.structs.replace(fresh, date=known.date) == known else fresh), unexplained


def _pairs() -> dict[str, Pair]:
    """Return the measured and the derived libraries of each release and architecture."""
    pairs: dict[str, Pair] = {}
    known = {cpu.debian for cpu in facts().cpus}
    for older, newer in itertools.pairwise(declaration().suites):
        for architecture in sorted({*declaration().suites[older]} & {*declaration().suites[newer]} & known):
            pairs |= _glibc_pair(older, newer, architecture)
            pairs |= _gcc_pair(older, newer, architecture)
    for release, musl in documented_facts().musl.items():
        for architecture in declaration().suites[musl.suite]:
            library = next(one for one in _libraries("alpine-like", musl.suite, architecture) if one.name == "musl")
            if library.build.loader and library.build.loader.version == release:
                pairs[f"musl {release} {architecture}"] = ([library], [musl_library(release, musl, architecture)])
    return pairs


def _glibc_pair(older: str, newer: str, architecture: str) -> dict[str, Pair]:
    measured = measured_root(f"distroless-base-{older}-{architecture}")
    template = measured_root(f"distroless-base-{newer}-{architecture}")
    release = releases_of([measured])["glibc"]
    derived = list(derived_glibc(template, release, release, architecture, ()))
    return {f"glibc {release} {architecture}": (list(measured.libraries.values()), derived)}


def _gcc_pair(older: str, newer: str, architecture: str) -> dict[str, Pair]:
    measured = measured_root(f"distroless-cc-{older}-{architecture}")
    template = measured_root(f"distroless-cc-{newer}-{architecture}")
    newest = releases_of([measured])["GLIBCXX"]
    known = documented_facts()
    name = next(name for name, gcc in known.gcc.items() if newest == gcc.GLIBCXX)
    real = [library for library in measured.libraries.values() if library.name in GCC_LIBRARIES]
    return {f"gcc {name} {architecture}": (real, list(derived_gcc(template, known, name, architecture)))}


def _libraries(flavour: str, suite: str, architecture: str) -> Iterable[MeasuredLibrary]:
    return measured_root(f"{flavour}-{suite}-{architecture}").libraries.values()


def _differing(
    measured: Iterable[MeasuredLibrary], derived: Iterable[MeasuredLibrary]
) -> Iterable[tuple[str, str, str]]:
    """Return what only one of the two has: libraries, version nodes, symbols by version; and other default versions.

    A symbol that the derived build has in another library than libc, although it is in libc by then, is ``moved``: libc
    is always loaded, and lookups do not ask in which library a symbol is.
    """
    real, made = ({library.name: library for library in libraries} for libraries in (measured, derived))
    libc = _symbols(real["libc.so.6"]).keys() if "libc.so.6" in real else set()
    for name in sorted({*real, *made}):
        if name not in real or name not in made:
            yield ("measured" if name in real else "derived"), name, "(the library)"
            continue
        ours, theirs = _symbols(made[name]), _symbols(real[name])
        for symbol in sorted(theirs.keys() - ours.keys()):
            yield "measured", name, symbol
        for symbol in sorted(ours.keys() - theirs.keys()):
            yield ("moved" if symbol in libc else "derived"), name, symbol
        for symbol in sorted(ours.keys() & theirs.keys()):
            if ours[symbol] != theirs[symbol]:
                yield "default", name, symbol


def _symbols(library: MeasuredLibrary) -> dict[str, bool]:
    """Return symbols by version and version nodes, and whether each is hidden."""
    nodes = {f"node {node}": False for node in library.build.version_definitions}
    symbols = {f"{symbol}@{export.version or ''}".rstrip("@"): export.hidden for symbol, export in library.exports}
    return {**nodes, **symbols}


def _explanation(known: Iterable[Explanation], kind: str, library: str, symbol: str) -> Explanation | None:
    return next(
        (
            one
            for one in known
            if one.kind == kind and _pattern(one.library).fullmatch(library) and _pattern(one.symbol).fullmatch(symbol)
        ),
        None,
    )


@functools.cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)
