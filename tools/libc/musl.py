"""musl's history, from the symbols of each release in the catalogue, and the check of the release that is derived."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict

from everylinux.errors import InputOutputError
from everylinux.images.catalogue import musl_symbols, musl_versions
from everylinux.loader.history import MuslHistory, MuslRow
from everylinux.target import facts, version_key
from images.wheels import wheel_file
from libc.releases import release_facts

# The wheels whose musl is the release that no Debian suite has; their stub library lists what that release offers.
WHEELS = {"1.2.4": "0.12.1"}
# The CPU of which most releases are known.
WIDEST = "x86_64"
STUB_CPU = ("aarch64", ("ARCH_aarch64", "PTR64"))


def musl_history(date: str) -> MuslHistory:
    """Return the first and the last release of every symbol; raises `InputOutputError` where the sources differ."""
    for release, wheel in WHEELS.items():
        check_against_wheel(release, wheel)
    cpus = [cpu.name for cpu in facts().cpus]
    releases = sorted({release for cpu in cpus for release in musl_versions(cpu)}, key=version_key)
    spans: dict[str, dict[tuple[str, str], list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, cpu in enumerate(cpus):
        known = musl_versions(cpu)
        there: dict[str, list[str]] = defaultdict(list)
        for release in known:
            for name in musl_symbols(release, cpu):
                there[name].append(release)
        for name, having in there.items():
            if having != list(known[known.index(having[0]) : known.index(having[-1]) + 1]):
                raise InputOutputError(f"musl had {name} on {cpu}, lost it and has it again: {having}")
            first = having[0] if having[0] != known[0] else _before(name, known[0])
            spans[name][first, having[-1] if having[-1] != known[-1] else ""].append(number)
    grouped: dict[tuple[tuple[tuple[str, str], tuple[int, ...]], ...], list[str]] = defaultdict(list)
    for name, by_span in sorted(spans.items()):
        grouped[tuple(sorted((span, tuple(members)) for span, members in by_span.items()))].append(name)
    rows = [
        MuslRow(first, last, members, " ".join(names))
        for spanned, names in sorted(grouped.items())
        for (first, last), members in spanned
    ]
    return MuslHistory(
        date=date,
        sources={
            "symbols": "the catalogue's builds of musl: Debian's without Debian's own changes; 1.2.4 agrees with the "
            f"stub library of ziglang {WHEELS['1.2.4']}, whose src/internal/version.h says 1.2.4",
            "musl": release_facts().sources["musl"],
        },
        releases={release: release_facts().musl[release] for release in releases},
        cpus=tuple(cpus),
        rows=tuple(rows),
    )


def _before(name: str, release: str) -> str:
    """Return the first release of a symbol that a CPU's oldest known release has: what all CPUs share tells.

    Empty where the oldest release that is known at all has it: it may be older still.
    """
    known = musl_versions(WIDEST)
    having = [one for one in known if name in musl_symbols(one, WIDEST)]
    first = having[0] if having and version_key(having[0]) <= version_key(release) else known[0]
    return first if first != known[0] else ""


def check_against_wheel(release: str, wheel: str) -> None:
    """Compare a release's symbols with the stub library of a wheel; raises `InputOutputError` where they differ."""
    said = re.search(r'VERSION "([^"]+)"', wheel_file(wheel, "musl/src/internal/version.h").decode())
    if said is None or said[1] != release:
        raise InputOutputError(f"ziglang {wheel} does not carry musl {release}")
    cpu, macros = STUB_CPU
    differing = stub_symbols(wheel_file(wheel, "musl/libc.S"), macros) ^ musl_symbols(release, cpu)
    if differing:
        raise InputOutputError(f"musl {release} differs from ziglang {wheel}: {' '.join(sorted(differing))}")


def stub_symbols(source: bytes, macros: tuple[str, ...]) -> set[str]:
    """Return the symbols of a stub library, assembly that the compiler's preprocessor fits to a CPU."""
    command = [sys.executable, "-m", "ziglang", "cc", "-E", "-P", "-x", "assembler-with-cpp"]
    done = subprocess.run(
        [*command, *(f"-D{macro}" for macro in macros), "-"], check=True, input=source, stdout=subprocess.PIPE
    )
    return set(re.findall(r"^\s*\.(?:weak|globl)\s+(\S+)", done.stdout.decode(), re.MULTILINE))
