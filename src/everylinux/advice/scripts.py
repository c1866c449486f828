"""What of a build script counts: a script is compiled for this machine, so some of it may be left out there."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

from everylinux.advice.conditions import ConditionError, holds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# A build script is source code of a person; generated ones are not read to their end.
SCRIPT_BYTES = 256 << 10
# Each is read to its end: more than a person writes are left as they stand.
MOST_BRANCHES = 50
# By what a script says where libraries are: in settings of their own, in arguments of rustc's or of the linker's (The
# Cargo Book, "Build Scripts").
SAYS_FOLDER = re.compile(r"link-search|rustc-flags|rustc-link-arg")
_ATTRIBUTE = re.compile(r"#\[cfg\(")
# A branch that one condition decides: on the platform and features of this machine's build, on a feature, or on whether
# documentation is made for docs.rs (its "Builds", "Detecting Docs.rs").
_BRANCH = re.compile(
    r'\bif\s+(?:(?P<no>!)?\s*cfg!\(|(?:std::)?env::var(?:_os)?\(\s*"(?:CARGO_FEATURE_(?P<feature>[A-Z0-9_]{1,64})|(?P<docs>DOCS_RS))"\s*\)'
    r"\.is_(?P<asked>ok|some|err|none)\(\)\s*(?=\{))"
)
_BLOCK = re.compile(r"\s*(?=\{)")
_ELSE = re.compile(r"\s*else\b\s*")
_SEMICOLON = re.compile(r"\s*;")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_BRACKET = re.compile(r"[()\[\]{}]")
# Brackets, commas and semicolons, passing over comments and texts. A lifetime is no character.
_SIGN = re.compile(
    r'//[^\n]*|/\*.*?(?:\*/|\Z)|r(?P<hashes>#*)".*?(?:"(?P=hashes)|\Z)|"(?:\\.|[^"\\])*(?:"|\Z)|\'(?:\\.[^\']*|[^\'\\])\'|(?P<sign>[()\[\]{},;])',
    re.DOTALL,
)


@functools.lru_cache(maxsize=1024)
def script_text(path: Path) -> str:
    """Return the beginning of a build script and of the modules in its folder ``build``; nothing if unreadable."""
    folder = path.parent
    texts = []
    for each in dict.fromkeys((path, *(sorted(folder.glob("*.rs"))[:20] if folder.name == "build" else ()))):
        try:
            with each.open("rb") as file:
                texts.append(file.read(SCRIPT_BYTES).decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(texts)


def without_comments(text: str) -> str:
    """Return source code with a space where a comment was."""
    return _SIGN.sub(lambda found: " " if found[0].startswith(("//", "/*")) else found[0], text)


def without_texts(code: str) -> str:
    """Return source code with spaces in the place of texts, and of comments; every place stays what it was."""
    return _SIGN.sub(lambda found: found[0] if found["sign"] else " " * len(found[0]), code)


def groups(plain: str) -> dict[int, int]:
    """Return what follows the closing bracket of each opening one that has one, of code without texts."""
    ends, opened = {}, list[int]()
    for found in _BRACKET.finditer(plain):
        if found[0] in _PAIRS:
            opened.append(found.start())
        elif opened:
            if _PAIRS[plain[opened[-1]]] != found[0]:
                break
            ends[opened.pop()] = found.end()
    return ends


def compiled(text: str, facts: Mapping[str, frozenset[str]]) -> str:
    """Return source code without what does not hold for ``facts``: items with ``#[cfg(...)]``, and blocks of an ``if``.

    The item ends with its block and a semicolon after it, or with a semicolon or comma before one (The Rust Reference,
    "Items" and "The cfg attribute"). A condition that is not understood holds. Of the branches those are judged that
    ask ``cfg!(...)``, a variable ``CARGO_FEATURE_NAME`` (The Cargo Book, "Environment variables") or ``DOCS_RS``, and
    nothing else.
    """
    known = frozenset(facts.items())
    text = _compiled(text, known) if _ATTRIBUTE.search(text) else text
    return _taken(text, known) if _BRANCH.search(text) else text


# The same scripts are read for every change that is tried.
@functools.lru_cache(maxsize=1024)
def _compiled(text: str, known: frozenset[tuple[str, frozenset[str]]]) -> str:
    facts, kept, position = dict(known), [], 0
    while attribute := _ATTRIBUTE.search(text, position):
        opening = attribute.end() - 1
        closing = end_of_group(text, opening)
        kept.append(text[position : attribute.start()])
        position = closing + 1
        if not _holds(text[opening + 1 : closing - 1], facts):
            position = _end_of_item(text, position)
    return "".join([*kept, text[position:]])


@functools.lru_cache(maxsize=1024)
def _taken(text: str, known: frozenset[tuple[str, frozenset[str]]]) -> str:
    """Return source code without the blocks that are not run, and without the conditions that are judged."""
    facts = dict(known)
    features = {name.upper().replace("-", "_") for name in facts.get("feature", ())}
    left_out: list[tuple[int, int]] = []
    position = 0
    for _ in range(MOST_BRANCHES):
        if (branch := _BRANCH.search(text, position)) is None:
            break
        block = position = branch.end()
        if feature := branch["feature"]:
            taken = (feature in features) is (branch["asked"] in {"ok", "some"})
        elif branch["docs"]:
            taken = branch["asked"] in {"err", "none"}
        else:
            closing = end_of_group(text, branch.end() - 1)
            taken = _holds(text[branch.end() : closing - 1], facts) is not bool(branch["no"])
            if not (following := _BLOCK.match(text, closing)):
                continue
            block = following.end()
        if any(start <= branch.start() < end for start, end in left_out):
            continue
        end = end_of_group(text, block)
        if taken:
            left_out += [(branch.start(), block), (end, _end_of_others(text, end))]
            position = block
        else:
            position = other.end() if (other := _ELSE.match(text, end)) else end
            left_out.append((branch.start(), position))
    kept, position = [], 0
    for start, end in sorted(left_out):
        kept.append(text[position:start])
        position = max(position, end)
    return "".join([*kept, text[position:]])


def _end_of_others(text: str, position: int) -> int:
    """Return where the branches end that follow a block."""
    while other := _ELSE.match(text, position):
        opening = text.find("{", other.end())
        if opening < 0:
            return position
        position = end_of_group(text, opening)
    return position


def _holds(condition: str, facts: Mapping[str, frozenset[str]]) -> bool:
    try:
        return holds(condition.rstrip(", \n"), facts)
    except ConditionError:
        return True


def _end_of_item(text: str, position: int) -> int:
    """Return where the item ends that begins here, further attributes of it included."""
    for sign, place in _signs(text, position):
        if sign == "{":
            end = end_of_group(text, place)
            return following.end() if (following := _SEMICOLON.match(text, end)) else end
        if sign in ";," or sign in ")]}":
            return place + (sign in ";,")
    return len(text)


def end_of_group(text: str, position: int) -> int:
    """Return what follows the bracket that closes the one at a position."""
    closing, depth = _PAIRS[text[position]], 0
    for sign, place in _all_signs(text, position):
        depth += (sign == text[position]) - (sign == closing)
        if not depth:
            return place + 1
    return len(text)


def _signs(text: str, position: int) -> Iterator[tuple[str, int]]:
    """Yield the brackets, commas and semicolons that stand in no group; of a block only its beginning."""
    following = position
    for sign, place in _all_signs(text, position):
        if place < following:
            continue
        yield from () if sign in "([" else ((sign, place),)
        following = end_of_group(text, place) if sign in "([" else place + 1


def _all_signs(text: str, position: int) -> Iterator[tuple[str, int]]:
    """Yield each bracket, comma and semicolon of the code with its place."""
    while found := _SIGN.search(text, position):
        if found["sign"]:
            yield found["sign"], found.start()
        position = found.end()
