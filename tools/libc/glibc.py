"""glibc's history, from the ABI lists of two wheels: the newest lists, and those that have CPUs left out since."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from everylinux.loader.history import GlibcHistory, GlibcRow, ListedIdentity
from everylinux.target import version_key
from images.abilists import AbiListError, glibc_symbols
from libc.releases import release_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

Since = dict[str, tuple[int, ...]]
ANL = "anl"


def glibc_history(date: str) -> GlibcHistory:
    """Return the versions of every symbol; raises `AbiListError` where the two wheels contradict each other."""
    facts = release_facts()
    cpus = tuple(facts.cpus)
    found: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    births: dict[str, str] = {}
    for number, (cpu, listed) in enumerate(facts.cpus.items()):
        libraries = _libraries(listed.list)
        oldest = min(version for names in libraries.values() for since in names.values() for version in since)
        births[cpu] = _text(oldest)
        for library, names in libraries.items():
            for name, versions in names.items():
                for version in versions:
                    found[library, name][_text(version)].add(number)
        for name in facts.libanl.names:
            # It became part of libc with the others (2.34 NEWS): CPUs that came later never had it.
            if version_key(births[cpu]) < (2, 34):
                since = max(births[cpu], facts.libanl.since, key=version_key)
                found[ANL, name][since].add(number)
    return GlibcHistory(
        date=date,
        sources={
            "symbols": f"lib/libc/glibc/abilists of ziglang {facts.wheel} and of the installed one, which agree",
            **{name: facts.sources[name] for name in ("glibc", "nodes", "libanl")},
        },
        releases=facts.glibc,
        cpus={name: ListedIdentity(cpu.machine, cpu.bits, cpu.endian) for name, cpu in facts.cpus.items()},
        births={cpu: births[cpu] for cpu in cpus},
        nodes=facts.nodes,
        rows=_rows(found),
    )


def _libraries(target: str) -> dict[str, dict[str, set[tuple[int, int, int]]]]:
    """Return the symbols of each library, from the newest lists that have the target."""
    newest, installed = glibc_symbols(release_facts().wheel), glibc_symbols()
    limit = max(version for names in installed.values() for since in names.values() for version in since)
    found = {}
    for library in sorted({library for listed, library in {**newest, **installed} if listed == target}):
        new, old = newest.get((target, library), {}), installed.get((target, library), {})
        if new and old and _until(new, limit) != _until(old, limit):
            raise AbiListError(f"the lists of the two wheels differ for {library} on {target}")
        found[library] = new or old
    return found


def _until(
    names: Mapping[str, set[tuple[int, int, int]]], limit: tuple[int, int, int]
) -> dict[str, set[tuple[int, int, int]]]:
    kept = {name: {version for version in since if version <= limit} for name, since in names.items()}
    return {name: since for name, since in kept.items() if since}


def _rows(found: Mapping[tuple[str, str], Mapping[str, set[int]]]) -> tuple[GlibcRow, ...]:
    """Group the names that have the same history."""
    grouped: dict[tuple[str, tuple[tuple[str, tuple[int, ...]], ...]], list[str]] = defaultdict(list)
    for (library, name), since in sorted(found.items()):
        ordered = sorted(since.items(), key=lambda item: version_key(item[0]))
        grouped[library, tuple((version, tuple(sorted(members))) for version, members in ordered)].append(name)
    return tuple(GlibcRow(library, dict(since), " ".join(names)) for (library, since), names in sorted(grouped.items()))


def _text(version: tuple[int, int, int]) -> str:
    return ".".join(str(part) for part in (version if version[2] else version[:2]))
