"""Names of images, many of them in few words: ``debian ≥ 12; alpine (all 6)``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# A catalogue name that ends in a release: debian:12, opensuse/leap:15.6, distroless/cc-debian13.
_RELEASE = re.compile(r"(.*[^0-9.])([0-9]{1,9}(?:\.[0-9]{1,9})*)")
# A name whose middle tells a variant: distroless/cc-debian.
_VARIANT = re.compile(r"([^/]+/)(.+)(-[^-/]+)")
# A reference to a real image is shown as it was written.
_REFERENCE = re.compile(r"(?:dir|tar|oci|docker):")
_INSIDE_NAME = re.compile(r" (?=[≥≤])|(?<=[≥≤]) |(?<=\(all) | (?=\(all )")
FEWEST_TO_SUM_UP = 3
MOST_REMEMBERED = 256


class Place(NamedTuple):
    """One image on one platform."""

    image: str
    platform: str


def name_places(places: Iterable[Place], judged: Sequence[Place], *, since: bool = False, joined: bool = True) -> str:
    """Return some of the places that were judged, in few words and in the order in which they were judged.

    ``since`` names a family's releases from some on to the newest by their oldest (``debian ≥ 12``), as what holds
    from a release on; otherwise a whole family is ``alpine (all 6)``. ``joined`` writes variants in one
    (``distroless/{base,cc}-debian12``).
    """
    return _name_places(tuple(places), tuple(judged), since, joined)


@lru_cache(maxsize=MOST_REMEMBERED)
def _name_places(places: tuple[Place, ...], judged: tuple[Place, ...], since: bool, joined: bool) -> str:  # noqa: FBT001 - remembered by position
    """Return the words; of thousands of files most fail on the same images."""
    chosen = set(places)
    platforms = list(dict.fromkeys(place.platform for place in judged))
    parts = []
    for platform in platforms:
        images = list(dict.fromkeys(place.image for place in judged if place.platform == platform))
        here = [image for image in images if (image, platform) in chosen]
        names = _name_images(here, images, since=since)
        if names:
            told = "; ".join(_joined(names) if joined else map(_whole, names))
            parts.append(f"{told} ({platform})" if len(platforms) > 1 else told)
    return "; ".join(parts)


def unbroken(names: str) -> str:
    """Return the words with spaces at which no line may end where a name goes on."""
    return _INSIDE_NAME.sub("\u00a0", names)


def families_without(places: Iterable[Place], judged: Sequence[Place]) -> list[str]:
    """Return the families of several releases of which none is among the places."""
    having = {_family(place.image) for place in places}
    families: dict[str, set[str]] = {}
    for place in judged:
        families.setdefault(_family(place.image), set()).add(place.image)
    return [family for family, images in families.items() if len(images) > 1 and family not in having]


@lru_cache(maxsize=MOST_REMEMBERED)
def _family(image: str) -> str:
    """Return what comes before the release: ``debian``; all of ``distroless/…`` are one."""
    return image if _REFERENCE.match(image) else _stem(image).rstrip(":").partition("/")[0]


@lru_cache(maxsize=MOST_REMEMBERED)
def _stem(image: str) -> str:
    match = None if _REFERENCE.match(image) else _RELEASE.fullmatch(image)
    return match[1] if match else image


def _name_images(chosen: Sequence[str], judged: Sequence[str], *, since: bool) -> list[tuple[str, str]]:
    names: list[tuple[str, str]] = []
    left = list(chosen)
    while left:
        stem, releases, covered = _name_first(left, judged, since=since)
        names.append((stem, releases))
        left = [image for image in left if image not in covered]
    return names


def _name_first(left: Sequence[str], judged: Sequence[str], *, since: bool) -> tuple[str, str, frozenset[str]]:
    """Return the stem of the first image, words for its releases, and all that they cover."""
    first = left[0]
    folder, slash, _ = first.partition("/")
    if slash and not _REFERENCE.match(first):
        everything = [image for image in judged if image.startswith(f"{folder}/")]
        if len(everything) >= FEWEST_TO_SUM_UP and set(everything) <= set(left):
            return f"{folder}/*", f" (all {len(everything)})", frozenset(everything)
    stem = _stem(first)
    if stem == first:
        return first, "", frozenset({first})
    releases = [image for image in judged if _stem(image) == stem]
    here = [image for image in left if _stem(image) == stem]
    return stem, _name_releases(stem, here, releases, since=since), frozenset(here)


def _joined(names: Sequence[tuple[str, str]]) -> list[str]:
    """Return the names, those together that differ only in their middle: ``distroless/{base,cc}-debian12, 13``."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for stem, releases in names:
        match = _VARIANT.fullmatch(stem)
        key = (match[1], match[3], releases) if match and releases else (stem, "", releases)
        found.setdefault(key, []).append(match[2] if match and releases else "")
    joined = []
    for (head, tail, releases), middles in found.items():
        middle = f"{{{','.join(middles)}}}" if len(middles) > 1 else middles[0]
        joined.append(_whole((f"{head}{middle}{tail}", releases)))
    return joined


def _whole(name: tuple[str, str]) -> str:
    stem, releases = name
    return f"{stem.rstrip(':') if releases.startswith(' ') else stem}{releases}"


def _name_releases(stem: str, here: Sequence[str], releases: Sequence[str], *, since: bool) -> str:
    numbers = [image.removeprefix(stem) for image in here]
    ordered = [version_key(image.removeprefix(stem)) for image in releases]
    if since and len(releases) > 1 and ordered == sorted(ordered) and here == releases[-len(here) :]:
        return f" ≥ {numbers[0]}"
    if len(here) >= FEWEST_TO_SUM_UP and ordered == sorted(ordered):
        if here == releases:
            return f" (all {len(here)})"
        if here == releases[: len(here)]:
            return f" ≤ {numbers[-1]}"
        if here == releases[-len(here) :]:
            return f" ≥ {numbers[0]}"
    return ", ".join(numbers)
