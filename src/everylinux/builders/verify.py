"""Whether what came out is what was asked for: the machine, static or dynamic, and the floor, read from the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux import elf
from everylinux.target import facts, version_key

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.elf import ElfFile
    from everylinux.target import Cpu, Target


def problem_of(path: Path, name: str, target: Target) -> str | None:
    """Return in one sentence why a file is not for this target; ``None`` when it is, or is no ELF file."""
    try:
        file = elf.read(path)
    except elf.NotElfError:
        return None
    except elf.CorruptElfError as error:
        return f"{name}: {error.message}"
    for rule in (_machine, _linkage, _floor):
        found = rule(file, target)
        if found:
            return f"{name} {found}"
    return None


def _machine(file: ElfFile, target: Target) -> str | None:
    if file.identity.architecture == _architecture(target.cpu):
        return None
    kind = f"ELF machine {file.identity.machine} of {file.identity.bits} bits"
    made_for = next((cpu.name for cpu in facts().cpus if _architecture(cpu) == file.identity.architecture), kind)
    return f"is for {made_for}, not for {target.cpu.name}: the project does not use the compiler that it is given"


def _architecture(cpu: Cpu) -> tuple[int, int, str]:
    return cpu.elf.machine, cpu.elf.bits, cpu.elf.endian


def _linkage(file: ElfFile, target: Target) -> str | None:
    if file.kind in ("object", "core", "shared-object"):
        return _foreign_libc(file, target)
    if target.static and file.kind not in ("static", "static-pie"):
        needed = ", ".join(file.needed) or "no library"
        return f"is not static: it asks for {file.interpreter or 'no interpreter'} and {needed}"
    if file.interpreter and file.interpreter != target.interpreter:
        return f"asks for the interpreter {file.interpreter}, not for {target.interpreter}"
    return _foreign_libc(file, target)


def _foreign_libc(file: ElfFile, target: Target) -> str | None:
    other = "libc.so.6" if target.libc == "musl" else "libc.so"
    if other in file.needed:
        return f"needs {other}, the libc of another system than {target.libc}"
    return None


def _floor(file: ElfFile, target: Target) -> str | None:
    if target.floor is None:
        return None
    return _glibc_floor(file, target.floor) if target.libc == "gnu" else _musl_floor(file, target)


def _glibc_floor(file: ElfFile, floor: str) -> str | None:
    """Compare every version need of the GLIBC family with the floor."""
    for need in sorted(file.version_needs):
        family, _, version = need.version.partition("_")
        if family != "GLIBC" or not version[:1].isdigit():
            continue
        if version_key(version) > version_key(floor):
            symbols = sorted({each.name for each in file.undefined if each.version == need.version})
            asked = ", ".join(symbols[:3]) or "a symbol"
            return f"needs {need.version} of {need.library}, newer than the floor {floor}: {asked}"
    return None


def _musl_floor(file: ElfFile, target: Target) -> str | None:
    from everylinux.toolchains.musl import newer_symbols

    if not file.needed:
        return None
    wanted = {each.name for each in file.undefined if not each.weak}
    newer = newer_symbols(wanted, target)
    if not newer:
        return None
    return f"needs {', '.join(newer[:3])}, which musl {target.floor} does not have"
