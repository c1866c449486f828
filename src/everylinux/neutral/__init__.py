"""Shared objects that bind to whichever libc the process has: neutral modules (docs/neutral.md).

Such a file is compiled with glibc's headers and linked against glibc, so that each reference names the version that is
meant; then it is detached (`detach.py`): it names no libc among its libraries any more. glibc's loader binds each
reference to that version in the libc that is loaded already, musl's binds by name. `judge.py` says whether every name
means the same in both.
"""
