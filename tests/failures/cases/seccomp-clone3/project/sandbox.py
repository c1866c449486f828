"""Run a command under a filter as old container engines have it: clone3, which they do not know, gives EPERM."""

import ctypes
import os
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2  # linux/prctl.h, linux/seccomp.h
CLONE3, EPERM, RET_ERRNO, RET_ALLOW = 435, 1, 0x00050000, 0x7FFF0000
# Load the number of the call; if it is clone3 go on, else skip one; EPERM; allow.
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, CLONE3), (0x06, 0, 0, RET_ERRNO | EPERM), (0x06, 0, 0, RET_ALLOW)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("steps", ctypes.c_void_p)]


program = Program(len(steps), ctypes.addressof(code))
libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execvp(sys.argv[1], sys.argv[1:])
