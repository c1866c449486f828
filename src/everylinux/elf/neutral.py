"""What a neutral module looks like: it names no libc, and yet versions of glibc's symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from everylinux.elf.file import ElfFile

# glibc's libraries, as programs name them; the loader counts as one (glibc, shlib-versions of each CPU).
LIBC_FAMILY = frozenset(
    {
        *("libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", "libutil.so.1"),
        *("ld-linux-x86-64.so.2", "ld-linux.so.2", "ld-linux-aarch64.so.1", "ld-linux-armhf.so.3"),
        *("ld-linux-riscv64-lp64d.so.1", "ld64.so.1", "ld64.so.2"),
    }
)


def is_neutral(file: ElfFile) -> bool:
    """Return whether a shared object binds to whichever libc the process has: it was detached from glibc."""
    if file.kind != "shared-object" or file.interpreter or not LIBC_FAMILY.isdisjoint(file.needed):
        return False
    # A file that was built for musl, Android or another system asks glibc for nothing.
    asked = [need.weak for need in file.version_needs if need.library in LIBC_FAMILY]
    return bool(asked) and all(asked)
