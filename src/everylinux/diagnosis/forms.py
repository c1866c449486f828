"""The forms of logs that no single tool gives them: what wrappers put before lines, how logs end, what is secret.

They are TOML (``data/logs``). `tools/update_causes.py` writes the expressions of all of them into
``data/logs/index.json``, so that no log waits for a reader of TOML.
"""

from __future__ import annotations

import functools

import msgspec

from everylinux.decoding import read_facts


class Form(msgspec.Struct, frozen=True, omit_defaults=True):
    """One expression (RE2) for a line or a part of it.

    ``within``: it tells something in so many of the last lines. ``mixed``: only what has letters and digits counts.
    ``signs``: see `patterns.signs`.
    """

    pattern: str
    within: int = 0
    mixed: bool = False
    signs: tuple[str, ...] = ()


class Forms(msgspec.Struct, frozen=True, omit_defaults=True):
    """All forms, in the order of their files; the fields have the names of the tables there."""

    prefix: tuple[Form, ...] = ()
    ending: tuple[Form, ...] = ()
    harmless: tuple[Form, ...] = ()
    on: tuple[Form, ...] = ()
    well: tuple[Form, ...] = ()
    begun: tuple[Form, ...] = ()
    secret: tuple[Form, ...] = ()


@functools.cache
def forms() -> Forms:
    """Return what is shipped in the package."""
    return read_facts("logs/index.json", Forms)
