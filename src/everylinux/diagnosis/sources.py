"""From the TOML files of events and causes to the index that a search uses."""

from __future__ import annotations

import contextlib
import tomllib
from typing import TYPE_CHECKING, TypeVar, get_args

import msgspec

from everylinux.decoding import converted
from everylinux.diagnosis.conditions import Condition
from everylinux.diagnosis.forms import Forms
from everylinux.diagnosis.knowledge import Cause, Index, Pattern, RunReason, Signal, Weight
from everylinux.diagnosis.looks import check_look
from everylinux.diagnosis.patterns import compiled, literals, others, signs
from everylinux.diagnosis.proposals import check_fix
from everylinux.errors import UsageError
from everylinux.evidence import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

Thing = TypeVar("Thing", Signal, Condition)
Document = TypeVar("Document", bound=msgspec.Struct)


class ToldForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One ``[[event]]`` of a file of ``data/events``; ``literals`` only where they cannot be read off the pattern."""

    kind: str
    pattern: str
    weight: Weight = "error"
    named: dict[str, str] = {}
    literals: tuple[str, ...] = ()
    tool: str = ""


class Tool(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of ``data/events``: who speaks, where its words are documented, and the forms.

    ``words`` are parts of expressions by their names: ``<<name>>`` stands for one in the patterns and in later words.
    """

    tool: str
    source: str
    date: str
    event: tuple[ToldForm, ...]
    words: dict[str, str] = {}


def read_tool(path: Path) -> Tool:
    """Return one file of ``data/events`` with its words put in; raises `UsageError` for what is not understood."""
    tool = _read(path, Tool)
    words: dict[str, str] = {}
    for name, expression in tool.words.items():
        words[f"<<{name}>>"] = _with_words(expression, words)
    events = (msgspec.structs.replace(form, pattern=_with_words(form.pattern, words)) for form in tool.event)
    return msgspec.structs.replace(tool, event=tuple(events), words={})


def _with_words(pattern: str, words: Mapping[str, str]) -> str:
    for name, expression in words.items():
        pattern = pattern.replace(name, expression)
    return pattern


def read_cause(path: Path) -> Cause:
    """Return one file of causes; raises `UsageError` for what is not understood, or refused by RE2."""
    cause = _read(path, Cause)
    with naming(path):
        for signal in cause.signal:
            _check(signal)
        for fix in cause.fix:
            check_fix(fix)
        for look in cause.look:
            check_look(look)
        for reason in cause.reason:
            _check_reason(reason)
    return cause


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have what is wrong with a file's content told with its name."""
    try:
        yield
    except UsageError as error:
        raise UsageError(f"{path}: {error.message}", meaning=error.meaning, hint=error.hint) from error


def make_forms(paths: Iterable[Path]) -> Forms:
    """Return the forms of the files of ``data/logs``; raises `UsageError` for what is not understood."""
    files = [_read(path, Forms) for path in paths]
    tables = {name: tuple(form for file in files for form in getattr(file, name)) for name in Forms.__struct_fields__}
    tables["secret"] = tuple(msgspec.structs.replace(form, signs=signs(form.pattern)) for form in tables["secret"])
    return Forms(**tables)


def make_index(tools: Iterable[Tool], causes: Iterable[Cause]) -> Index:
    """Return the index of these tools and causes.

    A pattern of a cause's own becomes an event that only it looks for. Raises `UsageError` for a pattern without a
    text of at least four characters that each match contains: it would have to be tried on every line.
    """
    patterns = [
        _pattern(form.kind, form.pattern, form.weight, form.tool or tool.tool, form.named, form.literals)
        for tool in tools
        for form in tool.event
    ]
    ordered = sorted(causes, key=lambda cause: cause.id)
    known = []
    for cause in ordered:
        signals = []
        for signal in cause.signal:
            near, without = ([_named(each) for each in group] for group in (signal.near, signal.without))
            signals.append(msgspec.structs.replace(_named(signal), near=tuple(near), without=tuple(without)))
            for each in filter(lambda part: part.pattern, _parts(signal)):
                weight = signal.weight if each is signal else "note"
                patterns.append(_pattern(_name(each.pattern), each.pattern, weight, "", {}, each.literals, cause.id))
        known.append(msgspec.structs.replace(cause.known, signals=tuple(signals)))
    unique = [pattern for number, pattern in enumerate(patterns) if pattern not in patterns[:number]]
    return Index(tuple(unique), tuple(known))


def _parts(signal: Signal) -> tuple[Signal | Condition, ...]:
    return (signal, *signal.near, *signal.without)


def _name(pattern: str) -> str:
    return f"/{pattern}/"


def _named(thing: Thing) -> Thing:
    """Return the signal or condition with the kind of the event in place of a pattern."""
    return (
        msgspec.structs.replace(thing, event=_name(thing.pattern), pattern="", literals=()) if thing.pattern else thing
    )


def _pattern(  # noqa: PLR0913, PLR0917 - the fields of a pattern
    kind: str, pattern: str, weight: Weight, tool: str, named: dict[str, str], given: tuple[str, ...], cause: str = ""
) -> Pattern:
    compiled(pattern)
    found = given or literals(pattern)
    if not found:
        raise UsageError(
            f"{pattern!r} has no text that each match contains",
            meaning="it would have to be tried on every line of a log",
            hint="add at least four letters that always stand there",
        )
    return Pattern(kind, pattern, found, weight, tool, named, cause, others(pattern, found))


def _check_reason(reason: RunReason) -> None:
    if reason.code not in get_args(ReasonCode):
        raise UsageError(f"{reason.code!r} is no code of a reason")
    for expression in (*reason.where.values(), *reason.unless.values()):
        compiled(expression)


def _check(signal: Signal) -> None:
    for each in _parts(signal):
        if bool(each.event) == bool(each.pattern):
            raise UsageError("a signal or condition has either an event or a pattern")
        for expression in each.where.values():
            compiled(expression)


def _read(path: Path, kind: type[Document]) -> Document:
    try:
        return converted(tomllib.loads(path.read_text(encoding="utf-8")), kind)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError, msgspec.ValidationError) as error:
        raise UsageError(f"{path}: {error}", hint="docs/explain.md says what stands in such a file") from error
