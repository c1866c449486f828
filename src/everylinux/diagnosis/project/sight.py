"""What looking at a project's files tells."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from everylinux.evidence import Diagnosis, Place

# More places than these help nobody.
MOST_PLACES = 5


@dataclass(frozen=True, slots=True)
class Sight:
    """``found`` are captures, ``places`` the lines to change or to look at.

    ``diagnosis`` is what a log in the project tells.
    """

    found: Mapping[str, str] = field(default_factory=dict)
    places: tuple[Place, ...] = ()
    diagnosis: Diagnosis | None = None
