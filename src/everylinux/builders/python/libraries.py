"""A build of a wheel that fails for a library of the target: which header or library is not there, what brings it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from everylinux.builders.first_error import first_error
from everylinux.builders.libraries import with_cure
from everylinux.errors import BuildFailedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.target import Target

# What is compiled with musl's headers.
MUSL_HEADERS = ("musl", "static")
# Clang's words for what older compilers let pass with a warning (Clang's manual, Options to Control Error and Warning
# Messages), and for any error in a source.
_STRICTER = re.compile(r"error: .*\[(?:-Werror,)?-W([\w-]{1,60})\]$")
_IN_SOURCE = re.compile(r":\d+:\d+: (?:fatal )?error: ")


def build_error(target: Target, log: Path, start: int) -> BuildFailedError:
    """Return the error for a build of a wheel that wrote into the log after byte ``start`` why it failed."""
    said = first_error(log, start) or "it said nothing"
    message, hint = f"the build of the wheel failed: {said}", f"the whole output is in {log}"
    error = with_cure(BuildFailedError(message, hint=hint), target)
    return error if error.meaning else BuildFailedError(message, hint="; ".join([*_ways_on(target, said), hint]))


def _ways_on(target: Target, said: str) -> Iterator[str]:
    """Yield what may build a source that does not compile, without a change to it."""
    if stricter := _STRICTER.search(said):
        yield f"CFLAGS=-Wno-error={stricter[1]} makes a warning of it, as it is to older compilers"
    if target.libc in MUSL_HEADERS and _IN_SOURCE.search(said):
        yield "--libc neutral compiles with glibc's headers instead of musl's, and the wheel is for musl, too"
