"""Which features are named for another library, and most like the one that is left out."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAXIMUM_NAMES = 3


def most_alike(features: Mapping[str, tuple[str, ...]], off: Iterable[str], word: str) -> list[str]:
    """Return the features with a word in their names, those most like what is left out first."""
    names = [
        name
        for name, turned_on in features.items()
        if word in name and not name.startswith("_") and turned_on != itself(name)
    ]
    wanted = {variant for name in off for variant in (word, *_with_word(name.rpartition("/")[2], word))}

    def likeness(name: str) -> tuple[float, int, str]:
        return -max(difflib.SequenceMatcher(None, name, each).ratio() for each in wanted), len(name), name

    return sorted(names, key=likeness)[:MAXIMUM_NAMES]


def itself(name: str) -> tuple[str]:
    """Return what a feature turns on that is only its dependency: a part of those that are meant for users."""
    return (f"dep:{name}",)


def _with_word(name: str, word: str) -> list[str]:
    """Return a feature's name with the word in place of the library's: ``runtime-tokio-native-tls`` and the like."""
    return [name.replace(old, word) for old in ("native-tls", "default-tls", "openssl", "native") if old in name]
