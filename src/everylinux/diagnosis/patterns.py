"""Regular expressions on a linear-time engine, and the texts that a match is sure to contain.

RE2 has no look-around and no back-references: an expression with one is refused. Its syntax stands in
https://github.com/google/re2/wiki/Syntax.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from everylinux.errors import UsageError

if TYPE_CHECKING:
    import re
    from collections.abc import Collection, Iterator

# Shorter texts are everywhere; longer ones make the search no faster.
SHORTEST_LITERAL = 4
# A sign only spares an expression a trial, and is no sign when most lines have it.
SHORTEST_SIGN = 2
SHORTEST_OTHER = 3
# What one expression may take of memory; RE2's own default is 8 MiB.
MOST_MEMORY = 1 << 20


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the expression, ready to match; it has the methods of `re.Pattern`.

    Raises `UsageError` for one that RE2 does not take.
    """
    found: re.Pattern[str] = _compiled(pattern, pattern)
    return found


@functools.cache
def compiled_for_bytes(pattern: str) -> re.Pattern[bytes]:
    """Return what `compiled` does, for text in UTF-8: what is searched often need not be encoded each time."""
    found: re.Pattern[bytes] = _compiled(pattern.encode(), pattern)
    return found


@functools.cache
def groups(pattern: str) -> tuple[tuple[str, int], ...]:
    """Return the names and numbers of an expression's groups."""
    # RE2 names the groups of an expression in bytes in bytes.
    named: dict[Any, int] = dict(compiled_for_bytes(pattern).groupindex)
    return tuple((name.decode() if isinstance(name, bytes) else name, number) for name, number in named.items())


def captures(pattern: str, match: re.Match[bytes]) -> Iterator[tuple[str, str]]:
    """Yield what the groups of an expression captured, by name; those of the forms of one message share theirs.

    A name may stand only once in an expression: they are told apart by a number at the end.
    """
    for name, place in groups(pattern):
        value: bytes | None = match[place]
        if value is not None:
            yield name.rstrip("0123456789"), value.decode()


def _compiled(pattern: str | bytes, text: str) -> Any:  # noqa: ANN401 - RE2 has no types
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MOST_MEMORY
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise UsageError(
            f"{text!r} is refused: {said}",
            meaning="patterns run on RE2, which has neither look-around nor back-references",
            hint="say what must stand near it, or must not, with `near` and `without`",
        ) from error


# Where Python's parser reads other texts than a match has: case that is ignored, and names of classes.
_READ_OTHERWISE = r"\(\?[a-zA-Z]*i|\[\^?\[:"


def literals(pattern: str) -> tuple[str, ...]:
    """Return texts of which each match contains at least one, the most telling choice; empty when there are none."""
    parsed = _parsed(pattern)
    if parsed is None or _ignores_case(parsed):
        return ()
    return _best(_required(parsed, SHORTEST_LITERAL), SHORTEST_LITERAL)


def others(pattern: str, known: Collection[str]) -> tuple[str, ...]:
    """Return more texts of which each match contains at least one, apart from those known; empty where there are none.

    They spare most lines with a literal a trial of the expression.
    """
    import re

    parsed = _parsed(pattern)
    if parsed is None or re.search(_READ_OTHERWISE, pattern):
        return ()
    groups = _required(parsed, SHORTEST_OTHER)
    return _best([group for group in groups if not set(group) & set(known)], SHORTEST_OTHER)


def signs(pattern: str) -> tuple[str, ...]:
    """Return texts, folded (`str.casefold`), of which each folded text with a match contains at least one.

    They are shorter than literals, and there are some for expressions that ignore case, too.
    """
    parsed = _parsed(pattern)
    if parsed is None:
        return ()
    return tuple(dict.fromkeys(text.casefold() for text in _best(_required(parsed, SHORTEST_SIGN), SHORTEST_SIGN)))


def _parsed(pattern: str) -> Any:  # noqa: ANN401 - re's own tree
    """Return what Python's own parser reads, ``None`` where it reads nothing.

    What RE2 takes has the same meaning there, but for names of classes.
    """
    import re
    from re import _parser  # type: ignore[attr-defined]

    try:
        return _parser.parse(pattern.replace(r"\x{FEFF}", "\ufeff").replace(r"\z", r"\Z"))
    except (re.error, OverflowError, RecursionError):
        return None


def _ignores_case(parsed: Any) -> bool:  # noqa: ANN401 - re's own tree
    import re

    return bool(parsed.state.flags & re.IGNORECASE)


def _required(parsed: Any, shortest: int) -> list[tuple[str, ...]]:  # noqa: ANN401 - re's own tree
    """Return groups of texts: a match contains one text of each group."""
    groups: list[tuple[str, ...]] = []
    run = ""
    for operation, argument in parsed:
        name = str(operation)
        if name == "LITERAL":
            run += chr(argument)
            continue
        if run:
            groups.append((run,))
            run = ""
        if name == "SUBPATTERN":
            inner = argument[-1]
            if all(str(each) == "LITERAL" for each, _ in inner):
                run = "".join(chr(code) for _, code in inner)
            else:
                groups += _required(inner, shortest)
        elif name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"} and argument[0] > 0:
            groups += _required(argument[2], shortest)
        elif name == "BRANCH":
            branches = [_best(_required(branch, shortest), shortest) for branch in argument[1]]
            if all(branches):
                groups.append(tuple(dict.fromkeys(text for branch in branches for text in branch)))
    if run:
        groups.append((run,))
    return groups


def _best(groups: list[tuple[str, ...]], shortest: int) -> tuple[str, ...]:
    """Return the group whose shortest text is longest."""
    usable = [group for group in groups if min(map(len, group)) >= shortest]
    return max(usable, key=lambda group: (min(map(len, group)), -len(group)), default=())
