"""The whole text of one cause, read when it is shown."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from everylinux import data
from everylinux.diagnosis.knowledge import PLACE, index
from everylinux.diagnosis.own import knowledge
from everylinux.diagnosis.proposals import distinct
from everylinux.diagnosis.proven import cured
from everylinux.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from everylinux.diagnosis.knowledge import Cause, Fix

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
    fixes = distinct(cause.fix)
    parts += [_told(cause.id, fix) for fix in fixes]
    if any(PLACE.search(text) for fix in fixes for text in (fix.title, *_changes(fix))):
        parts.append("What is in capitals is what a log tells, or yours to fill in.")
    parts += ["In a log:\n" + _quoted(example.log) for example in cause.example]
    parts += [f"Not to be confused with {confuser.cause}:\n" + _quoted(confuser.log) for confuser in cause.confuser]
    if cause.references:
        parts.append("\n".join(["See also:", *cause.references]))
    return "\n\n".join(parts) + "\n"


def _told(cause: str, fix: Fix) -> str:
    """Return a fix as text, with the names of captures in capitals."""
    count = cured(cause, fix.title)
    known = f" (cured {count} recorded failure{'s' if count > 1 else ''})" if count else ""
    lines = [f"Fix: {fix.title}{known}", *(f"    {change}" for change in dict.fromkeys(_changes(fix)))]
    return PLACE.sub(lambda place: place[1].upper(), "\n".join(lines))


def _changes(fix: Fix) -> tuple[str, ...]:
    flags = (("compile with ", fix.compile), ("link with ", fix.link), ("without ", fix.drop), ("build: ", fix.build))
    edited = (f"edit {edit.file}" for edit in fix.edit)
    rewritten = (f"in the build's command: {each.find} becomes {each.replace or 'nothing'}" for each in fix.rewrite)
    return (*(f"{word}{text}" for word, text in flags if text), *edited, *rewritten, *fix.commands)


def _quoted(log: str) -> str:
    lines = (line.removeprefix(">>> ") for line in log.strip("\n").splitlines())
    return "\n".join(f"    {line}" for line in lines)
