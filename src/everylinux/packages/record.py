"""The record of a package, out of what it is and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.evidence import Package

if TYPE_CHECKING:
    from collections.abc import Iterable

    from everylinux.evidence import Reason
    from everylinux.inputs.interface import UnpackedPackage

MOST_REASONS = 200


def record(
    package: UnpackedPackage,
    reasons: Iterable[Reason],
    *,
    judged: bool,
    tags: tuple[str, ...] = (),
    true_tags: tuple[str, ...] = (),
) -> Package:
    """Return the record; ``judged``: the package declares something that can be true or not."""
    found = tuple(reasons)
    return Package(
        path=package.path,
        member=package.member,
        kind=package.kind,
        name=package.name,
        version=package.version,
        arch=package.arch,
        tags=tags,
        true_tags=true_tags,
        truth=not found if judged else None,
        reasons=found[:MOST_REASONS],
    )
