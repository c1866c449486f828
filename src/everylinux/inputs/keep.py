"""Which files of an archive judging needs beside its ELF files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from everylinux.inputs.recognise import Kind

# Read by loaders, or by what a risk is about. Paths from the root of a system.
SYSTEM_FILES = re.compile(
    r"etc/(ld\.so\.(conf|cache|preload)|ld\.so\.conf\.d/.+|ld-musl-[^/]+\.path|nsswitch\.conf|passwd)"
)
COMMANDS = frozenset({"bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin"})
# What a package says of itself.
METADATA = re.compile(r"[^/]+\.dist-info/(WHEEL|METADATA)|(?:[^/]+/)?package\.json|\.PKGINFO|\.BUILDINFO")
# npm's: what it declares of systems is compared with the files when they are judged.
MANIFEST = re.compile(r"(?:[^/]+/)?package\.json")
LONGEST_METADATA = 1 << 20


def is_needed(name: str, kind: Kind, mode: int) -> bool:
    """Return whether a file of a package is needed, although it is not judged."""
    folder, _, base = name.rpartition("/")
    # What a loader takes for a library ends its search, whatever it is.
    if ".so" in base:
        return True
    if kind == "script" and folder in COMMANDS and mode & 0o111:
        return True
    return SYSTEM_FILES.fullmatch(name) is not None or MANIFEST.fullmatch(name) is not None


def is_metadata(name: str, size: int) -> bool:
    """Return whether it is a small file in which a package tells about itself."""
    return size <= LONGEST_METADATA and METADATA.fullmatch(name) is not None
