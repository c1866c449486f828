"""Shared objects that have a libc of their own inside (docs/build-python.md, section Static modules).

All of musl that such a file uses is linked into it: it needs no library. Two libcs live in its process then, and what
the inner one keeps in the thread, or expects somebody to have set up, belongs to the other. `judge.py` says what of it
that is, from the map of the link.
"""
