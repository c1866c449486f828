"""Whether what a wheel says of itself is true, and which platform tags would be (PEP 425, 427, 600, 656)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.evidence import Package
from everylinux.packages.demands import Demand, demands_of, floor_of
from everylinux.packages.policies import LIBCS, Family, PlatformTag, parse_platform, policies_of, promised, tags_from
from everylinux.packages.python_tags import PythonTag, python_reasons
from everylinux.packages.wheel_reasons import any_reason, demand_reason, stranger_reason
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from everylinux.evidence import Reason
    from everylinux.inputs.interface import UnpackedPackage
    from everylinux.packages.modules import Module

FAMILIES: tuple[Family, ...] = ("manylinux", "musllinux")
MOST_REASONS = 200


def judge_wheel(package: UnpackedPackage, modules: Sequence[Module]) -> Package:
    """Return a wheel's record.

    A tag for another system than Linux is not judged: what the wheel holds for Linux is not what it is about.
    """
    triples = [tuple(tag.split("-")) for tag in package.tags]
    parsed = [(PythonTag(*triple[:2]), parse_platform(triple[2])) for triple in triples if len(triple) == 3]  # noqa: PLR2004 - PEP 425
    platforms = tuple(dict.fromkeys(platform for _, platform in parsed))
    true_tags = _true_tags(platforms, modules)
    reasons: dict[tuple[str, str], Reason] = {}
    judged = [(python, platform) for python, platform in parsed if platform.kind != "other"]
    for platform in dict.fromkeys(platform for _, platform in judged):
        for reason in _platform_reasons(platform, modules, true_tags):
            reasons.setdefault((reason.subject, reason.message), reason)
    for python, platform in judged:
        found = [any_reason(python, modules[0], true_tags)] if platform.kind == "any" and modules else []
        found += python_reasons(python, [one for one in modules if _is_own(one, platform)]) if not found else []
        for reason in found:
            reasons.setdefault((reason.subject, reason.message), reason)
    return Package(
        path=package.path,
        member=package.member,
        kind=package.kind,
        name=package.name,
        version=package.version,
        arch=package.arch,
        tags=tuple(platform.tag for platform in platforms),
        true_tags=true_tags,
        truth=not reasons if judged else None,
        reasons=tuple(reasons.values())[:MOST_REASONS],
    )


def _is_own(module: Module, platform: PlatformTag) -> bool:
    """Return whether a file is for the CPU and the libc of a tag; one without libc is for both."""
    if platform.kind == "any":
        return True
    if module.cpu is None or platform.cpu not in module.cpu.wheel:
        return False
    return platform.kind == "linux" or module.libc in {None, LIBCS[platform.kind]}  # type: ignore[index] # the kinds left


def _strangers(platform: PlatformTag, modules: Sequence[Module]) -> list[Module]:
    """Return the files that make a tag false because they are for another CPU or libc.

    Prebuilt files for other systems may lie in a wheel: they are told by their path, by a twin for this system, or by a
    CPU whose files nobody loads here by mistake. An extension is none of these: `import` takes it.
    """
    own = [module for module in modules if _is_own(module, platform)]
    others = [module for module in modules if not _is_own(module, platform)]
    if not own:
        return others
    names = {module.name for module in own}
    imported = {module.import_name for module in own if module.extension}
    found = []
    for module in others:
        if module.extension:
            excused = module.import_name in imported
        else:
            same_cpu = module.cpu is not None and platform.cpu in module.cpu.wheel
            excused = not same_cpu or module.libc == "android" or module.says_whom_it_is_for or module.name in names
        if not excused:
            found.append(module)
    return found


def _refused(platform: PlatformTag, modules: Sequence[Module]) -> list[Demand]:
    """Return what the files of a tag ask for that not every system of the tag has."""
    if platform.kind not in FAMILIES:
        return []
    own = [module for module in modules if _is_own(module, platform)]
    release = promised(platform.kind, platform.floor)
    return [demand for demand in demands_of(own, platform.kind, platform.cpu) if not demand.granted(release)]


def _platform_reasons(platform: PlatformTag, modules: Sequence[Module], true_tags: Sequence[str]) -> Iterable[Reason]:
    if platform.kind == "any":
        return
    for module in _strangers(platform, modules):
        yield stranger_reason(platform, module, true_tags)
    refused = _refused(platform, modules)
    told: set[str] = set()
    # The newest version of each family says all; of the same things, the first file that asks.
    for demand in sorted(refused, key=_importance):
        key = demand.subject.partition("_")[0] if demand.kind == "version" else demand.subject
        if key not in told:
            told.add(key)
            yield demand_reason(platform, demand, true_tags)


def _importance(demand: Demand) -> tuple[int, tuple[int, ...]]:
    order = ("library", "version", "symbol", "relocations", "level", "float").index(demand.kind)
    newest = demand.since or (1 << 30,)
    return order, tuple(-number for number in newest)


def _true_tags(declared: Iterable[PlatformTag], modules: Sequence[Module]) -> tuple[str, ...]:
    """Return the platform tags that are true for the files, the most general of each CPU and libc first."""
    if not modules:
        return ("any",)
    cpus = dict.fromkeys(name for module in modules if module.cpu for name in module.cpu.wheel[:1])
    # A CPU with several names in wheels (armv6l, armv7l) is the one that was declared.
    cpus |= dict.fromkeys(tag.cpu for tag in declared if any(_is_own(one, tag) for one in modules))
    found: list[str] = []
    for cpu in cpus:
        portable = [tag for family in FAMILIES for tag in _portable_tags(family, cpu, declared, modules)]
        plain = PlatformTag(f"linux_{cpu}", "linux", cpu)
        if not portable and not _strangers(plain, modules):
            portable = [plain.tag]
        found += portable
    return tuple(dict.fromkeys(found))


def _portable_tags(
    family: Family, cpu: str, declared: Iterable[PlatformTag], modules: Sequence[Module]
) -> tuple[str, ...]:
    some = PlatformTag("", family, cpu)
    own = [module for module in modules if _is_own(module, some)]
    if not own or cpu not in policies_of(family).cpus or _strangers(some, modules):
        return ()
    demands = demands_of(own, family, cpu)
    floor = floor_of(demands)
    if floor is None:
        return ()
    if family == "manylinux":
        return tags_from(family, floor, cpu)
    # What musl had before the oldest release that is known cannot be told: such a tag is taken when it is declared.
    releases = [version_key(one) for one in policies_of(family).policies]
    if any(module.libc == "musl" for module in own):
        named = {tag.floor for tag in declared if (tag.kind, tag.cpu) == (family, cpu)}
        releases = [one for one in releases if one == releases[-1] or one in named]
    granted = [one for one in releases if all(demand.granted(promised(family, one)) for demand in demands)]
    return tags_from(family, granted[0], cpu)[:1] if granted else ()
