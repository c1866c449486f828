"""What is built for: CPU x libc x floor, and every spelling of it.

One spelling is printed, stored and used for folders: zig's triple with the floor (``x86_64-linux-gnu.2.17``,
``aarch64-linux-musl``, ``arm-linux-musleabihf``). `parse_targets` reads all others. The facts about each CPU are in
``data/targets/targets.json``.
"""

from __future__ import annotations

import functools
import platform
import re
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Literal

import msgspec

from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Libc = Literal["gnu", "musl", "neutral"]

_VERSION = re.compile(r"\d+(\.\d+)*")
_TRIPLE = re.compile(
    r"(?P<cpu>[a-z0-9_-]+?)(-[a-z]+)?-linux-(?P<abi>gnu|musl|neutral)(?P<eabi>[a-z0-9]*)(\.(?P<floor>[0-9.]+))?"
)
_GO = re.compile(r"linux[_-](?P<cpu>[a-z0-9_]+?)(_(?P<abi>gnu|musl)(\.(?P<floor>[0-9.]+))?)?")
_WHEEL = re.compile(r"(?P<policy>manylinux|musllinux)_(?P<major>\d+)_(?P<minor>\d+)_(?P<cpu>\w+)")
_WHEEL_LEGACY = re.compile(r"(?P<policy>manylinux(?:1|2010|2014))_(?P<cpu>\w+)")
_LIBC = re.compile(r"(?P<abi>gnu|glibc|musl|neutral)(\.(?P<floor>[0-9.]+))?")

# PEP 513, PEP 571, PEP 599: the glibc behind each name that has no version in it.
_LEGACY_POLICIES = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}


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
    data = resources.files("everylinux.data.targets").joinpath("targets.json").read_bytes()
    return msgspec.json.decode(data, type=TargetFacts)


def version_key(version: str) -> tuple[int, ...]:
    """Return a version such as ``2.17`` as numbers that compare in order."""
    return tuple(int(part) for part in version.split("."))


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
        if self.libc == "neutral":
            return "neutral"
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
        if self.floor is None or self.libc == "neutral" or self.soft_float:
            return None
        policy = "manylinux" if self.libc == "gnu" else "musllinux"
        major, minor = version_key(self.floor)[:2]
        return f"{policy}_{major}_{minor}_{self.cpu.wheel}"

    @property
    def interpreter(self) -> str | None:
        """The path of the loader that dynamic programs of this target name."""
        if self.libc == "neutral":
            return None
        if self.soft_float:
            return facts().soft_float.interpreters[self.libc]
        return self.cpu.libcs[self.libc].interpreter

    def spellings(self) -> dict[str, str]:
        """Return every spelling of this target, by vocabulary; all of them parse back to it."""
        go = "_".join(["linux", self.cpu.go["GOARCH"], self._libc_and_floor()])
        floor = f".{self.floor}" if self.floor else ""
        found = {
            "everylinux": self.name,
            "rust": f"{self.rust}{floor}",
            "oci": self.platform,
            "debian": self.debian,
            "go": go if not self.soft_float else "linux_armel_" + self._libc_and_floor(),
            "autoconf": self.autoconf,
            "multiarch": self.debian_tuple,
        }
        # A musllinux tag has no patch release: it names this target only when none is lost.
        if self.wheel_tag and self.floor and version_key(self.floor)[2:] in {(), (0,)}:
            found["wheel"] = self.wheel_tag
        return found

    def _libc_and_floor(self) -> str:
        return f"{self.libc}.{self.floor}" if self.floor else self.libc


@dataclass(frozen=True)
class _LibcChoice:
    """A libc as it was written: its name, and a floor if one was given."""

    libc: Libc
    floor: str | None


def floor_range(cpu: Cpu, libc: str) -> tuple[str, str]:
    """Return the oldest and the newest floor that can be aimed at."""
    return cpu.libcs[libc].oldest, facts().newest[libc]


def parse_targets(spelling: str, *, libc: str | None = None, default: Sequence[str] = ("musl",)) -> list[Target]:
    """Return the targets that a spelling names: one, or several for a group or a spelling without a libc.

    ``libc`` is the value of ``--libc`` (or of the settings); ``default`` is taken when neither names one.
    Raises `UsageError` for an unknown spelling, a floor out of range, or a ``libc`` that contradicts.
    """
    text = spelling.strip()
    wanted = _parse_libc(libc) if libc else None
    if text in _groups():
        return _group(text, wanted)
    cpu, soft, named = _read_spelling(text)
    if named is None:
        choices = [wanted] if wanted else [_parse_libc(name) for name in default]
        return [_make(cpu, choice, text, soft=soft) for choice in choices]
    if wanted:
        named = _reconcile(named, wanted, text)
    return [_make(cpu, named, text, soft=soft)]


def parse_target_list(
    spellings: Iterable[str], *, libc: str | None = None, default: Sequence[str] = ("musl",)
) -> list[Target]:
    """Return the targets of several spellings (each may hold commas), without repeats, in the order given."""
    found: dict[str, Target] = {}
    for spelling in spellings:
        for part in spelling.split(","):
            if part.strip():
                for target in parse_targets(part, libc=libc, default=default):
                    found.setdefault(target.name, target)
    return list(found.values())


def all_targets() -> list[Target]:
    """Return the group ``all``: every CPU, musl, and gnu at its oldest."""
    return [_make(cpu, _LibcChoice(libc, None), cpu.name) for libc in ("gnu", "musl") for cpu in facts().cpus]


def native_targets() -> list[Target]:
    """Return what `build` makes when nothing is asked for: this machine's CPU on both libcs."""
    return [_make(native_cpu(), _LibcChoice(libc, None), "native") for libc in ("gnu", "musl")]


def native_cpu() -> Cpu:
    """Return this machine's CPU; raises `UsageError` on a machine that is no target."""
    machine = platform.machine().lower()
    cpu, _ = _find_cpu(machine)
    if cpu is None:
        raise UsageError(
            f"this machine's CPU, {machine}, is not a target",
            hint="name one with --target; `everylinux target` lists them",
        )
    return cpu


def cpu_of_elf(machine: int, bits: int, endian: str) -> Cpu | None:
    """Return the CPU of an ELF header, or ``None`` for one that is no target."""
    for cpu in facts().cpus:
        if (cpu.elf.machine, cpu.elf.bits, cpu.elf.endian) == (machine, bits, endian):
            return cpu
    return None


def _groups() -> tuple[str, ...]:
    return ("all", "gnu", "musl", "native")


def _group(name: str, wanted: _LibcChoice | None) -> list[Target]:
    if name == "native":
        members = native_targets()
    else:
        members = [target for target in all_targets() if name in ("all", target.libc)]
    if wanted is None:
        return members
    if name in ("gnu", "musl") and name != wanted.libc:
        raise _contradiction(name, wanted)
    kept = [target for target in members if target.libc == wanted.libc]
    return [_make(target.cpu, wanted, name) for target in kept] if wanted.floor else kept


def _read_spelling(text: str) -> tuple[Cpu, bool, _LibcChoice | None]:
    """Return the CPU, whether it is soft float, and the libc if the spelling names one."""
    for reader in (_read_platform, _read_wheel, _read_go, _read_triple, _read_bare):
        found = reader(text)
        if found:
            return found
    raise UsageError(
        f"unknown target {text!r}",
        meaning="no CPU, triple, platform, wheel tag or group has that name",
        hint="`everylinux target` lists every target with all its spellings",
    )


def _read_platform(text: str) -> tuple[Cpu, bool, _LibcChoice | None] | None:
    if not text.startswith("linux/"):
        return None
    if text in facts().soft_float.oci:
        return _cpu_named(facts().soft_float.cpu), True, None
    for cpu in facts().cpus:
        if text in cpu.oci or re.fullmatch(re.escape(cpu.oci[0]) + r"/v[89]\.\d", text):
            return cpu, False, None
    return None


def _read_wheel(text: str) -> tuple[Cpu, bool, _LibcChoice | None] | None:
    legacy = _WHEEL_LEGACY.fullmatch(text)
    match = legacy or _WHEEL.fullmatch(text)
    if not match:
        return None
    cpu, soft = _find_cpu(match["cpu"])
    if cpu is None:
        return None
    if legacy:
        return cpu, soft, _LibcChoice("gnu", _LEGACY_POLICIES[match["policy"]])
    libc: Libc = "gnu" if match["policy"] == "manylinux" else "musl"
    floor = f"{match['major']}.{match['minor']}"
    return cpu, soft, _LibcChoice(libc, floor if libc == "gnu" else f"{floor}.0")


def _read_go(text: str) -> tuple[Cpu, bool, _LibcChoice | None] | None:
    match = _GO.fullmatch(text)
    if not match:
        return None
    cpu, soft = _find_cpu(match["cpu"])
    if cpu is None:
        return None
    choice = _LibcChoice(_libc_word(match["abi"]), match["floor"]) if match["abi"] else None
    return cpu, soft, choice


def _read_triple(text: str) -> tuple[Cpu, bool, _LibcChoice | None] | None:
    match = _TRIPLE.fullmatch(text)
    if not match:
        return None
    cpu, soft = _find_cpu(match["cpu"])
    eabi = match["eabi"]
    if cpu is None or (eabi and cpu.name != facts().soft_float.cpu) or eabi not in ("", "eabi", "eabihf"):
        return None
    soft = soft or eabi == "eabi"
    return cpu, soft, _LibcChoice(_libc_word(match["abi"]), match["floor"])


def _read_bare(text: str) -> tuple[Cpu, bool, _LibcChoice | None] | None:
    cpu, soft = _find_cpu(text)
    return (cpu, soft, None) if cpu else None


def _find_cpu(name: str) -> tuple[Cpu | None, bool]:
    if name in facts().soft_float.aliases:
        return _cpu_named(facts().soft_float.cpu), True
    for cpu in facts().cpus:
        if name == cpu.name or name in cpu.aliases or name in cpu.rust:
            return cpu, False
    return None, False


def _cpu_named(name: str) -> Cpu:
    return next(cpu for cpu in facts().cpus if cpu.name == name)


def _libc_word(word: str) -> Libc:
    return "gnu" if word in ("gnu", "glibc") else "musl" if word == "musl" else "neutral"


def _parse_libc(text: str) -> _LibcChoice:
    match = _LIBC.fullmatch(text.strip())
    if not match:
        raise UsageError(f"unknown libc {text!r}", hint="use gnu, gnu.2.28, musl, musl.1.2.3 or neutral")
    return _LibcChoice(_libc_word(match["abi"]), match["floor"])


def _reconcile(named: _LibcChoice, wanted: _LibcChoice, text: str) -> _LibcChoice:
    if named.libc != wanted.libc or (named.floor and wanted.floor and named.floor != wanted.floor):
        raise _contradiction(text, wanted)
    return named if named.floor else wanted


def _contradiction(text: str, wanted: _LibcChoice) -> UsageError:
    libc = f"{wanted.libc}.{wanted.floor}" if wanted.floor else wanted.libc
    return UsageError(f"--libc {libc} contradicts --target {text}", hint="leave one of the two out")


def _make(cpu: Cpu, choice: _LibcChoice, text: str, *, soft: bool = False) -> Target:
    target = Target(cpu, choice.libc, None, soft)
    if choice.libc == "neutral":
        if choice.floor:
            raise UsageError(f"{text!r} gives a floor to a target that has no libc", hint="leave the floor out")
        return target
    if choice.floor is None:
        return replace(target, floor=cpu.libcs["gnu"].oldest) if choice.libc == "gnu" else target
    oldest, newest = floor_range(cpu, choice.libc)
    if not _VERSION.fullmatch(choice.floor):
        raise UsageError(f"{choice.floor!r} in {text!r} is not a version", hint=f"use {oldest} to {newest}")
    if not version_key(oldest) <= version_key(choice.floor) <= version_key(newest):
        libc_name = "glibc" if choice.libc == "gnu" else "musl"
        raise UsageError(
            f"{libc_name} {choice.floor} is outside the range for {cpu.name}: {oldest} to {newest}",
            meaning="the compiler cannot aim at that release, although it may accept the spelling silently",
            hint=f"take a floor from {oldest} to {newest}, or leave it out for the oldest",
        )
    return replace(target, floor=choice.floor)
