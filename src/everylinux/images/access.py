"""How images may be fetched: what the flags and the settings allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _say_nothing(text: str) -> None:
    del text


class Access(msgspec.Struct, frozen=True):
    """The ways to registries.

    ``offline``: only what is in the cache is used. ``plain_http`` are the hosts (``localhost:5000``) that are asked
    without encryption; no other ever is. ``mirrors`` are pairs of a registry's host and what is asked in its place: a
    host, or a host and the path below which it keeps the other's images. ``say`` takes lines of progress.
    """

    offline: bool = False
    plain_http: frozenset[str] = frozenset()
    mirrors: tuple[tuple[str, str], ...] = ()
    say: Callable[[str], None] = _say_nothing

    def mirror_of(self, host: str) -> str | None:
        """Return what is asked in place of a registry, ``None`` when it is asked itself."""
        return next((mirror for known, mirror in self.mirrors if known == host), None)


def read_mirrors(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return mirrors as the settings write them, ``HOST=MIRROR``; raises `UsageError` for what is no such pair."""
    found = []
    for pair in pairs:
        host, _, mirror = pair.partition("=")
        if not host or not mirror or "/" in host or "://" in mirror or "@" in mirror:
            raise UsageError(
                f"{pair!r} is no mirror", hint="write HOST=MIRROR, for instance docker.io=mirror.example.com/hub"
            )
        found.append((host.strip().lower(), mirror.strip().strip("/")))
    return tuple(found)
