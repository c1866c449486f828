"""What went wrong with an input, and the smallest input with which it still does."""

from __future__ import annotations

import time
import traceback
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["raised", "slow", "hung", "memory", "differently", "died"]

PACKAGE = "/everylinux/"
MOST_TRIES = 300
SECONDS = 15


class Finding(msgspec.Struct, frozen=True):
    """One input that broke a promise.

    ``kind`` is which: it ``raised`` what nobody is meant to see, took too long (``slow``, ``hung``), too much
    ``memory``, answered ``differently`` the second time, or the process ``died``. ``where`` is the function and what it
    raised: findings with the same key are one bug.
    """

    number: int
    target: str
    seed: str
    kind: Kind
    where: str = ""
    message: str = ""

    @property
    def key(self) -> str:
        """What two findings of one bug have in common."""
        return f"{self.kind}-{self.where or self.target}"


def place_of(error: BaseException) -> str:
    """Return the innermost function of the package that an error passed, and the error's class."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if PACKAGE in frame.filename]
    if not frames:
        return type(error).__name__
    module = frames[-1].filename.rpartition(PACKAGE)[2].removesuffix(".py").replace("/", ".")
    return f"{module}.{frames[-1].name.strip('<>')}-{type(error).__name__}"


def smallest(content: bytes, still_fails: Callable[[bytes], bool]) -> bytes:
    """Return a smaller input that fails alike: cut off at the end, then with zeros wherever they change nothing."""
    tries = 0
    end = time.monotonic() + SECONDS

    def fails(candidate: bytes) -> bool:
        nonlocal tries
        tries += 1
        return tries <= MOST_TRIES and time.monotonic() < end and still_fails(candidate)

    size = len(content) // 2
    while size:
        while size <= len(content) and fails(content[:-size]):
            content = content[:-size]
        size //= 2
    size = max(len(content) // 4, 1)
    while size >= 16:
        for start in range(0, len(content), size):
            part = content[start : start + size]
            candidate = content[:start] + bytes(len(part)) + content[start + size :]
            if part.strip(b"\0") and fails(candidate):
                content = candidate
        size //= 4
    return content
