"""Which symbols a release of musl lacks: zig's musl is newer than that of many images, and has no symbol versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.target import version_key

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from everylinux.target import Target


def newer_symbols(wanted: AbstractSet[str], target: Target) -> list[str]:
    """Return, sorted, the symbols that the newest musl has and the release of the target's floor has not.

    Where the floor's own list is not known, that of the nearest older release stands for it, so that a symbol in
    between is reported rather than passed over; the oldest known list stands for still older floors.
    """
    from everylinux.images.catalogue import musl_symbols, musl_versions

    known = sorted(musl_versions(target.cpu.name), key=version_key)
    if target.floor is None or not known:
        return []
    older = [version for version in known if version_key(version) <= version_key(target.floor)]
    at_floor = musl_symbols(older[-1] if older else known[0], target.cpu.name)
    newest = musl_symbols(known[-1], target.cpu.name)
    return sorted(wanted & (newest - at_floor))
