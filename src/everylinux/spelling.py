"""Reading targets: every spelling that names one, whichever vocabulary it is from (contract, section 3)."""

from __future__ import annotations

import platform
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from everylinux.errors import UsageError
from everylinux.target import OF_MODULES, Target, facts, floor_range, version_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from everylinux.target import Cpu, Libc

_VERSION = re.compile(r"\d+(\.\d+)*")
_TRIPLE = re.compile(
    r"(?P<cpu>[a-z0-9_-]+?)(-[a-z]+)?-linux-(?P<abi>gnu|musl|neutral|static)(?P<eabi>[a-z0-9]*)(\.(?P<floor>[0-9.]+))?"
)
_GO = re.compile(r"linux[_-](?P<cpu>[a-z0-9_]+?)(_(?P<abi>gnu|musl)(\.(?P<floor>[0-9.]+))?)?")
_WHEEL = re.compile(r"(?P<policy>manylinux|musllinux)_(?P<major>\d+)_(?P<minor>\d+)_(?P<cpu>\w+)")
_WHEEL_LEGACY = re.compile(r"(?P<policy>manylinux(?:1|2010|2014))_(?P<cpu>\w+)")
_LIBC = re.compile(r"(?P<abi>gnu|glibc|musl|neutral|static)(\.(?P<floor>[0-9.]+))?")

# PEP 513, PEP 571, PEP 599: the glibc behind each name that has no version in it.
_LEGACY_POLICIES = {"manylinux1": "2.5", "manylinux2010": "2.12", "manylinux2014": "2.17"}


@dataclass(frozen=True)
class _LibcChoice:
    """A libc as it was written: its name, and a floor if one was given."""

    libc: Libc
    floor: str | None


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
    import difflib

    names = (
        name for target in all_targets() for name in (target.name, target.triple, target.cpu.name, *target.cpu.aliases)
    )
    near = difflib.get_close_matches(text, dict.fromkeys(names), n=2)
    raise UsageError(
        f"unknown target {text!r}",
        meaning=f"did you mean {' or '.join(near)}?"
        if near
        else "no CPU, triple, platform, wheel tag or group has that name",
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
    cpu, soft = _find_cpu(text.removesuffix("-linux"))
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
    return next((libc for libc in ("musl", *OF_MODULES) if libc == word), "gnu")


def _parse_libc(text: str) -> _LibcChoice:
    match = _LIBC.fullmatch(text.strip())
    if not match:
        raise UsageError(f"unknown libc {text!r}", hint="use gnu, gnu.2.28, musl, musl.1.2.3, neutral or static")
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
    if choice.libc in OF_MODULES:
        if choice.floor:
            raise UsageError(f"{text!r} gives a floor to a target without a libc", hint="leave the floor out")
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
