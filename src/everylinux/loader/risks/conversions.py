"""Conversions of text and named locales: what of them is only in some C libraries, or lies in files."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.loader.risks.facts import conversions
from everylinux.loader.risks.interface import risk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.evidence import Risk
    from everylinux.loader.risks.interface import Evidence
    from everylinux.loader.risks.place import Place

MODULES = re.compile(r"/[\w./-]+/gconv")
NAME_WITH_SUFFIX = "[A-Za-z0-9_.:-]*"


class OnlyGlibc(msgspec.Struct, frozen=True):
    """A conversion whose name musl does not know."""

    name: str

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk under musl."""
        if place.libc == "musl":
            yield risk_of("character-sets", self.name, f"it asks iconv for {self.name}, which musl does not know")


class Modules(msgspec.Struct, frozen=True):
    """A program that is static with glibc and converts: it loads its tables from a folder of that glibc's."""

    folder: str

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk where the folder is known not to be there."""
        if place.tree.lacks(self.folder):
            message = f"it loads conversions from {self.folder}; without it iconv knows only Unicode and ASCII"
            yield risk_of("character-sets", self.folder, message, "link it statically with musl, which has them inside")


class NamedLocale(msgspec.Struct, frozen=True):
    """A locale that is asked for by its name; spellings of one are tried in turn, and any of them will do."""

    names: tuple[str, ...]

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk under glibc where its data is known not to be there; musl takes every name."""
        if place.libc != "gnu":
            return
        facts, name = conversions(), self.names[0]
        spellings = {spelling for one in self.names for spelling in _spellings(one)}
        paths = [facts.locale_archive, *(f"{facts.locale_folder}/{spelling}" for spelling in sorted(spellings))]
        if all(map(place.tree.lacks, paths)):
            yield risk_of("locale-data", name, f"it asks for the locale {name}, which the image does not have")


def expected(evidence: Evidence) -> Iterator[OnlyGlibc | Modules | NamedLocale]:
    """Yield what a file converts and which locales it names."""
    facts, content = conversions(), evidence.content
    if "glibc-static" in evidence.sorts:
        if facts.converts & evidence.calls:
            yield from map(Modules, sorted(content.like("/gconv", MODULES)))
        return
    if "dynamic" not in evidence.sorts:
        return
    if facts.converts & evidence.calls:
        pattern = re.compile(NAME_WITH_SUFFIX + "(?:" + "|".join(map(re.escape, facts.only_glibc)) + ")+")
        names = {name for anchor in facts.only_glibc for name in content.like(anchor, pattern)}
        yield from map(OnlyGlibc, sorted(names)[:1])
    if facts.names_locale & evidence.calls:
        pattern, most = re.compile(facts.locale_pattern), facts.most_locales
        locales = {name for anchor in facts.locale_anchors for name in content.like(anchor, pattern, most)}
        if len(locales) <= most:
            for _, spellings in itertools.groupby(sorted(locales), key=lambda name: name.partition(".")[0]):
                yield NamedLocale(tuple(spellings))


def _spellings(name: str) -> tuple[str, ...]:
    """Return how the folder of a locale may be written: as asked for, or normalised (locale/l10nflist.c)."""
    language, _, codeset = name.partition(".")
    plain = "".join(character for character in codeset.lower() if character.isalnum())
    return name, f"{language}.{plain}", language
