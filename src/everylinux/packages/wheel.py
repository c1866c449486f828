"""Whether what a wheel says of itself is true, and which platform tags would be (PEP 425, 427, 600, 656)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from everylinux.packages.demands import Demand, demands_of, floor_of
from everylinux.packages.policies import LIBCS, Family, PlatformTag, parse_platform, policies_of, promised, tags_from
from everylinux.packages.python_tags import PythonTag, python_reasons
from everylinux.packages.record import MOST_REASONS, record
from everylinux.packages.wheel_reasons import any_reason, demand_reason, stranger_reason
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import Package, Reason
    from everylinux.inputs.interface import UnpackedPackage
    from everylinux.packages.modules import Module

FAMILIES: tuple[Family, ...] = ("manylinux", "musllinux")


def judge_wheel(package: UnpackedPackage, modules: Sequence[Module]) -> Package:
    """Return a wheel's record.

    A tag for another system than Linux is not judged: what the wheel holds for Linux is not what it is about.
    """
    triples = (tag.split("-") for tag in package.tags)
    parsed = [(PythonTag(*triple[:2]), parse_platform(triple[2])) for triple in triples if len(triple) == 3]  # noqa: PLR2004 - PEP 425
    wheel = _Wheel(modules, tuple(dict.fromkeys(platform for _, platform in parsed)))
    judged = [(python, platform) for python, platform in parsed if platform.kind != "other"]
    reasons: dict[tuple[str, str], Reason] = {}
    for python, platform in judged:
        for reason in (*wheel.platform_reasons(platform), *wheel.python_reasons(python, platform)):
            reasons.setdefault((reason.subject, reason.message), reason)
    tags = tuple(platform.tag for platform in wheel.declared)
    return record(package, reasons.values(), judged=bool(judged), tags=tags, true_tags=wheel.true_tags)


def _is_own(module: Module, kind: str, cpu: str) -> bool:
    """Return whether a file is for the CPU and the libc of a tag; one without libc is for both."""
    if kind == "any":
        return True
    if module.cpu is None or cpu not in module.cpu.wheel:
        return False
    return kind == "linux" or module.libc in {None, LIBCS.get(kind, "")}


class _Wheel:
    """The files of one wheel, and what they mean for a tag; a wheel may have a thousand tags of a few kinds."""

    def __init__(self, modules: Sequence[Module], declared: tuple[PlatformTag, ...]) -> None:
        self.modules = modules
        self.declared = declared
        self._own = functools.cache(self._find_own)
        self._strangers = functools.cache(self._find_strangers)
        self._demands = functools.cache(self._find_demands)
        self.platform_reasons = functools.cache(self._find_platform_reasons)
        self._python_reasons = functools.cache(self._find_python_reasons)

    @functools.cached_property
    def true_tags(self) -> tuple[str, ...]:
        """The platform tags that are true for the files, the most general of each CPU and libc first."""
        if not self.modules:
            return ("any",)
        cpus = dict.fromkeys(name for module in self.modules if module.cpu for name in module.cpu.wheel[:1])
        # A CPU with several names in wheels (armv6l, armv7l) is the one that was declared.
        cpus |= dict.fromkeys(tag.cpu for tag in self.declared if tag.cpu and self._own(tag.kind, tag.cpu))
        found: list[str] = []
        for cpu in cpus:
            portable = [tag for family in FAMILIES for tag in self._portable_tags(family, cpu)]
            if not portable and not self._strangers("linux", cpu):
                portable = [f"linux_{cpu}"]
            found += portable
        return tuple(dict.fromkeys(found))

    def python_reasons(self, python: PythonTag, platform: PlatformTag) -> tuple[Reason, ...]:
        """Return what makes the Python and ABI part of a tag false, or all of it where it says ``any``."""
        if platform.kind == "any" and self.modules:
            return (any_reason(python, self.modules[0], self.true_tags),)
        return self._python_reasons(python, platform.kind, platform.cpu)

    def _find_python_reasons(self, python: PythonTag, kind: str, cpu: str) -> tuple[Reason, ...]:
        return tuple(python_reasons(python, self._own(kind, cpu)))

    def _find_platform_reasons(self, platform: PlatformTag) -> tuple[Reason, ...]:
        """Return what makes a platform tag false."""
        if platform.kind == "any":
            return ()
        found = [
            stranger_reason(platform, module, self.true_tags)
            for module in self._strangers(platform.kind, platform.cpu)[:MOST_REASONS]
        ]
        told: set[str] = set()
        release = promised(platform.kind, platform.floor) if platform.kind in FAMILIES else ()
        demands = self._demands(platform.kind, platform.cpu) if platform.kind in FAMILIES else []
        # The newest version of each family says all; of the same things, the first file that asks.
        for demand in sorted((one for one in demands if not one.granted(release)), key=_importance):
            key = demand.subject.partition("_")[0] if demand.kind == "version" else demand.subject
            if key not in told and len(told) < MOST_REASONS:
                told.add(key)
                found.append(demand_reason(platform, demand, self.true_tags))
        return tuple(found)

    def _find_own(self, kind: str, cpu: str) -> list[Module]:
        return [module for module in self.modules if _is_own(module, kind, cpu)]

    def _find_demands(self, family: Family, cpu: str) -> list[Demand]:
        return demands_of(self._own(family, cpu), family, cpu)

    def _find_strangers(self, kind: str, cpu: str) -> list[Module]:
        """Return the files that make a tag false because they are for another CPU or libc.

        Prebuilt files for other systems may lie in a wheel: they are told by their path, by a twin for this system, or
        by a CPU whose files nobody loads here by mistake. An extension is none of these: `import` takes it.
        """
        own = self._own(kind, cpu)
        others = [module for module in self.modules if not _is_own(module, kind, cpu)]
        if not own:
            return others
        names = {module.name for module in own}
        imported = {module.import_name for module in own if module.extension}
        found = []
        for module in others:
            if module.extension:
                excused = module.import_name in imported
            else:
                same_cpu = module.cpu is not None and cpu in module.cpu.wheel
                excused = not same_cpu or module.libc == "android" or module.says_whom_it_is_for or module.name in names
            if not excused:
                found.append(module)
        return found

    def _portable_tags(self, family: Family, cpu: str) -> tuple[str, ...]:
        own = self._own(family, cpu)
        if not own or cpu not in policies_of(family).cpus or self._strangers(family, cpu):
            return ()
        demands = self._demands(family, cpu)
        floor = floor_of(demands)
        if floor is None:
            return ()
        if family == "manylinux":
            return tags_from(family, floor, cpu)
        # What musl had before the oldest release that is known cannot be told: such a tag is taken when it is declared.
        releases = [version_key(one) for one in policies_of(family).policies]
        if any(module.libc == "musl" for module in own):
            named = {tag.floor for tag in self.declared if (tag.kind, tag.cpu) == (family, cpu)}
            releases = [one for one in releases if one == releases[-1] or one in named]
        granted = [one for one in releases if all(demand.granted(promised(family, one)) for demand in demands)]
        return tags_from(family, granted[0], cpu)[:1] if granted else ()


def _importance(demand: Demand) -> tuple[int, tuple[int, ...]]:
    order = ("library", "version", "symbol", "relocations", "level", "float").index(demand.kind)
    newest = demand.since or (1 << 30,)
    return order, tuple(-number for number in newest)
