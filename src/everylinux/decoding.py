"""JSON and tables as our types, in whatever thread.

msgspec looks at a type the first time that it decodes to it; two threads that do so at once crash the process
(segmentation fault, msgspec 0.22). Targets are built, and files are run, side by side: so all is read here.
"""

from __future__ import annotations

import os
import threading
from typing import TypeVar

import msgspec

from everylinux import data

Facts = TypeVar("Facts")
_LOCK = threading.RLock()


def _free() -> None:
    """Give a forked process, in which the thread that holds the lock does not exist, a lock of its own."""
    global _LOCK  # noqa: PLW0603 - there is one for all
    _LOCK = threading.RLock()


os.register_at_fork(after_in_child=_free)


def read_facts(name: str, kind: type[Facts]) -> Facts:
    """Return the content of a JSON file below ``data/`` as a type; raises `msgspec.ValidationError` for another."""
    return decoded(data.read(name), kind)


def read_table(name: str, kind: type[Facts]) -> Facts:
    """Return the content of a TOML file below ``data/`` as a type; raises `msgspec.ValidationError` for another."""
    import tomllib

    return converted(tomllib.loads(data.read(name).decode()), kind)


def decoded(content: bytes | bytearray | memoryview | str, kind: type[Facts]) -> Facts:
    """Return JSON as a type; raises `msgspec.DecodeError`, and `msgspec.ValidationError` for JSON of another type."""
    with _LOCK:
        return msgspec.json.decode(content, type=kind)


def converted(table: object, kind: type[Facts]) -> Facts:
    """Return what a reader of another format made as a type; raises `msgspec.ValidationError` for another."""
    with _LOCK:
        return msgspec.convert(table, kind)


def decoder(kind: type[Facts]) -> msgspec.json.Decoder[Facts]:
    """Return a decoder for many texts of one type."""
    with _LOCK:
        return msgspec.json.Decoder(kind)
