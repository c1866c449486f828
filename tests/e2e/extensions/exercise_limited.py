"""Run inside of an image's Python: ``exercise_limited.py FOLDER``; the module there is for the stable ABI."""

import sys

sys.path.insert(0, sys.argv[1])

import limited_sample

assert limited_sample.answer() == 42
assert limited_sample.__file__.endswith("/limited_sample.abi3.so"), limited_sample.__file__
print("all right")
