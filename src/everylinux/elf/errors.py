"""What `elf.read` raises."""

from __future__ import annotations

from everylinux.errors import InputOutputError


class NotElfError(InputOutputError):
    """The file does not begin with an ELF header."""


class CorruptElfError(InputOutputError):
    """The file begins like ELF, but its header cannot be used."""
