"""What glibc has and musl lacks: a project that asks whether it is there has to hear no, and go the way without it."""

from __future__ import annotations

import functools
import re

from everylinux import data
from everylinux.loader.history import glibc_history, musl_history

# What the object in each neutral module answers where musl has nothing.
_OF_THE_MODULE = re.compile(r"^HERE [^;(]*?(\w+)\(", re.MULTILINE)


@functools.cache
def tried_in_vain(cpu: str) -> tuple[str, ...]:
    """Return the functions of glibc's on a CPU that no musl has and that are not brought, sorted."""
    glibc, musl = glibc_history(), musl_history()
    number, other = list(glibc.cpus).index(cpu), musl.cpus.index(cpu)
    there = {
        name for row in glibc.rows if any(number in cpus for cpus in row.since.values()) for name in row.names.split()
    }
    there -= {name for row in musl.rows if other in row.cpus for name in row.names.split()}
    brought = _OF_THE_MODULE.findall(data.read("neutral/module.c").decode())
    return tuple(sorted(there.difference(brought)))
