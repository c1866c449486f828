"""What the files of a wheel ask of the system that it is installed on, and the oldest platform tag that grants it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from everylinux.loader.history import cpu_name, musl_span
from everylinux.loader.musl.search import is_itself
from everylinux.packages.policies import LIBCS, Family, Release, policies_of
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from everylinux.packages.modules import Module
    from everylinux.packages.policies import Policies

Kind = Literal["version", "library", "symbol", "level", "float", "relocations"]
# elf/dl-load.c and ldso/dynlink.c: the loader itself is always there.
LOADERS = re.compile(r"ld-linux[\w-]*\.so\.\d+|ld64\.so\.[12]|ld\.so\.1|ld-musl-[\w-]+\.so\.1")
# What musl's own libraries are called: it is in one file, whatever the name (ldso/dynlink.c, load_library).
MUSL_ITSELF = re.compile(r"libc\.so|libc\.musl-[\w-]+\.so\.1|lib(?:pthread|rt|m|dl|util|xnet)\.so")
# DT_RELR is understood since these releases (glibc 2.36 NEWS, musl 1.2.4 WHATSNEW).
RELR_SINCE: dict[Family, Release] = {"manylinux": (2, 36), "musllinux": (1, 2, 4)}
# arm's ELF ABI, e_flags: the floating-point convention of calls.
EF_ARM_ABI_FLOAT_SOFT = 0x200


@dataclass(frozen=True)
class Demand:
    """One thing that a file asks of the system.

    ``since`` is the oldest release of the libc whose tag grants it, ``None`` when no tag does. ``library`` is the one
    whose version is needed.
    """

    kind: Kind
    subject: str
    since: Release | None
    module: Module
    library: str = ""

    @property
    def symbol(self) -> str | None:
        """The symbol that asks: the first one that needs the version, or the subject itself."""
        if self.kind == "symbol":
            return self.subject
        wanted = self.library, self.subject
        asking = self.module.elf.undefined if self.library else ()
        return next((one.name for one in asking if (one.library, one.version) == wanted), None)

    def granted(self, release: Release) -> bool:
        """Return whether every system with this release of the libc has it."""
        return self.since is not None and self.since <= release


def demands_of(modules: Sequence[Module], family: Family, cpu: str) -> list[Demand]:
    """Return what the files of one CPU and libc ask of a system: what they bring each other is no demand."""
    policies = policies_of(family)
    brought = {name for module in modules for name in (module.name, module.elf.soname) if name}
    found: list[Demand] = []
    for module in modules:
        if module.elf.relr and module.libc == LIBCS[family]:
            found.append(Demand("relocations", "DT_RELR", RELR_SINCE[family], module))
        found += _of_the_cpu(module)
        found += _libraries(module, policies, brought, family)
        found += _versions(module, policies, brought, cpu)
        found += _symbols(module, policies)
        if family == "musllinux" and (module.libc == "musl" or module.neutral):
            found += _musl_symbols(module, modules, brought)
    return found


def floor_of(demands: Sequence[Demand]) -> Release | None:
    """Return the oldest floor that grants them all, ``(0,)`` without any; ``None`` when none does."""
    releases = [demand.since for demand in demands if demand.since is not None]
    return max(releases, default=(0,)) if len(releases) == len(demands) else None


def _of_the_cpu(module: Module) -> Iterator[Demand]:
    """PEP 513 and 600: a tag's CPU means the oldest one of that name, and hard floats on ARM."""
    level = module.elf.notes.x86_level or 1
    if level > 1:
        yield Demand("level", f"x86-64-v{level}", None, module)
    if module.cpu is not None and module.cpu.name == "arm" and module.elf.identity.flags & EF_ARM_ABI_FLOAT_SOFT:
        yield Demand("float", "soft-float", None, module)


def _libraries(module: Module, policies: Policies, brought: set[str], family: Family) -> Iterator[Demand]:
    for name in module.elf.needed:
        if name in brought or LOADERS.fullmatch(name):
            continue
        if family == "musllinux" and (MUSL_ITSELF.fullmatch(name) or (module.neutral and is_itself(name))):
            continue
        oldest = policies.libraries.get(name)
        yield Demand("library", name, version_key(oldest) if oldest else None, module)


def _versions(module: Module, policies: Policies, brought: set[str], cpu: str) -> Iterator[Demand]:
    """Weak needs do not count: their absence is a warning. Nor do versions of a library that the wheel brings.

    Those of a neutral module are all weak, and count: each is of a symbol that has to be there.
    """
    known = policies.versions.get(cpu, {})
    for need in module.elf.version_needs:
        family, separator, version = need.version.partition("_")
        if (need.weak and not module.neutral) or need.library in brought or not separator or family not in known:
            continue
        yield Demand("version", need.version, _release_with(family, version, known[family]), module, need.library)


def _release_with(family: str, version: str, known: dict[str, str]) -> Release | None:
    """Return the oldest release that has a version: by its policy, and for glibc's own by its number (PEP 600)."""
    candidates = [version_key(known[version])] if version in known else []
    if family == "GLIBC" and re.fullmatch(r"\d{1,9}(\.\d{1,9}){1,3}", version):
        candidates.append(version_key(version))
    return min(candidates, default=None)


def _symbols(module: Module, policies: Policies) -> Iterator[Demand]:
    forbidden = {
        symbol: oldest
        for name in module.elf.needed
        for symbol, oldest in policies.forbidden.get(name, {}).items()
        if module.mentions(symbol)
    }
    if not forbidden:
        return
    for one in module.elf.undefined:
        if one.name in forbidden and not one.weak:
            oldest = forbidden[one.name]
            yield Demand("symbol", one.name, version_key(oldest) if oldest else None, module)


def _musl_symbols(module: Module, modules: Sequence[Module], brought: set[str]) -> Iterator[Demand]:
    """Musl has no versions: a symbol that a later release brought is missing on an older one of the same tag."""
    if any(name not in brought and not MUSL_ITSELF.fullmatch(name) for name in module.elf.needed):
        # What other libraries of the system define is not known.
        return
    cpu = cpu_name(module.elf.identity)
    for one in module.elf.undefined:
        span = None if one.weak or one.moment == "never" else musl_span(one.name, cpu)
        if span is not None and span[0] and not any(one.name in other.elf.exports for other in modules):
            yield Demand("symbol", one.name, version_key(span[0]), module)
