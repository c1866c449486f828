"""Run inside of an image's Python: ``exercise_names.py FOLDER``; what `names.c` asks glibc for has an answer on each."""

import errno
import os
import sys

sys.path.insert(0, sys.argv[1])

import names_sample
from answers import equal

try:
    glibc = os.confstr("CS_GNU_LIBC_VERSION") or ""
except (OSError, ValueError):
    glibc = ""
used, given_back, set_so = names_sample.heap()
equal(names_sample.processors(3000), 2)
equal(names_sample.place(), "source/names.c")
equal(given_back in (0, 1), True)
extended, no_places = 1, 8
nothing, as_it_was = (-1, -1), (0x7F7F7F7F, 0x7F7F7F7F)
equal(names_sample.matches("(a+)(x)?(b)", "--aab", extended, 6), [3, (2, 5), (2, 4), nothing, (4, 5), nothing, nothing])
equal(names_sample.matches("b", "aab", extended, 40)[:3], [0, (2, 3), nothing])
equal(names_sample.matches("b", "aab", extended | no_places, 2)[1:], [as_it_was, as_it_was])
equal(names_sample.matches("b", "aac", extended, 2), 1)
equal(names_sample.matches("(a", "a", extended, 2), (8, True))
if glibc:
    equal(names_sample.release(), glibc.removeprefix("glibc "))
    equal((used > 0, set_so), (True, 1))
    equal(names_sample.pinned(), 0)
else:
    equal(names_sample.release().endswith("(musl)"), True)
    equal((used, given_back, set_so), (0, 0, 0))
    equal(names_sample.pinned(), errno.ENOSYS)
    equal(names_sample.logged_in(), [])
print("all right")
