"""Progress on standard error: plain lines, so that logs of CI jobs stay readable."""

from __future__ import annotations

import sys
import threading
import time


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
