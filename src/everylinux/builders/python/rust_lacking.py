"""What cures the build of an extension in Rust that failed for a library: as for any Cargo build, once it has failed.

Nothing is certain before: it is the build backend that chooses packages and features.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from everylinux.builders.cargo.ahead import failed_for
from everylinux.builders.commands import BuildInterruptedError
from everylinux.errors import BuildFailedError, EverylinuxError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from everylinux.builders.cargo.ahead import Ahead
    from everylinux.builders.interface import BuildContext


@contextlib.contextmanager
def cures_told(ahead: Ahead, context: BuildContext) -> Iterator[None]:
    """Tell with the error of a build what would cure it, where its log shows which library is missing."""
    log = context.commands.log
    start = log.stat().st_size
    try:
        yield
    except BuildInterruptedError:
        raise
    except BuildFailedError as error:
        raise _explained(error, ahead, log, start) from None


def _explained(error: BuildFailedError, ahead: Ahead, log: Path, start: int) -> BuildFailedError:
    from everylinux.builders.cargo.lacking import libraries_lacking

    answer = ahead.built / "answer.json"
    answer.touch()  # empty: the backend keeps what cargo answers to itself
    try:
        packages = ahead.metadata.packages
        lacking = libraries_lacking(log, start, answer, packages=packages, advice=())
        if not lacking:
            return error
        ahead.keep_lacking(lacking)
        found = ahead.outlook()
    except EverylinuxError:  # cargo does not answer, or there is no manifest: what the build said stands
        return error
    # The change would be one of the project's own Cargo.toml: it is told, and made by hand.
    return failed_for(error, replace(found, change=None)) if found.missing else error
