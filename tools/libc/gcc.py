"""GCC's history: which release brought which version node of libstdc++ and libgcc_s, from the libstdc++ manual."""

from __future__ import annotations

import html
import re
import subprocess

from everylinux.errors import InputOutputError
from everylinux.loader.history import GccHistory
from everylinux.target import version_key
from everylinux.toolchains.debian_client import Client
from libc.releases import release_facts
from roots.store import development_cache

SUITE, ARCHITECTURE, MANUAL = "sid", "amd64", "libstdc++-16-doc"
_TAG = re.compile(r"<[^>]+>")
_ENTRY = re.compile(r"GCC (\d+\.\d+)(\.\d+)?: ((?:(?:GCC|GLIBCXX|CXXABI)_[0-9.]+(?:, )?)+)")
# The first releases whose libraries are those of today: libstdc++.so.6 and libgcc_s.so.1.
OLDEST = {"GLIBCXX": (3, 4), "CXXABI": (1, 3), "GCC": (3, 0)}


def gcc_history(date: str) -> GccHistory:
    """Return the release of each version node; raises `InputOutputError` when the manual does not tell."""
    facts = release_facts()
    nodes: dict[str, str] = {}
    for release, listed in _listed(_manual()):
        for node in listed:
            family, _, number = node.partition("_")
            if version_key(number)[:2] >= OLDEST[family]:
                nodes.setdefault(node, release)
    if not {"GLIBCXX_3.4.30", "CXXABI_1.3.13", "GCC_12.0.0"} <= nodes.keys():
        raise InputOutputError(f"the history of versions was not found in the manual {MANUAL}")
    nodes.update({node: release for node, release in facts.gcc_nodes.items() if node != "sources"})
    return GccHistory(
        date=date,
        sources={
            "nodes": f"the libstdc++ manual (ABI policy) in Debian's {MANUAL}; {facts.gcc_nodes['sources']}",
            "gcc": facts.sources["gcc"],
        },
        releases={release: facts.gcc.get(release, "") for release in sorted(set(nodes.values()), key=version_key)},
        nodes=dict(sorted(nodes.items(), key=lambda item: (item[0].partition("_")[0], _number(item[0])))),
    )


def _number(node: str) -> tuple[int, ...]:
    return version_key(node.partition("_")[2])


def _manual() -> str:
    client = Client(SUITE, ARCHITECTURE, development_cache() / "packages" / f"{SUITE}-{ARCHITECTURE}")
    (package,) = client.download((MANUAL,), dependencies=False)
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package.path)], stdout=subprocess.PIPE) as archive:
        done = subprocess.run(
            ["tar", "--extract", "--to-stdout", "--wildcards", "*/manual/abi.html"],
            check=True,
            stdin=archive.stdout,
            stdout=subprocess.PIPE,
        )
    return " ".join(html.unescape(_TAG.sub(" ", done.stdout.decode())).split())


def _listed(text: str) -> list[tuple[str, list[str]]]:
    """Return each release that the manual lists with its nodes; what ends in ``.0`` is written without it."""
    found = []
    for match in _ENTRY.finditer(text):
        # Since GCC 5 a series begins with N.1 (https://gcc.gnu.org/develop.html, "Version Numbering Scheme").
        patch = match[2] if match[2] and match[2] != ".0" else ""
        found.append((f"{match[1]}{patch}", [node.rstrip(".,") for node in match[3].split(", ") if node]))
    return found
