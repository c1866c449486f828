"""Secrets that a log holds: passwords, tokens and keys are not repeated in what is reported.

A report is pasted into issues more readily than a log. The forms are data (``data/logs/secrets.toml``); what has none
of them is not seen as a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from everylinux.diagnosis.forms import forms
from everylinux.diagnosis.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
# What is shorter is masked where it stands, and not wherever the same few letters occur.
SHORTEST_KNOWN = 6


class Masking:
    """The secrets in some lines: what is captured there may hold one without what makes it known as one."""

    def __init__(self, lines: Iterable[str]) -> None:
        secrets = {line[start:end] for line in lines for start, end in _places(line) if end - start >= SHORTEST_KNOWN}
        # The longest first: one may be a part of another.
        self._secrets = sorted(secrets, key=lambda secret: (-len(secret), secret))

    def masked(self, text: str) -> str:
        """Return the text with `MASK` in place of each secret of the lines, and of those in itself."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return masked(text)


def masked(text: str) -> str:
    """Return the text with `MASK` in place of each secret in it."""
    parts, done = [], 0
    for start, end in sorted(_places(text)):
        if end > done:
            parts += [text[done : max(start, done)], MASK if start >= done else ""]
            done = end
    return "".join((*parts, text[done:]))


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a secret begins and ends."""
    folded = text.casefold()
    for form in forms().secret:
        if form.signs and not any(sign in folded for sign in form.signs):
            continue
        expression = compiled(form.pattern)
        group = expression.groupindex["secret"]
        for match in expression.finditer(text):
            secret = match[group]
            if secret and secret != MASK and (not form.mixed or _is_mixed(secret)):
                yield match.span(group)


def _is_mixed(text: str) -> bool:
    return any(character.isdigit() for character in text) and any(character.isalpha() for character in text)
