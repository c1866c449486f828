"""The judgement: would this file start in that image (the kernel's, glibc's and musl's rules)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from everylinux.elf.neutral import is_neutral
from everylinux.errors import UsageError
from everylinux.evidence import CheckedFile
from everylinux.loader.host import expected_from_host, host_risks
from everylinux.loader.platforms import libc_of, platform_name
from everylinux.loader.python_abi import python_use, stable_abi_risks
from everylinux.loader.subject import open_subject
from everylinux.target import cpu_of_elf, facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.elf.file import ElfFile
    from everylinux.evidence import OpenedLater, PythonUse, Verdict
    from everylinux.images.interface import Image, Tree
    from everylinux.loader.subject import PackageRoot, Subject

LEVELS = {f"x86-64-v{level}": level for level in (1, 2, 3, 4)} | {"x86-64": 1}


def check_file(  # noqa: PLR0913 - one thing each that a file is judged by
    path: Path,
    images: Sequence[Image],
    *,
    platforms: Sequence[str] | None = None,
    alone: bool = False,
    cpu: str | None = None,
    package: PackageRoot | None = None,
    name: str = "",
    around: Tree | None = None,
    digest: bool = True,
) -> CheckedFile:
    """Judge one file on every image; nothing is executed, and the answer does not depend on this machine.

    ``platforms`` are OCI platforms to judge on instead of the file's own (for a script: this machine's). ``alone``
    leaves behind what ``$ORIGIN`` reaches. ``cpu`` names the CPU's level (``x86-64-v2``), which is no part of an image.
    ``package`` is the unpacked package that the file lies in, ``name`` what to call the file there. ``around`` are
    this machine's files, to be given when many are judged: what is read of them is then read once. Without ``digest``
    only what loaders read is read of the file.
    Raises `OSError` when the file cannot be read and `UsageError` for a CPU that is not known.
    """
    if cpu is not None and cpu not in LEVELS:
        raise UsageError(f"unknown CPU level {cpu!r}", hint=f"use {', '.join(sorted(LEVELS))}")
    subject = open_subject(path, package, name, around)
    level = LEVELS[cpu] if cpu else 0
    verdicts = _verdicts(subject, images, platforms, alone=alone, level=level) if images else []
    file = subject.elf
    host, python = _uses(subject)
    later = (*stable_abi_risks(python), *host_risks(host))
    if later:
        verdicts = [msgspec.structs.replace(one, risks=(*one.risks, *later)) for one in verdicts]
    identity = file.identity if file else None
    cpu_facts = cpu_of_elf(identity.machine, identity.bits, identity.endian) if identity else None
    return CheckedFile(
        path=subject.path,
        sha256=subject.digest() if digest else None,
        kind=subject.kind,
        arch=cpu_facts.name if cpu_facts else None,
        libc=_libc(subject, file) if file else None,
        interpreter=file.interpreter if file else None,
        needed=file.needed if file else (),
        floor=file.floor() if file else {},
        floor_symbols=file.floor_symbols() if file else {},
        verdicts=tuple(verdicts),
        host=host,
        opens=subject.risk_evidence.opens if images else _declared(file),
        python=python,
        oldest=_oldest(verdicts),
    )


def _verdicts(
    subject: Subject, images: Sequence[Image], platforms: Sequence[str] | None, *, alone: bool, level: int
) -> list[Verdict]:
    # The rules take longer to import than the facts of a hundred files to read.
    from everylinux.loader.judge import judge

    return [
        judge(subject, image, platform, alone=alone, level=level)
        for image in images
        for platform in platforms or _default_platforms(subject, image)
    ]


def _oldest(verdicts: Sequence[Verdict]) -> dict[str, str]:
    if not verdicts:
        return {}
    from everylinux.images.catalogue import listings
    from everylinux.loader.oldest import oldest_releases

    return oldest_releases(verdicts, listings())


def _uses(subject: Subject) -> tuple[dict[str, tuple[str, ...]], PythonUse | None]:
    """Return what a shared object expects from the program that loads it, and how it uses Python."""
    if subject.elf is None:
        return {}, None
    host = expected_from_host(subject.elf, Path(subject.place), subject.surroundings)
    return host, python_use(subject.real.name, subject.elf)


def _declared(file: ElfFile | None) -> tuple[OpenedLater, ...]:
    """Return what the file's own notes say that it opens later: all there is to say without looking into it."""
    if file is None or not file.notes.dlopen:
        return ()
    from everylinux.loader.risks import declared

    return declared(file)


def _default_platforms(subject: Subject, image: Image) -> tuple[str, ...]:
    if subject.elf is not None:
        return (platform_name(subject.elf.identity),)
    machine = os.uname().machine
    mine = next((one.platform for one in facts().cpus if machine in {one.name, *one.aliases}), "linux/amd64")
    return (mine,) if mine in image.platforms() else image.platforms()[:1] or (mine,)


def _libc(subject: Subject, file: ElfFile) -> str | None:
    if is_neutral(file):
        return "neutral"
    known = libc_of(file)
    if known is None and file.kind == "shared-object" and not file.needed:
        from everylinux.loader.inside import libc_inside
        from everylinux.loader.risks.interface import Evidence

        return None if libc_inside(Evidence(subject, file)) is None else "static"
    return known
