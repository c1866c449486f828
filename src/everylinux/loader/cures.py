"""The last touch to reasons, when the image and the CPU are known: since when something is there, and what cures it."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from everylinux.loader.hints import BESIDE, PART, THIS_LIBC, hint_facts, image_with, library_hint
from everylinux.loader.history import (
    GCC,
    GLIBC,
    MUSL,
    cpu_name,
    glibc_home,
    glibc_versions,
    is_new,
    musl_span,
    release_of,
    symbol_note,
    version_note,
)
from everylinux.loader.platforms import libc_of
from everylinux.loader.python_abi import entry_points
from everylinux.loader.reasons import BUILD, CPU, NEWER, STATIC, STATIC_LIBRARY
from everylinux.target import cpu_of_elf, version_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.elf.file import ElfFile, Identity
    from everylinux.evidence import Reason

# Of a Python module that is for the other libc.
FOR_BOTH = "everylinux build --libc neutral makes one Python module for both libcs"
# No image has Android's libraries, and its C library cannot be brought along: it needs Android's loader.
FOR_LINUX = f"it is built for Android: {THIS_LIBC}"
# What nobody reads to the end gets no sentences of its own.
MOST_EXPLAINED = 200
# The words of what hostile files ask for are not kept.
LONGEST_REMEMBERED = 1024
# Whoever has the one has the other, and they are part of the same release.
RUNTIMES = ("libstdc++.so.6", "libgcc_s.so.1")
OLDEST_GCC = "3.4"
ANDROID, MODULE = "android", "module"
_COMMAND = re.compile(rf" \(everylinux build --target {CPU}-linux-\S+\)")
_FLOOR = re.compile(rf"{BUILD} \(everylinux build --target {CPU}-linux-gnu\.(?P<floor>[0-9.]+)\), or ")


class _Judged(NamedTuple):
    """What was judged: the image's name where it matters, the file's CPU, whose rules, and which image cures all.

    ``static`` is what it means to link such a file's library statically, ``kind`` tells a Python module, and a file of
    Android's, whose libc has the name of musl's.
    """

    image: str
    identity: Identity
    libc: tuple[str, str]
    take: str
    static: str
    kind: str


class Cures:
    """The reasons of one outcome with what the image's name, the file's CPU and the histories add.

    ``libc`` is whose rules judged (``gnu``, ``musl``, or empty) and its release. Each note begins with the release in
    which a version or symbol is first; each hint names the file's own CPU, and the oldest image of the same family
    that has all that is missing.
    """

    def __init__(self, reasons: Sequence[Reason], file: ElfFile, libc: tuple[str, str]) -> None:
        self._reasons = reasons
        self._identity = file.identity
        self._libc = libc
        self._static = STATIC_LIBRARY if file.kind == "shared-object" else STATIC
        self._kind = ANDROID if libc_of(file) == ANDROID else MODULE if entry_points(file) else ""
        explained = reasons[:MOST_EXPLAINED]
        self._needs = frozenset(_needs(explained, file, libc, cpu_name(file.identity)).items())
        # How a library comes into an image depends on the image, nothing else does.
        self._by_image = any(reason.code == "missing-library" for reason in explained)
        self._told: dict[tuple[str, str], tuple[Reason, ...]] = {}

    def on(self, image: str) -> tuple[Reason, ...]:
        """Return the reasons for the image of a name: the same ones for images that differ in nothing of this."""
        take = image_with(image, self._needs) if self._needs else ""
        key = image if self._by_image else "", take
        if key not in self._told:
            judged = _Judged(key[0], self._identity, self._libc, take, self._static, self._kind)
            self._told[key] = (
                *(_explained(reason, judged) for reason in self._reasons[:MOST_EXPLAINED]),
                *(_for_cpu(reason, self._identity) for reason in self._reasons[MOST_EXPLAINED:]),
            )
        return self._told[key]


def _needs(reasons: Sequence[Reason], file: ElfFile, libc: tuple[str, str], cpu: str) -> dict[str, str]:
    """Return the oldest release of each library that has all that is missing."""
    needs: dict[str, str] = {}
    for reason in reasons:
        what, release = "", ""
        if reason.code == "symbol-version":
            what, release = release_of(reason.subject)
        elif reason.code == "missing-symbol":
            what, release = _first_with(reason.subject, libc, cpu)
        elif reason.code == "no-interpreter" and "glibc" in reason.hint:
            return _floor(file)
        if release and version_key(release) > version_key(needs.get(what, "0")):
            needs[what] = release
    return needs


def _floor(file: ElfFile) -> dict[str, str]:
    """Return the release of each library that the file's own version needs ask for."""
    needs = {GLIBC: "2.0"}
    for family, number in file.floor().items():
        what, release = release_of(f"{family}_{number}")
        if release and version_key(release) > version_key(needs.get(what, "0")):
            needs[what] = release
    return needs


def _first_with(symbol: str, libc: tuple[str, str], cpu: str) -> tuple[str, str]:
    """Return the first release of the image's libc that has a symbol, where that is newer than the image's."""
    first = ""
    if libc[0] == MUSL:
        span = musl_span(symbol, cpu)
        return (MUSL, span[0]) if span is not None and span[0] else ("", "")
    if libc[0] == "gnu":
        first = min((known[0] for known in glibc_versions(symbol, cpu).values()), key=version_key, default="")
    return (GLIBC, first) if first and libc[1] and version_key(first) > version_key(libc[1]) else ("", "")


def _explained(reason: Reason, judged: _Judged) -> Reason:
    symbol = reason.asked_by.symbol if reason.asked_by else None
    short = len(reason.subject) + len(reason.hint) + len(symbol or "") <= LONGEST_REMEMBERED
    explain = _words if short else _words.__wrapped__
    note, hint = explain(reason.code, reason.subject, symbol, reason.hint, judged)
    return msgspec.structs.replace(reason, note=_joined(note, reason.note), hint=hint)


@functools.lru_cache(maxsize=8192)
def _words(code: str, subject: str, symbol: str | None, hint: str, judged: _Judged) -> tuple[str, str]:
    """Return what comes before a reason's note, and its hint: in many files the same is missing."""
    cpu = cpu_name(judged.identity)
    libc, take = judged.libc, judged.take
    note = ""
    if code == "symbol-version":
        note = version_note(subject, symbol, cpu)
        if symbol and _is_written(symbol) and is_new(subject, symbol, cpu):
            hint = hint.replace(BUILD, f"do without {symbol} and {BUILD}")
    elif code == "missing-symbol":
        note = symbol_note(subject, *libc, cpu)
        home = glibc_home(subject, libc[1], cpu) if libc[0] == "gnu" else ""
        if home:
            hint = f"link it with -l{home}: it loads only where something else has loaded lib{home} already"
        what, release = _first_with(subject, libc, cpu)
        if release:
            hint = f"{hint}, or take an image with {what} {release} {NEWER}"
    elif code == "missing-library":
        hint = _for_library(subject, judged)
    if take and hint.endswith(NEWER):
        hint = f"{hint}: {take}"
    elif take and code == "no-interpreter":
        hint = f"{hint} ({take})"
    if judged.kind == MODULE and THIS_LIBC in hint:
        hint = f"{hint}; {FOR_BOTH}"
    return note, _hint_for_cpu(hint, judged.identity)


def _for_library(library: str, judged: _Judged) -> str:
    """Return what cures a library that is missing."""
    if judged.kind == ANDROID:
        return FOR_LINUX
    known = library_hint(library, judged.image, bits=judged.identity.bits)
    if known.startswith(PART):
        return known
    has = ""
    if library in RUNTIMES:
        has = image_with(judged.image, frozenset({(GCC, OLDEST_GCC)}), any_family=False)
    return ", or ".join(way for way in (known, f"take {has}" if has else "", BESIDE, judged.static) if way)


def _is_written(symbol: str) -> bool:
    """Return whether a program's source names a symbol: others come from headers, which older releases have too."""
    return not symbol.startswith("__") and symbol not in hint_facts().from_headers


def _joined(first: str, second: str) -> str:
    return f"{first}; {second}" if first and second else first or second


def _for_cpu(reason: Reason, identity: Identity) -> Reason:
    """Return the reason with the file's CPU in its commands."""
    hint = _hint_for_cpu(reason.hint, identity)
    return msgspec.structs.replace(reason, hint=hint) if hint != reason.hint else reason


def _hint_for_cpu(hint: str, identity: Identity) -> str:
    """Return a hint with the file's CPU in its commands; a command that cannot work is left out."""
    if f" {CPU}-linux-" not in hint:
        return hint
    cpu = cpu_of_elf(identity.machine, identity.bits, identity.endian)
    if cpu is None:
        return _COMMAND.sub("", hint)
    floor = _FLOOR.search(hint)
    if floor and version_key(floor["floor"]) < version_key(cpu.libcs["gnu"].oldest):
        hint = hint.replace(floor[0], "")
    return hint.replace(f" {CPU}-linux-", f" {cpu.name}-linux-")
