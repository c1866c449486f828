"""Run inside of an image's Python: ``exercise_limited.py FOLDER NAME``: the module is the file of that name."""

import sys

sys.path.insert(0, sys.argv[1])

import limited_sample

assert limited_sample.answer() == 42
assert limited_sample.__file__.endswith(f"/{sys.argv[2]}"), limited_sample.__file__
print("all right")
