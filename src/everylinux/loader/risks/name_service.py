"""Looking up hosts and users in a program that is static with glibc.

Before glibc 2.34 every lookup loads ``libnss_files.so.2`` and ``libnss_dns.so.2`` of the very glibc that the program
was linked with. Since then these two are inside, and only what else the image's ``nsswitch.conf`` names is loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.loader.risks.facts import name_service
from everylinux.loader.risks.interface import risk_of
from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.evidence import Risk
    from everylinux.images.interface import Tree
    from everylinux.loader.risks.interface import Evidence
    from everylinux.loader.risks.place import Place

CONFIGURATION = "/etc/nsswitch.conf"
MOST_BYTES = 1 << 16


class NameServiceUsed(msgspec.Struct, frozen=True):
    """A static program that asks the name service: by which function, and for which databases.

    ``inside``: files and DNS are linked into it.
    """

    function: str
    databases: frozenset[str]
    inside: bool

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield what the program would have to load there and cannot, or only by luck."""
        if self.inside:
            yield from self._others(place)
            return
        wanted = "libnss_files.so.2"
        needs = f"{self.function} loads {wanted} of the glibc that the program was linked with"
        since = name_service().built_in_since
        if place.libc != "gnu":
            if place.libc is not None or place.tree.complete:
                yield risk_of("static-name-service", self.function, f"{needs}; the image has no glibc")
        elif place.release is not None and version_key(place.release) >= version_key(since):
            yield risk_of("static-name-service", self.function, f"{needs}; that of glibc {place.release} is empty")
        elif place.finds(wanted) is False:
            yield risk_of("static-name-service", self.function, f"{needs}; the image does not have it")
        elif place.release is not None:
            yield risk_of("static-name-service", self.function, f"{needs}; the image has that of glibc {place.release}")

    def _others(self, place: Place) -> Iterator[Risk]:
        """Yield the modules beyond files and DNS that are there: they may be another glibc's."""
        if place.libc != "gnu":
            return
        only = "which works only with the glibc that the program was linked with"
        if place.tree.find(CONFIGURATION) is None and not place.tree.lacks(CONFIGURATION):
            message = f"{self.function} loads what nsswitch.conf names besides files and dns, {only}"
            yield risk_of("static-name-service", self.function, message)
        for service in _services(place.tree, self.databases):
            wanted = f"libnss_{service}.so.2"
            if place.finds(wanted):
                message = f"nsswitch.conf has {self.function} load {wanted}, {only}"
                yield risk_of("static-name-service", wanted, message)


def expected(evidence: Evidence) -> Iterator[NameServiceUsed]:
    """Yield how a program that is static with glibc uses the name service."""
    facts = name_service()
    if "glibc-static" not in evidence.sorts or not evidence.content.has(facts.linked):
        return
    hosts = sorted(facts.hosts & evidence.calls) or (["getaddrinfo"] if evidence.content.has(facts.hosts_text) else [])
    users = sorted(facts.users & evidence.calls)
    # A stripped program does not tell what else than getaddrinfo asks.
    if not hosts and not users:
        users = ["getpwnam"]
    databases = {"hosts"} if hosts else set()
    databases |= facts.user_databases if users else set()
    inside = all(evidence.content.has(text) for text in facts.built_in)
    yield NameServiceUsed((hosts + users)[0], frozenset(databases), inside)


def _services(tree: Tree, databases: frozenset[str]) -> list[str]:
    """Return what the image's configuration asks besides what is linked in (nsswitch.conf(5))."""
    entry = tree.find(CONFIGURATION)
    if entry is None or entry.directory:
        return []
    found: dict[str, None] = {}
    for line in entry.head(MOST_BYTES).decode("utf-8", "replace").splitlines():
        database, colon, services = line.partition("#")[0].partition(":")
        if colon and database.strip() in databases:
            found.update(dict.fromkeys(one for one in services.split() if one.isalnum()))
    return [one for one in found if one not in name_service().built_in_services]
