"""Run inside of an image's Python: modules of CPython's own that stand on other projects' libraries do their work."""

import bz2
import ctypes
import gzip
import lzma
import sqlite3
import sys
import zlib

sys.path.insert(0, sys.argv[1])

from answers import equal

TEXT = b"the same again and again, " * 99
NUMBER = ctypes.POINTER(ctypes.c_int)

for codec in (bz2, gzip, lzma, zlib):
    packed = codec.compress(TEXT)
    equal((len(packed) < len(TEXT) // 4, codec.decompress(packed)), (True, TEXT))
process = ctypes.CDLL(None)
process.strtod.restype = ctypes.c_double
equal(process.strtod(b"2.5 and more", None), 2.5)
numbers = (ctypes.c_int * 4)(3, 1, 4, 2)
order = ctypes.CFUNCTYPE(ctypes.c_int, NUMBER, NUMBER)(lambda one, other: one[0] - other[0])
process.qsort(numbers, len(numbers), ctypes.sizeof(ctypes.c_int), order)
equal(list(numbers), [1, 2, 3, 4])
with sqlite3.connect(":memory:") as database:
    database.execute("create table sample(number)")
    database.executemany("insert into sample values (?)", [(3,), (4,)])
    equal(database.execute("select sum(number) from sample").fetchall(), [(7,)])
print("all right")
