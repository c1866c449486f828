"""Which OCI platform an ELF file belongs to."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.layout import read_layout
from everylinux.elf.relocations import machine_facts
from everylinux.target import cpu_of_elf, facts

if TYPE_CHECKING:
    from everylinux.elf.file import Identity

EF_ARM_ABI_FLOAT_SOFT = 0x200
EM_ARM = 40


@functools.lru_cache(maxsize=256)
def platform_of(identity: Identity) -> str | None:
    """Return the platform (``linux/arm64``) of a file; ``None`` for a CPU without a name."""
    cpu = cpu_of_elf(identity.machine, identity.bits, identity.endian)
    if cpu is None:
        known = machine_facts(identity.machine, identity.bits)
        return known.platforms.get(identity.endian) if known else None
    if identity.machine == EM_ARM and identity.flags & EF_ARM_ABI_FLOAT_SOFT:
        return facts().soft_float.oci[0]
    return cpu.platform


def platform_of_header(head: bytes) -> str | None:
    """Return the platform of a file by its first 64 bytes; ``None`` for what is not ELF, or has no name."""
    try:
        return platform_of(read_layout(memoryview(head)).identity)
    except (NotElfError, CorruptElfError):
        return None
