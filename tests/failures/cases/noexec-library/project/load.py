import ctypes

ctypes.CDLL("out/libfoo.so")
