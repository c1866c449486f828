"""What platform tags of wheels promise (PEP 425, 513, 571, 599, 600, 656), as auditwheel's policies have it.

A tag names the oldest libc that a wheel runs on: its policy says which libraries, and which of their versions, every
system with that libc has. Policies exist for some releases only; for one between two of them, PEP 600 promises what
the older one has, and the versions of glibc itself up to the release.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Literal

import msgspec

from everylinux.decoding import read_facts
from everylinux.target import version_key

Release = tuple[int, ...]
Family = Literal["manylinux", "musllinux"]
LIBCS: dict[str, str] = {"manylinux": "gnu", "musllinux": "musl"}
_TAG = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)")
_ALIAS = re.compile(r"(manylinux\d+)_(\w+)")
_LINUX = re.compile(r"linux_(\w+)")
LONGEST_NUMBER = 9


class Policies(msgspec.Struct, frozen=True):
    """What the policies of one libc say; everywhere a release stands for the oldest policy.

    ``policies`` are all releases, ``bases`` the libc that the oldest system of each has, ``aliases`` maps older tags to
    them. ``cpus`` has the first policy of each CPU,
    ``libraries`` of each library, ``versions`` of each version of each family of each CPU. ``forbidden`` maps the
    symbols of a library that wheels may not ask for to the policy that first allows them (``None``: never).
    """

    meaning: str
    policies: tuple[str, ...]
    bases: dict[str, str]
    aliases: dict[str, str]
    cpus: dict[str, str]
    libraries: dict[str, str]
    forbidden: dict[str, dict[str, str | None]]
    versions: dict[str, dict[str, dict[str, str]]]


class _Facts(msgspec.Struct, frozen=True):
    date: str
    source: str
    bases: str
    manylinux: Policies
    musllinux: Policies


@functools.cache
def policies_of(family: Family) -> Policies:
    """Return the policies of one libc."""
    facts = read_facts("wheels/policies.json", _Facts)
    return facts.manylinux if family == "manylinux" else facts.musllinux


@dataclass(frozen=True)
class PlatformTag:
    """One platform tag: ``cpu`` in the spelling of wheels, ``floor`` the oldest release of its libc.

    ``kind`` is ``other`` for what is not Linux, or Linux with another libc.
    """

    tag: str
    kind: Literal["manylinux", "musllinux", "linux", "any", "other"]
    cpu: str = ""
    floor: Release = ()


def parse_platform(tag: str) -> PlatformTag:
    """Return what a platform tag says."""
    if tag == "any":
        return PlatformTag(tag, "any")
    found = _TAG.fullmatch(tag)
    if found and max(len(found[2]), len(found[3])) <= LONGEST_NUMBER:
        return PlatformTag(tag, _family(found[1]), found[4], (int(found[2]), int(found[3])))
    found = _ALIAS.fullmatch(tag)
    if found and found[1] in policies_of("manylinux").aliases:
        release = policies_of("manylinux").aliases[found[1]]
        return PlatformTag(tag, "manylinux", found[2], version_key(release))
    found = _LINUX.fullmatch(tag)
    return PlatformTag(tag, "linux", found[1]) if found else PlatformTag(tag, "other")


def promised(family: Family, floor: Release) -> Release:
    """Return the oldest release that a system has on which a tag of this floor works."""
    base = policies_of(family).bases.get(".".join(map(str, floor)))
    return version_key(base) if base else floor


def _family(word: str) -> Family:
    return "manylinux" if word == "manylinux" else "musllinux"


def tags_from(family: Family, floor: Release, cpu: str) -> tuple[str, ...]:
    """Return the tags for a floor: the exact one, its older name, and that of the next policy where it has none."""
    policies = policies_of(family)
    floor = max(floor, version_key(policies.cpus.get(cpu, policies.policies[0])))[:2]
    exact = ".".join(map(str, floor))
    releases = [exact]
    if exact not in policies.policies:
        releases += [one for one in policies.policies if version_key(one) > floor][:1]
    tags = []
    for release in releases:
        tags.append(f"{family}_{release.replace('.', '_')}_{cpu}")
        tags += [f"{alias}_{cpu}" for alias, meant in policies.aliases.items() if meant == release]
    return tuple(tags)
