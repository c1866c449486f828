"""The whole text of one cause, read when it is shown."""

from __future__ import annotations

import functools
import textwrap
from itertools import chain
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
# How a fix that gives or takes flags begins.
STEPS = ("compile with ", "link with ", "without ")
EDIT = "edit {} (`everylinux explain LOG --project DIR --fix` shows how)"
REWRITE = "change the build's command (`everylinux explain LOG --fix -- COMMAND` shows how)"
WIDTH = 120


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
    fixes = _by_title(distinct(cause.fix))
    parts += [_told(cause.id, title, alternatives) for title, alternatives in fixes.items()]
    if any(PLACE.search(text) for title, alternatives in fixes.items() for text in (title, *chain(*alternatives))):
        parts.append("What is in capitals is what a log tells, or yours to fill in.")
    parts += ["In a log:\n" + _quoted(example.log) for example in cause.example]
    parts += [f"Not to be confused with {confuser.cause}:\n" + _quoted(confuser.log) for confuser in cause.confuser]
    if cause.references:
        parts.append("\n".join(["See also:", *cause.references]))
    return "\n\n".join(parts) + "\n"


def _by_title(fixes: Iterable[Fix]) -> dict[str, list[tuple[str, ...]]]:
    """Return what is done under each title: for one case or another other lines."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for fix in fixes:
        alternatives, changes = found.setdefault(fix.title, []), tuple(_changes(fix))
        if changes and changes not in alternatives:
            alternatives.append(changes)
    return found


def _changes(fix: Fix) -> Iterator[str]:
    """Yield what a fix does, a line each; what only an expression says is left to ``--fix``."""
    flags = zip(STEPS, (fix.compile, fix.link, fix.drop), strict=True)
    yield from (f"{step}{text}" for step, text in flags if text)
    if fix.build:
        yield f"build: {fix.build}"
    yield from fix.commands
    if fix.edit:
        yield EDIT.format(" or ".join(dict.fromkeys(edit.file for edit in fix.edit)))
    if fix.rewrite:
        yield REWRITE


def _told(cause: str, title: str, alternatives: Iterable[tuple[str, ...]]) -> str:
    """Return a fix as text: with the names of captures in capitals, and an instance where one is recorded."""
    count = cured(cause, title)
    known = f" (cured {count} recorded failure{'s' if count > 1 else ''})" if count else ""
    lines = [f"Fix: {title}{known}"]
    for number, changes in enumerate(_joined(alternatives)):
        lines += [f"    {'or: ' if number else ''}{changes[0]}", *(f"    {change}" for change in changes[1:])]
    lines = [PLACE.sub(lambda place: place[1].upper(), line) for line in lines]
    shown = instance(cause, title)
    return "\n".join([*lines, "    for instance:", *_instance(shown)] if shown else lines)


def _joined(alternatives: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield alternatives, those that only give flags to the same step as one."""
    flags: dict[str, list[str]] = {}
    for changes in alternatives:
        step = next((word for word in STEPS if changes[0].startswith(word)), "")
        if step and len(changes) == 1:
            flags.setdefault(step, []).append(changes[0].removeprefix(step))
        else:
            yield changes
    for step, given in flags.items():
        yield tuple(
            textwrap.wrap(f"{step}{', or '.join(given)}", WIDTH, break_long_words=False, break_on_hyphens=False)
        )


def _instance(shown: Instance) -> Iterator[str]:
    for edit in shown.edits:
        yield from (f"      {line}".rstrip() for line in edit.rstrip().splitlines())
    if shown.after:
        yield from (f"      {shown.before}", f"      becomes {shown.after}")


def _quoted(log: str) -> str:
    lines = (line.removeprefix(">>> ") for line in log.strip("\n").splitlines())
    return "\n".join(f"    {line}" for line in lines)
