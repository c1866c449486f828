"""What lld calls each CPU (`ld.lld -m`): for tests and fuzzing, which link without a compiler's driver."""

from __future__ import annotations

EMULATIONS = {
    "x86_64": "elf_x86_64",
    "x86": "elf_i386",
    "aarch64": "aarch64linux",
    "arm": "armelf_linux_eabi",
    "riscv64": "elf64lriscv",
    "s390x": "elf64_s390",
    "powerpc64le": "elf64lppc",
    "mips64el": "elf64ltsmip",
}
