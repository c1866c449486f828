"""What ends the reading of an archive, and what keeps one member of it out."""

from __future__ import annotations


class ArchiveError(Exception):
    """An archive that cannot be read to its end; the message completes "PATH: …"."""


class DamagedError(ArchiveError):
    """Its bytes contradict the format, or a check sum."""


class EncryptedError(ArchiveError):
    """A password or a key is needed."""


class UnsupportedError(ArchiveError):
    """A format, or a part of one, that is not read."""


class LimitError(ArchiveError):
    """It grows beyond what an archive of its size can hold without being made for that."""


class RefusedError(Exception):
    """A member that is not written; the message says why, in the words of a `Skipped` record."""
