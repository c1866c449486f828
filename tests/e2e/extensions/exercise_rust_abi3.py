"""Run inside of an image's Python: ``exercise_rust_abi3.py FOLDER``; each answer has to be right."""

import sys

sys.path.insert(0, sys.argv[1])

import part_in_c
import rust_abi3_sample as m

BITS = sys.maxsize.bit_length() + 1
assert m.total("äb") == sum("äb".encode())
assert m.total("a" * 100000) == 97 * 100000
assert m.pointer_bits() == BITS
assert part_in_c.bits() == BITS
try:
    m.total(3)
except TypeError:
    pass
else:
    raise AssertionError("a number is no text")
print("all right")
