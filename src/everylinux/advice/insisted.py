"""The libraries without which a build script ends: what it asks pkg-config for before anything may lead past it."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from everylinux.advice.calls import in_order
from everylinux.advice.scripts import groups, without_texts

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROBE = re.compile(
    r"(?:probe(?:_library)?|find_library|Config::new\(\)(?:\s*\.\w{1,40}\([^()]{0,80}\)){0,6}\s*\.find)"
    r'\(\s*(?:"([A-Za-z0-9+._-]{1,64})"|&?([A-Za-z_]\w{0,63})\s*[,)])'
)
_NAMED = re.compile(
    r'\b(?:let|const|static)\s+([A-Za-z_]\w{0,63})\s*(?::[^=;]{1,64})?=\s*"([A-Za-z0-9+._-]{1,64})"\s*;'
)
# What may lead past a probe; and out of an arm of a match past what follows it.
BRANCHING = re.compile(r"\b(?:if|match|return|loop|for|while|exit)\b|\bcfg\b|\?|&&|\|")
_LEAVING = re.compile(r"\b(?:return|exit)\b|\?")
_UNWRAPPED = re.compile(r"\s*\.\s*(?:unwrap|expect)\s*\(")
_ARMS = re.compile(r"\s*(?=\{)")
# Where a program ends and says that it failed: a text is written before, at most.
_ENDS = re.compile(
    r"\s*(?:(?:\{|e?println!\([^()]{0,400}\)\s*;)\s*){0,10}"
    r"(?:panic!\s*[(\[{]|(?:(?:std::)?process::)?exit\(\s*-?\s*0*[1-9])"
)
_FOUND = re.compile(r"\s*Ok\s*(?=\()")
_GUARD = re.compile(r"\s*(?:\bif\b|\Z)")
_TOKEN = re.compile(r"=>|[,(\[{]")
# What goes on with an expression after its block: an arm with another one ends there (The Rust Reference, "match").
_GOES_ON = re.compile(r"\s*(?:else\b|as\b|[.?,+\-*/<>=])")
_BETWEEN = re.compile(r"\s*,?")
MOST_PROBES = 8
MOST_ARMS = 32


def probed(text: str) -> Iterator[str]:
    """Yield the names that a build script asks pkg-config for, written there or above under a name of the script's."""
    values = dict[str, str]()
    for name, value in _NAMED.findall(text):
        values.setdefault(name, value)
    for written, variable in _PROBE.findall(text):
        if written or variable in values:
            yield written or values[variable]


def insisted(text: str) -> Iterator[str]:
    """Yield the names without which a build script ends, before anything may lead past the question.

    What pkg-config said is unwrapped, or it is matched and the program ends where it failed, however it did.
    """
    code, position = in_order(text), 0
    plain = without_texts(code)
    ends = groups(plain)
    for probe in itertools.islice(_PROBE.finditer(code), MOST_PROBES):
        if plain[probe.start()].isspace():
            # It stands in a text.
            continue
        closing = ends.get(code.rindex("(", probe.start(), probe.start(1))) if probe[1] else None
        if closing is None:
            return
        branch = BRANCHING.search(code, position, probe.start())
        if branch is None:
            position = closing
            if _UNWRAPPED.match(code, closing):
                yield probe[1]
            continue
        arms = _ARMS.match(code, closing)
        asked = code[branch.end() : probe.start()]
        if branch[0] != "match" or "{" in asked or ";" in asked or BRANCHING.search(asked) or not arms:
            return
        position = ends.get(arms.end(), 0)
        others = list(itertools.islice(_arms(plain, ends, arms.end(), position), MOST_ARMS))
        found = [body for is_found, body in others if is_found]
        failed = [body for is_found, body in others if not is_found]
        if not failed or len(others) == MOST_ARMS or not all(map(_ENDS.match, failed)):
            return
        yield probe[1]
        if any(map(_LEAVING.search, found)):
            return


def _arms(plain: str, ends: dict[int, int], opening: int, closing: int) -> Iterator[tuple[bool, str]]:
    """Yield of each arm of a match whether it is only for ``Ok``, and what it does.

    An arm ends with a comma, or with the block that its expression is or ends with (The Rust Reference, "match").
    """
    position = opening + 1
    while arrow := _next(plain, ends, position, closing, "=>"):
        pattern, begin = plain[position : arrow.start()], arrow.end()
        token, end = None, begin
        while (token := _next(plain, ends, end, closing, "{,")) and token[0] == "{":
            is_block = not plain[begin : token.start()].strip()
            end = ends[token.start()]
            if is_block or not _GOES_ON.match(plain, end):
                break
        else:
            end = token.start() if token else closing - 1
        yield _is_found(pattern), plain[begin:end]
        after = _BETWEEN.match(plain, end)
        position = after.end() if after else end


def _next(plain: str, ends: dict[int, int], position: int, closing: int, wanted: str) -> re.Match[str] | None:
    """Return the next arrow, comma or block of a match that stands in no other group."""
    while token := _TOKEN.search(plain, position, closing - 1):
        if token[0] in wanted:
            return token
        position = token.end() if token[0] in {",", "=>"} else ends[token.start()]
    return None


def _is_found(pattern: str) -> bool:
    """Return whether a pattern is only for what was found: ``Ok(...)``, whatever it is asked beside."""
    begin = _FOUND.match(pattern)
    end = groups(pattern).get(begin.end()) if begin else None
    return end is not None and _GUARD.match(pattern, end) is not None
