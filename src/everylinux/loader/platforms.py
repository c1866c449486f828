"""On which platform of an image a file is judged, and which loader is there for it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from everylinux.elf.neutral import is_neutral
from everylinux.images.platforms import platform_of
from everylinux.target import cpu_of_elf, facts

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile, Identity
    from everylinux.images.interface import Image

ARM = ("linux/arm/v7", "linux/arm/v6", "linux/arm/v5")
# What a kernel of a platform executes besides: 32-bit programs everywhere on x86, on some CPUs of arm64; and the kernel
# under an i386 image is a 64-bit one on any machine of this day.
ALSO_EXECUTES = {
    "linux/amd64": ("linux/386",),
    "linux/386": ("linux/amd64",),
    "linux/arm64": ARM,
    "linux/arm/v7": ("linux/arm/v6", "linux/arm/v5"),
    "linux/arm/v6": ("linux/arm/v7", "linux/arm/v5"),
    "linux/arm/v5": ("linux/arm/v7", "linux/arm/v6"),
}


@functools.lru_cache(maxsize=64)
def platform_name(identity: Identity) -> str:
    """Return the platform of a file, ``linux/machine-N`` for a CPU without a name."""
    return platform_of(identity) or f"linux/machine-{identity.machine}"


def platform_in(image: Image, wanted: str, *, only: str | None = None) -> str | None:
    """Return the platform of an image on which a file is judged; ``None`` when it has none that executes it.

    ``wanted`` is the file's own platform; ``only`` allows no other platform of the image than this one.
    """
    there = image.platforms() or ((only or wanted),)
    if only is None and wanted in there:
        return wanted
    candidates = [wanted, *there] if only is None else [only]
    for platform in candidates:
        if platform in there and (platform == wanted or wanted in ALSO_EXECUTES.get(platform, ())):
            return platform
    return None


def interpreters_for(file: ElfFile) -> dict[str, tuple[str, ...]]:
    """Return the paths of the loaders of a file's CPU: ``{"gnu": (…), "musl": (…)}``, the file's own ABI first."""
    identity = file.identity
    cpu = cpu_of_elf(identity.machine, identity.bits, identity.endian)
    if cpu is None:
        return {"gnu": (), "musl": ()}
    found = {}
    for libc in ("gnu", "musl"):
        paths = [cpu.libcs[libc].interpreter]
        if cpu.name == facts().soft_float.cpu:
            paths.append(facts().soft_float.interpreters[libc])
        found[libc] = tuple(paths)
    return found


@functools.lru_cache(maxsize=4)
def libc_of(file: ElfFile) -> str | None:
    """Return the libc that a file is built for: ``gnu``, ``musl``, ``android``, or ``None`` when nothing tells."""
    if file.notes.android or (file.interpreter or "").startswith("/system/"):
        return "android"
    if is_neutral(file):
        return None
    interpreter = file.interpreter or ""
    if "/ld-musl-" in interpreter or any(name == "libc.so" or name.startswith("libc.musl-") for name in file.needed):
        return "musl"
    if any(need.version.startswith("GLIBC_") and need.version != "GLIBC_2.0" for need in file.version_needs):
        return "gnu"
    if interpreter.rpartition("/")[2].startswith("ld") or "libc.so.6" in file.needed:
        return "gnu"
    return None
