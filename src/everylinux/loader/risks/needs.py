"""Files and folders that a program expects in the image: certificates, time zones, /tmp, a shell, users."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.loader.risks.facts import Need, Sign, needs
from everylinux.loader.risks.interface import risk_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everylinux.evidence import Risk
    from everylinux.images.interface import Tree
    from everylinux.loader.risks.content import Content
    from everylinux.loader.risks.interface import Evidence
    from everylinux.loader.risks.place import Place


class Needed(msgspec.Struct, frozen=True):
    """One of these paths must be there; ``subject`` and ``message`` are the risk's."""

    code: str
    subject: str
    message: str
    paths: tuple[str, ...]
    folders_with_files: frozenset[str]

    def risks_on(self, place: Place) -> Iterator[Risk]:
        """Yield the risk where it is known that none of the paths is there."""
        if all(self._lacks(place.tree, path) for path in self.paths):
            yield risk_of(self.code, self.subject, self.message)

    def _lacks(self, tree: Tree, path: str) -> bool:
        if tree.lacks(path):
            return True
        # What is in a folder is known only of a real one: others list what loaders ask for.
        return path in self.folders_with_files and tree.directory is not None and not tree.names(path)


def expected(evidence: Evidence) -> Iterator[Needed]:
    """Yield what a file needs in every image."""
    for need in needs():
        if any(_shows(sign, need, evidence) for sign in need.shown_by) and not _brings(need, evidence):
            yield Needed(need.code, need.subject, need.message, _paths(need, evidence), need.folders_with_files)


def _shows(sign: Sign, need: Need, evidence: Evidence) -> bool:
    """Return whether all holds that a sign names; what costs most is asked last."""
    if sign.sort not in evidence.sorts:
        return False
    if (sign.calls and not sign.calls & evidence.calls) or (sign.and_calls and not sign.and_calls & evidence.calls):
        return False
    content = evidence.content
    return (
        all(content.has(text) for text in sign.texts)
        and not any(content.has(text) for text in sign.without)
        and (not sign.functions or any(map(content.go_function, sign.functions)))
        and (not sign.names_paths or bool(_named(need, content)))
        and (not sign.texts_like or _some_like(sign, content))
    )


def _brings(need: Need, evidence: Evidence) -> bool:
    content = evidence.content
    if evidence.elf.notes.go:
        return any(map(content.go_function, need.unless_functions))
    return any(map(content.contains, need.unless_contains)) or any(
        content.repeats(text, times) for text, times in need.unless_repeated.items()
    )


def _named(need: Need, content: Content) -> tuple[str, ...]:
    """Return which of the paths to files a program names; in Rust and Go strings do not end."""
    return tuple(path for path in need.paths if path not in need.folders_with_files and content.contains(path))


def _paths(need: Need, evidence: Evidence) -> tuple[str, ...]:
    """Return where a program looks: the one file that it names and the folders that it names, or all usual places."""
    if evidence.elf.notes.go or not any(sign.names_paths for sign in need.shown_by):
        return need.paths
    named = _named(need, evidence.content)
    if len(named) != 1:
        return need.paths
    return named + tuple(path for path in need.paths if path in need.folders_with_files and evidence.content.has(path))


def _some_like(sign: Sign, content: Content) -> bool:
    pattern = re.compile(sign.texts_like)
    found: set[str] = set()
    for anchor in sign.anchors:
        found |= content.like(anchor, pattern, sign.most)
        if len(found) > sign.most:
            return False
    return bool(found)
