"""Progress on standard error: plain lines, so that logs of CI jobs stay readable."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")
SECONDS_BETWEEN_NEWS = 10.0


class Progress:
    """Says what is happening and how long it took; safe to call from several threads.

    ``quiet`` says nothing at all, ``verbose`` > 0 says details too.
    """

    def __init__(self, *, quiet: bool = False, verbose: int = 0) -> None:
        self._quiet = quiet
        self._verbose = verbose
        self._start = time.monotonic()
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Say one line, with the seconds since the start in front."""
        if self._quiet:
            return
        from everylinux.report.text import printable

        with self._lock:
            sys.stderr.write(f"[{time.monotonic() - self._start:6.1f}s] {printable(text)}\n")
            sys.stderr.flush()

    def detail(self, text: str) -> None:
        """Say a line that only ``-v`` shows."""
        if self._verbose:
            self.say(text)

    def follow(self, items: Iterable[Item], total: int, what: str) -> Iterator[Item]:
        """Yield the items as they come, and say now and then how many of them there are: ``120 of 1000 runs``."""
        said = time.monotonic()
        for count, item in enumerate(items, 1):
            if time.monotonic() - said >= SECONDS_BETWEEN_NEWS:
                self.say(f"{count} of {total} {what}")
                said = time.monotonic()
            yield item
