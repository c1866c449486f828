"""Which qemu-user program runs the files of a foreign CPU, and how the sandbox is told.

Where the kernel gives each user namespace its own binfmt_misc (Linux 6.7), the emulator is registered for the sandbox
alone: scripts and everything that a program starts are emulated too. Elsewhere, and for a named ``--cpu``, the
emulator is started on the file itself; what that file starts in turn is then not emulated. The machine's own
binfmt_misc is neither needed nor changed.
"""

from __future__ import annotations

import functools
import os
import platform
import re
import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

import msgspec

from everylinux.decoding import read_facts
from everylinux.elf.file import Identity
from everylinux.images.platforms import platform_of
from everylinux.spelling import parse_targets
from everylinux.target import Cpu, ElfIdentity, cpu_of_elf

_ELF_CLASS = {32: 1, 64: 2}
_ELF_DATA = {"little": 1, "big": 2}
_BYTE_ORDER = {"little": "<", "big": ">"}
_VERSION = re.compile(r"version (\d+(?:\.\d+)+)")
VERSION_SECONDS = 20


class ForeignCpu(msgspec.Struct, frozen=True):
    """A CPU that is no target: its name, its emulator's, and what its ELF headers say."""

    name: str
    qemu: str
    elf: ElfIdentity


class ForeignCpus(msgspec.Struct, frozen=True):
    """The whole of ``data/emulators/cpus.json``; ``levels`` maps an emulator's levels to its models of just that."""

    date: str
    sources: dict[str, str]
    levels: dict[str, dict[str, str]]
    cpus: tuple[ForeignCpu, ...]


@dataclass(frozen=True)
class Emulator:
    """One qemu-user program, and the CPU model that was asked for (``None`` for its default).

    ``level`` is the name of the level (``x86-64-v2``) when one was asked for, and ``model`` the emulator's for it.
    """

    name: str
    path: Path
    version: str
    cpu: Cpu | ForeignCpu
    model: str | None = None
    level: str | None = None

    @property
    def label(self) -> str:
        """What the record says: ``qemu-aarch64 7.2.22``, with the model when one was named."""
        model = f" -cpu {self.model}" if self.model else ""
        return f"{self.name} {self.version}{model}" + (f" ({self.level})" if self.level else "")

    def registration(self, descriptor: int) -> str:
        """Return the line for binfmt_misc that hands files of this CPU to the emulator open as ``descriptor``.

        Flags: F opens the emulator now, so that no path is needed later; P keeps argument 0 (qemu knows it since 5.2;
        Linux documentation, admin-guide/binfmt-misc).
        """
        magic, mask = _magic(self.cpu.elf)
        return f":{self.name}:M::{_escaped(magic)}:{_escaped(mask)}:/proc/self/fd/{descriptor}:FP"


def runs_natively(cpu: Cpu | ForeignCpu) -> bool:
    """Return whether this machine's kernel executes files of this CPU: its own, and i386 on x86_64."""
    machine = platform.machine()
    if isinstance(cpu, ForeignCpu):
        return False
    return machine in (cpu.name, *cpu.aliases) or (machine == "x86_64" and cpu.name == "x86")


def cpu_of_platform(name: str) -> Cpu | ForeignCpu:
    """Return the CPU of an OCI platform; raises `UsageError` for one that nothing here knows."""
    for cpu in _foreign_cpus():
        if platform_of(Identity(machine=cpu.elf.machine, bits=cpu.elf.bits, endian=cpu.elf.endian)) == name:
            return cpu
    return parse_targets(name, libc="musl")[0].cpu


def cpu_of_file(identity: Identity) -> Cpu | ForeignCpu | None:
    """Return the CPU of an ELF header, also of one that is no target; ``None`` when nothing here knows it."""
    machine, bits, endian = identity.architecture
    target = cpu_of_elf(machine, bits, endian)
    if target is not None:
        return target
    return next(
        (cpu for cpu in _foreign_cpus() if (cpu.elf.machine, cpu.elf.bits, cpu.elf.endian) == identity.architecture),
        None,
    )


def find_emulator(cpu: Cpu | ForeignCpu, *, model: str | None = None) -> Emulator | None:
    """Return the emulator of a CPU, or ``None`` when this machine has none.

    Looked for on PATH as ``qemu-CPU-static``, then ``qemu-CPU``. Whether it knows ``model`` is found out when it runs.
    A level of the x86-64 psABI stands for the model that has just what the level has.
    """
    name = f"qemu-{cpu.qemu}"
    found = shutil.which(f"{name}-static") or shutil.which(name)
    if found is None:
        return None
    level = _facts().levels.get(cpu.qemu, {}).get(model or "")
    return Emulator(name, Path(found), _version(found), cpu, level or model, model if level else None)


@functools.cache
def _facts() -> ForeignCpus:
    return read_facts("emulators/cpus.json", ForeignCpus)


def _foreign_cpus() -> tuple[ForeignCpu, ...]:
    return _facts().cpus


@functools.cache
def _version(path: str) -> str:
    try:
        done = subprocess.run(
            [path, "--version"],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=VERSION_SECONDS,
            env={"LC_ALL": "C", "PATH": os.defpath},
        )
    except (OSError, subprocess.TimeoutExpired):
        return "of unknown version"
    match = _VERSION.search(done.stdout.decode(errors="replace"))
    return match[1] if match else "of unknown version"


def _magic(identity: ElfIdentity) -> tuple[bytes, bytes]:
    """Return the first bytes of an executable's ELF header and which of their bits count.

    Class, byte order, type (ET_EXEC or ET_DYN) and machine do; EI_OSABI does not, as for the kernel (gABI, ELF header).
    """
    order = _BYTE_ORDER[identity.endian]
    head = b"\x7fELF" + bytes([_ELF_CLASS[identity.bits], _ELF_DATA[identity.endian], 1])
    magic = head + bytes(9) + struct.pack(f"{order}HH", 2, identity.machine)
    mask = b"\xff" * len(head) + bytes(9) + struct.pack(f"{order}HH", 0xFFFE, 0xFFFF)
    return magic, mask


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in data)
