"""What else has to stand in a log, or must not, near what tells a cause."""

from __future__ import annotations

import msgspec


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Another event that has to be near, or must not be: of kind ``event``, with captures that match ``where``.

    ``before`` and ``after`` are how many lines away it may be; without both it may be anywhere in the log. ``same``
    are captures that must be equal in both events, or, where the first lacks them, in what an earlier condition found.
    """

    event: str = ""
    pattern: str = ""
    literals: tuple[str, ...] = ()
    where: dict[str, str] = {}
    before: int | None = None
    after: int | None = None
    same: tuple[str, ...] = ()
