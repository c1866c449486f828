"""CPython: the one of this machine that runs builds, made to answer as a target's."""
