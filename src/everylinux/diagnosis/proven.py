"""Which fixes turned recorded failures into builds that pass: ``data/causes/verified.json``.

`tools/failures.py verify` writes it, from running each case of ``tests/failures`` without and with its fix.
"""

from __future__ import annotations

import functools

from everylinux.decoding import read_facts

# For each cause, by the titles of its fixes: the names of the cases.
Cured = dict[str, dict[str, list[str]]]


@functools.cache
def verified() -> Cured:
    """Return what is recorded."""
    return read_facts("causes/verified.json", Cured)


def cured(cause: str, title: str) -> int:
    """Return how many recorded failures a fix, named by the title in its file, turned into builds that pass."""
    return len(verified().get(cause, {}).get(title, ()))
