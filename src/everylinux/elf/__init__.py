"""What a loader reads in a file: one pass over mapped memory, no external parser."""

from __future__ import annotations

from everylinux.elf.errors import CorruptElfError, NotElfError
from everylinux.elf.file import ElfFile
from everylinux.elf.reader import read

__all__ = ["CorruptElfError", "ElfFile", "NotElfError", "read"]
