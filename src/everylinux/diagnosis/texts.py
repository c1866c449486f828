"""The whole text of one cause, read when it is shown."""

from __future__ import annotations

import functools
from itertools import groupby
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.diagnosis.knowledge import PLACE, index
from everylinux.diagnosis.own import knowledge
from everylinux.diagnosis.proposals import distinct
from everylinux.diagnosis.proven import cured, instance
from everylinux.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from everylinux.diagnosis.knowledge import Cause, Fix
    from everylinux.diagnosis.proven import Instance


ANSWERS = {
    "source": "your source",
    "toolchain": "your toolchain",
    "machine": "your machine or network",
    "image": "the image that it runs in",
    "nobody": "nobody: it is harmless",
}


@functools.cache
def cause_named(name: str) -> Cause:
    """Return a cause by its id; raises `UsageError` with the nearest ids when there is none."""
    known = [cause.id for cause in index().causes]
    if name not in known:
        import difflib

        near = difflib.get_close_matches(name, known, n=3)
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else "what `everylinux explain LOG` says begins with the name of a cause"
        )
        raise UsageError(f"there is no file and no cause {name!r}", hint=hint)
    from everylinux.diagnosis.sources import read_cause

    return read_cause(data.FOLDER / "causes" / f"{name}.toml")


def text_of(name: str, project: Path | None = None) -> str:
    """Return all that is known about a cause as text for a reader, shipped, the user's own or the project's.

    Raises what `cause_named` and `knowledge` raise.
    """
    cause = knowledge(project).brought.get(name) or cause_named(name)
    parts = [f"{cause.id}: {cause.title}", f"The answer lies in {ANSWERS[cause.answer]}.", cause.explanation.strip()]
    fixes = [_told(cause.id, title, list(group)) for title, group in groupby(distinct(cause.fix), _title)]
    parts += [PLACE.sub(lambda place: place[1].upper(), text) for text in fixes]
    if any(map(PLACE.search, fixes)):
        parts.append("What is in capitals is what a log tells, or yours to fill in.")
    parts += ["In a log:\n" + _quoted(example.log) for example in cause.example]
    parts += [f"Not to be confused with {confuser.cause}:\n" + _quoted(confuser.log) for confuser in cause.confuser]
    if cause.references:
        parts.append("\n".join(["See also:", *cause.references]))
    return "\n\n".join(parts) + "\n"


def _title(fix: Fix) -> str:
    return fix.title


def _told(cause: str, title: str, fixes: Iterable[Fix]) -> str:
    """Return what is done under one title, for one case or another, with an instance where one is recorded."""
    count = cured(cause, title)
    known = f" (cured {count} recorded failure{'s' if count > 1 else ''})" if count else ""
    shown = instance(cause, title)
    lines = [f"Fix: {title}{known}"]
    for number, changes in enumerate(dict.fromkeys(filter(None, (tuple(_changes(fix, shown)) for fix in fixes)))):
        lines += [f"    {'or: ' if number else ''}{changes[0]}", *(f"    {change}" for change in changes[1:])]
    if shown:
        lines += ["    for instance:", *_instance(shown)]
    return "\n".join(lines)


def _changes(fix: Fix, shown: Instance | None) -> Iterator[str]:
    """Yield what a fix does, a line each; what only an expression says is left to the instance, or to ``--fix``."""
    flags = (("compile with ", fix.compile), ("link with ", fix.link), ("without ", fix.drop), ("build: ", fix.build))
    yield from (f"{word}{text}" for word, text in flags if text)
    yield from fix.commands
    if not shown:
        if fix.edit:
            files = " or ".join(dict.fromkeys(edit.file for edit in fix.edit))
            yield f"edit {files} (`everylinux explain LOG --project DIR --fix` shows how)"
        if fix.rewrite:
            yield "change the build's command (`everylinux explain LOG --fix -- COMMAND` shows how)"


def _instance(shown: Instance) -> Iterator[str]:
    for edit in shown.edits:
        yield from (f"      {line}".rstrip() for line in edit.splitlines())
    if shown.after:
        yield from (f"      {shown.before}", f"      becomes {shown.after}")


def _quoted(log: str) -> str:
    lines = (line.removeprefix(">>> ") for line in log.strip("\n").splitlines())
    return "\n".join(f"    {line}" for line in lines)
