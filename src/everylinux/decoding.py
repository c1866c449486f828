"""Reading our own data files in threads.

msgspec looks at a type the first time that it decodes to it; two threads that do so at once crash the process
(segmentation fault, msgspec 0.22). What targets that are built side by side ask for is read here.
"""

from __future__ import annotations

import threading
from typing import TypeVar

import msgspec

from everylinux import data

Facts = TypeVar("Facts")
_LOCK = threading.Lock()


def read_facts(name: str, kind: type[Facts]) -> Facts:
    """Return the content of a JSON file below ``data/`` as a type; raises `msgspec.ValidationError` for another."""
    return decoded(data.read(name), kind)


def decoded(content: bytes, kind: type[Facts]) -> Facts:
    """Return JSON as a type, in one thread after the other; raises `msgspec.ValidationError` for another."""
    with _LOCK:
        return msgspec.json.decode(content, type=kind)
