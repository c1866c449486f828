"""What every archive format comes to: a stream of members."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

MemberKind = Literal["file", "directory", "symlink", "hardlink", "special"]
# The kernel's limit of a path (PATH_MAX), and of one name in it.
LONGEST_PATH = 4096
LONGEST_NAME = 255


class Reader(Protocol):
    """Bytes in order."""

    def read(self, count: int, /) -> bytes:
        """Return at least one and at most ``count`` bytes; none at the end. Raises `ArchiveError`."""


class Member(msgspec.Struct, frozen=True):
    """One member of an archive.

    ``name`` is as written there (bytes that are no UTF-8 as surrogates), ``mode`` its permission bits, ``target`` what
    a link leads to: for a hard link the name of another member. ``content`` can be read until the next member is asked
    for; ``at_once`` gives all ``size`` bytes in one piece (``None``: reading alone will do) and raises what reading
    does. ``special`` is everything that is neither file, folder nor link; ``note`` says what.
    """

    name: str
    kind: MemberKind
    mode: int = 0o644
    size: int = 0
    target: str = ""
    content: Reader | None = None
    note: str = ""
    at_once: Callable[[], bytes | bytearray | None] | None = None
