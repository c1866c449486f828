"""What is built for: CPU x libc x floor, and every spelling of it.

One spelling is printed, stored and used for folders: zig's triple with the floor (``x86_64-linux-gnu.2.17``,
``aarch64-linux-musl``, ``arm-linux-musleabihf``). `spelling` reads all others. The facts about each CPU are in
``data/targets/targets.json``.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import msgspec

from everylinux.decoding import read_facts

Libc = Literal["gnu", "musl", "neutral", "static"]
# Of modules that bind to whichever libc the process has, or have one inside: no program is built for these.
OF_MODULES: tuple[Libc, ...] = ("neutral", "static")


class ElfIdentity(msgspec.Struct, frozen=True):
    """What an ELF header of this CPU says: ``e_machine``, 32 or 64 bits, byte order."""

    machine: int
    bits: int
    endian: Literal["little", "big"]


class LibcFacts(msgspec.Struct, frozen=True):
    """One libc on one CPU: the triple's last part, the oldest floor, and the loader's path."""

    abi: str
    oldest: str
    interpreter: str


class Cpu(msgspec.Struct, frozen=True):
    """One CPU and its name in every vocabulary."""

    name: str
    aliases: tuple[str, ...]
    rust: tuple[str, ...]
    oci: tuple[str, ...]
    debian: str
    go: dict[str, str]
    wheel: str
    autoconf: str
    meson: dict[str, str]
    cmake: str
    qemu: str
    emulation: str
    elf: ElfIdentity
    libcs: dict[str, LibcFacts]

    @property
    def platform(self) -> str:
        """The OCI platform, ``linux/arm64``."""
        return self.oci[0]


class SoftFloat(msgspec.Struct, frozen=True):
    """The soft-float ABI of 32-bit ARM."""

    cpu: str
    abis: dict[str, str]
    aliases: tuple[str, ...]
    oci: tuple[str, ...]
    go: dict[str, str]
    interpreters: dict[str, str]


class TargetFacts(msgspec.Struct, frozen=True):
    """The whole of ``targets.json``. ``newest`` is the newest floor that the compiler of ``zig`` knows."""

    date: str
    sources: dict[str, str]
    zig: str
    newest: dict[str, str]
    soft_float: SoftFloat
    cpus: tuple[Cpu, ...]


@functools.cache
def facts() -> TargetFacts:
    """Return the target facts that are shipped in the package."""
    return read_facts("targets/targets.json", TargetFacts)


# No release of anything has more in one of its numbers.
MOST_DIGITS = 9


@functools.lru_cache(maxsize=4096)
def version_key(version: str) -> tuple[int, ...]:
    """Return a version such as ``2.17`` as numbers that compare in order.

    Of what is no version ``()``, which comes before all: files may name their versions as they like.
    """
    parts = version.split(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= MOST_DIGITS for part in parts):
        return ()
    return tuple(map(int, parts))


@dataclass(frozen=True)
class Target:
    """CPU x libc x floor.

    ``floor`` is the oldest libc that the program must run on. For ``gnu`` it is always set; for ``musl`` it is
    ``None`` (a static program) or a release (a dynamic program for that musl or newer).
    """

    cpu: Cpu
    libc: Libc
    floor: str | None = None
    soft_float: bool = False

    @property
    def abi(self) -> str:
        """The last part of the triple, without the floor: ``gnueabihf``."""
        if self.libc in OF_MODULES:
            return self.libc
        if self.soft_float:
            return facts().soft_float.abis[self.libc]
        return self.cpu.libcs[self.libc].abi

    @property
    def triple(self) -> str:
        """The triple without the floor: ``arm-linux-gnueabihf``."""
        return f"{self.cpu.name}-linux-{self.abi}"

    @property
    def name(self) -> str:
        """The one spelling that is printed and stored."""
        return f"{self.triple}.{self.floor}" if self.floor else self.triple

    @property
    def static(self) -> bool:
        """Whether programs for this target are linked statically: musl without a floor."""
        return self.libc == "musl" and self.floor is None

    @property
    def platform(self) -> str:
        """The OCI platform on which it runs."""
        return facts().soft_float.oci[0] if self.soft_float else self.cpu.platform

    @property
    def zig(self) -> str:
        """What zig's ``-target`` takes: musl's floor is ours to verify, glibc's is zig's."""
        return self.name if self.libc == "gnu" else self.triple

    @property
    def rust(self) -> str:
        """The Rust triple, without a floor."""
        cpu = "arm" if self.soft_float else self.cpu.rust[0]
        return f"{cpu}-unknown-linux-{self.abi}"

    @property
    def autoconf(self) -> str:
        """The value of ``--host``."""
        return f"{self.cpu.autoconf}-linux-{self.abi}"

    @property
    def debian_tuple(self) -> str:
        """The multiarch folder name: ``x86_64-linux-gnu``, ``i386-linux-gnu``."""
        cpu = "i386" if self.cpu.name == "x86" else self.cpu.name
        return f"{cpu}-linux-{self.abi}"

    @property
    def debian(self) -> str:
        """Debian's name of the architecture."""
        return facts().soft_float.aliases[0] if self.soft_float else self.cpu.debian

    @property
    def go(self) -> dict[str, str]:
        """The environment that aims the Go compiler at this CPU."""
        extra = facts().soft_float.go if self.soft_float else self.cpu.go
        return {"GOOS": "linux", **extra}

    @property
    def wheel_tag(self) -> str | None:
        """The wheel platform tag, where the floor decides one."""
        if self.floor is None or self.libc in OF_MODULES or self.soft_float:
            return None
        policy = "manylinux" if self.libc == "gnu" else "musllinux"
        major, minor = version_key(self.floor)[:2]
        return f"{policy}_{major}_{minor}_{self.cpu.wheel}"

    @property
    def interpreter(self) -> str | None:
        """The path of the loader that dynamic programs of this target name."""
        if self.libc in OF_MODULES:
            return None
        if self.soft_float:
            return facts().soft_float.interpreters[self.libc]
        return self.cpu.libcs[self.libc].interpreter

    def spellings(self) -> dict[str, tuple[str, ...]]:
        """Return every spelling of this target by vocabulary, the usual one first.

        All parse back to it; those of ``oci`` and ``debian`` name no libc, so they need ``--libc``.
        """
        soft = facts().soft_float
        floor = f".{self.floor}" if self.floor else ""
        rust_cpus = ("arm",) if self.soft_float else self.cpu.rust
        go_cpus = soft.aliases if self.soft_float else (self.cpu.go["GOARCH"],)
        found = {
            "everylinux": (self.name,),
            "rust": tuple(f"{cpu}-unknown-linux-{self.abi}{floor}" for cpu in rust_cpus),
            "oci": soft.oci if self.soft_float else self.cpu.oci,
            "debian": soft.aliases if self.soft_float else (self.cpu.debian, *self._other_aliases()),
            "go": tuple(f"linux_{cpu}_{self._libc_and_floor()}" for cpu in go_cpus),
            "triple": tuple(dict.fromkeys((self.autoconf, self.debian_tuple))),
        }
        # A musllinux tag has no patch release: it names this target only when none is lost.
        if self.wheel_tag and self.floor and version_key(self.floor)[2:] in {(), (0,)}:
            found["wheel"] = (self.wheel_tag,)
        return found

    def _other_aliases(self) -> tuple[str, ...]:
        return tuple(name for name in (self.cpu.name, *self.cpu.aliases) if name != self.cpu.debian)

    def _libc_and_floor(self) -> str:
        return f"{self.libc}.{self.floor}" if self.floor else self.libc


def floor_range(cpu: Cpu, libc: str) -> tuple[str, str]:
    """Return the oldest and the newest floor that can be aimed at."""
    return cpu.libcs[libc].oldest, facts().newest[libc]


@functools.lru_cache(maxsize=256)
def cpu_of_elf(machine: int, bits: int, endian: str) -> Cpu | None:
    """Return the CPU of an ELF header, or ``None`` for one that is no target."""
    for cpu in facts().cpus:
        if (cpu.elf.machine, cpu.elf.bits, cpu.elf.endian) == (machine, bits, endian):
            return cpu
    return None
