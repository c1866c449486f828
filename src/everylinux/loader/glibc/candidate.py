"""What glibc objects to in a file that is found where a library is looked for (elf/dl-load.c).

Some of it is passed over, and the search goes on; anything else ends the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from everylinux.elf.numbers import ET_DYN
from everylinux.loader.closure import Refused
from everylinux.loader.releases import first_unknown_abi_version, glibc_releases, kernels, mips_float_abis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from everylinux.elf.file import ElfFile, Identity
    from everylinux.loader.releases import Release

EM_MIPS, EM_ARM, EM_PPC64, EM_RISCV, EM_AARCH64, EM_LOONGARCH = 8, 40, 21, 243, 183, 258
ELFOSABI_SYSV, ELFOSABI_GNU, ELFOSABI_ARM_AEABI = 0, 3, 64
EF_ARM_EABI_MASK, EF_ARM_EABI_5 = 0xFF000000, 0x05000000
EF_ARM_SOFT, EF_ARM_HARD = 0x200, 0x400
EF_RISCV_FLOAT, EF_PPC64_ABI = 0x6, 0x3
EF_MIPS_ABI2, EF_MIPS_FP64, EF_MIPS_NAN2008 = 0x20, 0x200, 0x400
MIPS_SYSV_ABI_VERSIONS = 6  # sysdeps/unix/sysv/linux/mips/ldsodefs.h
# Where a missing PT_GNU_STACK does not mean an executable stack (Linux arch/*/include/asm/elf.h).
STACK_NEVER_EXECUTABLE = frozenset({EM_AARCH64, EM_RISCV, EM_LOONGARCH, EM_PPC64})
PAGE = 4096

# Why a candidate is passed over: its class, its machine or ABI, or what its ABI note asks of the system.
PassedOver = Literal["class", "machine", "system"]


def objection(
    file: ElfFile, path: str, loader: Identity, release: Callable[[], Release]
) -> Refused | PassedOver | None:
    """Return what open_verify and _dl_map_object_from_fd object to, in their order.

    ``release`` gives the glibc's, and is asked only where it matters.
    """
    found = _identity_objection(file.identity, path, loader, release)
    if found is not None:
        return found
    if file.kind in {"object", "core", "foreign"}:
        return Refused("exec-format", "only ET_DYN and ET_EXEC can be loaded", path)
    if beyond_this_system(file) and release() < glibc_releases().no_abi_note:
        return "system"
    tight = 0 < file.segment_alignment < PAGE and release() < glibc_releases().any_alignment
    problems = (
        (tight, "page-size", "ELF load command alignment not page-aligned"),
        (0 < file.alignment < PAGE, "page-size", "ELF load command address/offset not page-aligned"),
        (file.identity.type != ET_DYN, "exec-format", "cannot dynamically load executable"),
        (bool(file.damage), "corrupt-file", file.damage),
        (not file.dynamic, "corrupt-file", "object file has no dynamic section"),
        (file.declared_pie, "exec-format", "cannot dynamically load position-independent executable"),
        (file.truncated, "corrupt-file", "a segment runs past the end of the file: the process crashes"),
    )
    return next((Refused(code, problem, path) for holds, code, problem in problems if holds), None)


def _identity_objection(
    theirs: Identity, path: str, loader: Identity, release: Callable[[], Release]
) -> Refused | PassedOver | None:
    systems = {ELFOSABI_SYSV, ELFOSABI_GNU} | ({ELFOSABI_ARM_AEABI} if loader.machine == EM_ARM else set())
    if theirs.bits != loader.bits:
        return "class"
    problem = ""
    if theirs.endian != loader.endian:
        problem = f"ELF file data encoding not {loader.endian}-endian"
    elif theirs.osabi not in systems:
        problem = "ELF file OS ABI invalid"
    elif theirs.abi_version and not _knows_abi_version(loader, theirs, release):
        problem = "ELF file ABI version invalid"
    if problem:
        return Refused("exec-format", problem, path)
    same = theirs.machine == loader.machine and _same_abi(loader, theirs)
    return None if same else "machine"


def mixes_float_abis(file: ElfFile, loaded: Iterable[ElfFile]) -> bool:
    """Return whether a MIPS file shares no mode of the CPU with what is loaded (sysdeps/mips/dl-machine-reject-phdr.h).

    It is passed over then, as a file for another CPU is.
    """
    if file.identity.machine != EM_MIPS:
        return False
    abis = mips_float_abis()
    modes = [abis.modes(one.mips_float) for one in (file, *loaded)]
    return not any(all(mode) for mode in zip(*modes, strict=True))


def beyond_this_system(file: ElfFile) -> bool:
    """Return whether the ABI note is for another system than Linux, or for a kernel newer than any there is."""
    kernel = file.notes.kernel
    return kernel is not None and (file.notes.system != 0 or kernel[:2] > kernels()[1])


def wants_executable_stack(elf: ElfFile) -> bool:
    """Return whether a file asks for an executable stack, also by saying nothing (not one that is only documented)."""
    if elf.executable_stack is None:
        return elf.complete and elf.identity.machine not in STACK_NEVER_EXECUTABLE
    return elf.executable_stack


def _knows_abi_version(loader: Identity, theirs: Identity, release: Callable[[], Release]) -> bool:
    """Return whether glibc takes a file's ``EI_ABIVERSION`` (VALID_ELF_ABIVERSION in ldsodefs.h)."""
    if theirs.osabi == ELFOSABI_GNU:
        return theirs.abi_version < first_unknown_abi_version(loader.machine, loader.bits, release())
    return loader.machine == EM_MIPS and theirs.abi_version < MIPS_SYSV_ABI_VERSIONS


def _same_abi(loader: Identity, theirs: Identity) -> bool:
    """Compare the ABI flags that glibc's elf_machine_matches_host compares (sysdeps/*/dl-machine.h, ldsodefs.h)."""
    mine, flags = loader.flags, theirs.flags
    match loader.machine:
        case m if m == EM_ARM:
            wrong = EF_ARM_HARD if mine & EF_ARM_SOFT else EF_ARM_SOFT
            return flags & EF_ARM_EABI_MASK != EF_ARM_EABI_5 or not flags & wrong
        case m if m == EM_RISCV:
            return mine & EF_RISCV_FLOAT == flags & EF_RISCV_FLOAT
        case m if m == EM_PPC64:
            return flags & EF_PPC64_ABI in {0, mine & EF_PPC64_ABI}
        case m if m == EM_MIPS:
            # Old and new ABI have the same class in 32 bits only.
            compared = EF_MIPS_NAN2008 | (EF_MIPS_ABI2 if loader.bits == 32 else 0)  # noqa: PLR2004 - the class
            return mine & compared == flags & compared and not flags & EF_MIPS_FP64
    return True
