"""What a fix means for one project and one build: the files that change, and the command as it becomes."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from everylinux.change import Change
from everylinux.diagnosis.patterns import compiled
from everylinux.diagnosis.proposals import Proposal, texts, told
from everylinux.errors import UsageError
from everylinux.fixes.command_line import simple_commands, with_arguments
from everylinux.fixes.editing import Edited
from everylinux.fixes.flags import Line, usual_command
from everylinux.fixes.targets import for_the_same

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from everylinux.evidence import ProposedFix

# How a fix begins that gives the build's command more arguments.
_WITH_ARGUMENTS = "{build} "


@dataclass(frozen=True)
class Plan:
    """A proposal for a project: what would change, or why that cannot be said (``reason``).

    ``commands`` run before the build, ``build`` is its command with the fix; empty where the command is not known.
    """

    proposal: Proposal
    change: Change
    commands: tuple[str, ...] = ()
    build: str = ""
    reason: str = ""

    def told(self, **known: object) -> ProposedFix:
        """Return the record: the proposal's, with the diffs and the commands of this project."""
        if self.reason:
            return told(self.proposal, **{"note": self.reason, **known})
        same = self.build == self.proposal.found.get("build", "")
        fields = {
            "edits": self.change.diffs(),
            "commands": self.commands,
            "build": "" if same else self.build,
        }
        return told(self.proposal, **{**fields, **known})


def plan(proposal: Proposal, project: Path, build: str = "") -> Plan | None:
    """Return what a fix changes in a project that is built with a command (empty: it is not known); nothing is written.

    ``None`` is for a fix of builds with other commands.
    """
    nothing = Plan(proposal, Change(project, {}))
    known = proposal.with_build(build) if build else proposal
    if known is None:
        return None
    reason = _reason(proposal)
    if reason:
        return replace(nothing, reason=reason)
    nothing = replace(nothing, proposal=known)
    holes = {hole: None for text in texts(known.fix) for hole in known.holes(text)}
    if holes and build:
        return replace(nothing, reason=f"{', '.join(holes)}: to be filled in by a person")
    edited = Edited(project)
    usual = usual_command(project)
    try:
        _edit(known, edited)
        line = Line(_command(known, build) or usual, usual)
        dropped = _flags(known, line, edited)
    except UsageError as error:
        return replace(nothing, reason=error.message)
    changed = edited.changed or known.fix.commands or known.fix.build or line.exports or dropped
    if not changed and line.command == (build or usual):
        return replace(nothing, reason="there is nothing in the project that it could change")
    commands = (*map(known.line, known.fix.commands), *(line.exports if build else ()))
    return replace(
        nothing,
        change=Change(project.resolve(), dict(edited.changed)),
        commands=commands,
        build=line.command if build else known.line(known.fix.build),
    )


def plans(proposals: Sequence[Proposal], project: Path, build: str = "") -> tuple[Plan, ...]:
    """Return the plans of proposals, but for those that are for builds with other commands."""
    planned = (plan(each, project, build) for each in proposals)
    return tuple(each for each in planned if each)


def _reason(proposal: Proposal) -> str:
    """Return why a fix is none that could be tried here; empty when it is one."""
    if not proposal.is_told_only:
        return ""
    if proposal.fix.machine:
        return "it changes the machine"
    return "it is for another place" if proposal.fix.told else "it is advice for a person"


def _edit(proposal: Proposal, edited: Edited) -> None:
    for edit in proposal.fix.edit:
        file = proposal.text(edit.file)
        if edit.append:
            edited.append(file, proposal.text(edit.append))
        else:
            edited.replace(file, proposal.text(edit.find, form=re.escape), proposal.text(edit.replace))


def _command(proposal: Proposal, build: str) -> str:
    """Return the build's command with what a fix changes in it by name; empty where that is not known."""
    if not build:
        return ""
    wanted = proposal.fix.build
    if wanted.startswith(_WITH_ARGUMENTS):
        command = _with_arguments(proposal, build)
    else:
        command = for_the_same(proposal.line(wanted), build) if wanted else build
    for each in proposal.fix.rewrite:
        find = compiled(f"(?m){proposal.text(each.find, form=re.escape)}")
        command = find.sub(proposal.text(each.replace), command)
    return command


def _with_arguments(proposal: Proposal, build: str) -> str:
    """Return the build with more arguments: of its first command that the fix's condition means, else of its last."""
    arguments = proposal.line(proposal.fix.build.removeprefix(_WITH_ARGUMENTS))
    meant = compiled(proposal.fix.when.get("build", ""))
    commands = simple_commands(build)
    chosen = [each for each in commands if meant.search(" ".join(each.words))][:1] or commands[-1:]
    return with_arguments(build, tuple(chosen), arguments)


def _flags(proposal: Proposal, line: Line, edited: Edited) -> bool:
    """Give and take the fix's flags; return whether one was taken."""
    for step in ("compile", "link"):
        flags = shlex.split(proposal.text(getattr(proposal.fix, step)))
        if flags:
            line.add(flags, step, edited)
    taken = [line.drop(flag, edited) for flag in shlex.split(proposal.text(proposal.fix.drop))]
    return any(taken)
