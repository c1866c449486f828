"""What all tests share."""

from __future__ import annotations

import signal

# A process that was started in the background may have been told to ignore Ctrl-C, and hands that on to its children:
# the tests that interrupt a run need it as a terminal would start it.
signal.signal(signal.SIGINT, signal.default_int_handler)
