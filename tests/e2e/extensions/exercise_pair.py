"""Run inside of an image's Python: ``exercise_pair.py FOLDER``; two modules that share a source."""

import sys

sys.path.insert(0, sys.argv[1])

import one
import two

assert (one.twice(3), two.twice(-4)) == (7, -7)
print("all right")
