"""Whether an image's ``env`` splits the first line of a script (``env -S``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.elf.numbers import ELF_MAGIC

if TYPE_CHECKING:
    from everylinux.images.interface import Entry

# What a description has as the text of an ``env`` that cannot: that of GNU coreutils before 8.30 (NEWS of 8.30).
WITHOUT_SPLIT = "env without -S"
# The long name of the option is in the file of each env that has it: GNU coreutils since 8.30, uutils.
OPTION = b"split-string"
# uutils is one program for all commands, of some 15 MiB.
LONGEST = 64 << 20


def splits(env: Entry) -> bool:
    """Return whether it takes ``-S``, also where nothing is known of it but that it is there."""
    text = env.head(LONGEST)
    return OPTION in text if text.startswith(ELF_MAGIC) else text != WITHOUT_SPLIT.encode()
