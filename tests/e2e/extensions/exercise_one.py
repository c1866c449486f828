"""A module that asks one of glibc's libraries for one thing: its answer to 1.0 has to be the one that is told."""

from __future__ import annotations

import sys

sys.path.insert(0, sys.argv[1])

import one

assert one.answer(1.0) == float(sys.argv[2]), one.answer(1.0)
print("all right")
