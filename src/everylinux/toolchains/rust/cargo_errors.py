"""What cargo, rustc or rustup say when they refuse, as errors of ours: in their own words, with what to do."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

import msgspec

from everylinux.decoding import read_facts
from everylinux.errors import BuildFailedError, InputOutputError, ToolMissingError, UsageError

if TYPE_CHECKING:
    from everylinux.errors import EverylinuxError

SHOWN_LINES = 6
# Words of cargo's help that is a list of names, or the nearest one.
NAMING = ("available ", "similar")
SHOWN_CHARACTERS = 400
# Of what a program says that cargo asked, and of how it was called.
ASKED_LINES, CALL_CHARACTERS = 2, 120
_CALL = re.compile(rf"`([^`]{{{CALL_CHARACTERS}}})[^`]+`")
_CLASSES: dict[str, type[EverylinuxError]] = {
    "usage": UsageError,
    "tool": ToolMissingError,
    "build": BuildFailedError,
    "network": InputOutputError,
}


class Refusal(msgspec.Struct, frozen=True):
    """One kind of refusal: words of which one occurs in the message, and what they mean.

    The message has the text ``within``, too. ``error`` is a key of `_CLASSES`.
    """

    words: tuple[str, ...]
    error: str
    meaning: str
    hint: str
    within: str = ""


class _Refusals(msgspec.Struct, frozen=True):
    date: str
    source: str
    refusals: tuple[Refusal, ...]


def cargo_error(printed: str) -> EverylinuxError:
    """Return the error for what cargo printed on its standard error (``data/toolchains/cargo-refusals.json``)."""
    said = _said(printed)
    for refusal in read_facts("toolchains/cargo-refusals.json", _Refusals).refusals:
        if refusal.within in printed and any(word in printed for word in refusal.words):
            return _CLASSES[refusal.error](said, meaning=refusal.meaning, hint=_help(printed) or refusal.hint)
    return BuildFailedError(said, meaning="cargo refuses the project before anything is built")


def _said(printed: str) -> str:
    """Return the reason on one line: the last error that cargo names and the causes below it, without excerpts."""
    lines: list[str] = []
    # What a program said that cargo asked tells more than how it was called.
    _, _, asked = printed.partition("--- stderr")
    refused = any(line.strip().startswith("error:") for line in asked.splitlines())
    for line in (asked if refused else printed).splitlines():
        text = line.strip()
        if text.startswith("error:"):
            lines = [text.removeprefix("error:").strip()]
        elif text.startswith(("help:", "Usage:", "Stack backtrace", "--- std", "note:")) and lines:
            break
        elif lines and text and text != "Caused by:" and not text.startswith(("|", "-->")) and not text[0].isdigit():
            lines.append(text)
    if not refused:
        lines += [line.strip() for line in asked.splitlines() if line.strip()][:ASKED_LINES]
        lines = [_CALL.sub(r"`\1…`", line) for line in lines]
    reason = ": ".join(line.rstrip(":.") for line in lines[:SHOWN_LINES]) or " ".join(printed.split()[-60:])
    return f"cargo: {_plain(reason)[:SHOWN_CHARACTERS]}"


def _help(printed: str) -> str:
    """Return what cargo says that there is in place of what was asked for; nothing where it names nothing."""
    lines = iter(printed.splitlines())
    for line in lines:
        if line.startswith("help: ") and any(word in line for word in NAMING):
            names = [each.strip() for each in itertools.takewhile(lambda each: each.startswith("    "), lines)]
            return _plain(" ".join([line.removeprefix("help: "), ", ".join(names)]).strip())[:SHOWN_CHARACTERS]
    return ""


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
