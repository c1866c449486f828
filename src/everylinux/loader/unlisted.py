"""Names that no base image has unless its entry in the catalogue lists them, however little else is known of it."""

from __future__ import annotations

import functools
import re

import msgspec

from everylinux.decoding import read_facts
from everylinux.target import version_key


class UnlistedFacts(msgspec.Struct, frozen=True):
    """The whole of ``unlisted.json``: patterns of the names of loaders, and of libraries that only come bundled.

    ``taken_over`` maps versions of glibc to the oldest release whose branch has them although the release had not.
    """

    date: str
    sources: dict[str, str]
    loaders: str
    bundled: str
    taken_over: dict[str, str]


def is_nowhere(path: str) -> bool:
    """Return whether what is not found at a path, or by a name, is known to be missing, also where little is known.

    Documents list an image's own loader, so another one is not there; a library with a digest in its name comes with
    the package that asks for it, or nowhere; one without a number is for linking only.
    """
    return _names().fullmatch(path.rpartition("/")[2]) is not None


def is_perhaps_taken_over(version: str, release: tuple[int, ...]) -> bool:
    """Return whether updates of a glibc release may have brought a version of a later one (``GLIBC_ABI_GNU2_TLS``)."""
    since = _facts().taken_over.get(version)
    return since is not None and release >= version_key(since)


@functools.cache
def _facts() -> UnlistedFacts:
    return read_facts("images/unlisted.json", UnlistedFacts)


@functools.cache
def _names() -> re.Pattern[str]:
    return re.compile(f"{_facts().loaders}|{_facts().bundled}")
