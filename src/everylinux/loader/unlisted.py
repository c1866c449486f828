"""Names that no base image has unless its entry in the catalogue lists them, however little else is known of it."""

from __future__ import annotations

import functools
import re

import msgspec

from everylinux import data


class UnlistedFacts(msgspec.Struct, frozen=True):
    """The whole of ``unlisted.json``: patterns of the names of loaders, and of libraries that only come bundled."""

    date: str
    sources: dict[str, str]
    loaders: str
    bundled: str


def is_nowhere(path: str) -> bool:
    """Return whether what is not found at a path, or by a name, is known to be missing, also where little is known.

    Documents list an image's own loader, so another one is not there; a library with a digest in its name comes with
    the package that asks for it, or nowhere.
    """
    return _names().fullmatch(path.rpartition("/")[2]) is not None


@functools.cache
def _names() -> re.Pattern[str]:
    facts = msgspec.json.decode(data.read("images/unlisted.json"), type=UnlistedFacts)
    return re.compile(f"{facts.loaders}|{facts.bundled}")
