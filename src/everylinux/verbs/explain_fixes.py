"""`everylinux explain --fix`, `--verify`, `--apply` and `--undo`: what a fix changes, whether it helps, making it.

Steps: the build's command → what each fix changes in this project → try them in a copy → make the edit.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import click
import msgspec
from msgspec import structs

from everylinux.errors import UsageError
from everylinux.verbs.rest import rest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from everylinux.diagnosis import Examined
    from everylinux.evidence import Explanation, ProposedFix
    from everylinux.fixes import Plan
    from everylinux.fixes.trial import Built, Trial
    from everylinux.verbs.options import Common


class Fixing(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done with fixes, as the flags say."""

    fix: bool
    verify: bool
    apply: bool
    undo: bool
    trust_project: bool
    network: bool
    timeout: float

    @property
    def wanted(self) -> bool:
        """Whether anything is."""
        return self.fix or self.verify or self.apply


def fix_flags(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the flags to a verb, which gets them as one ``fixing``."""

    @functools.wraps(function)
    def wrapper(**kwargs: Any) -> Any:  # noqa: ANN401 - whatever the verb returns: its exit code
        flags = {name: kwargs.pop(name) for name in Fixing.__struct_fields__}
        return function(fixing=Fixing(**flags), **kwargs)

    options = (
        click.option("--fix", is_flag=True, help="Show what the fixes change in the project; nothing is written."),
        click.option(
            "--verify",
            is_flag=True,
            help="Run the same build in a copy of the project, apart from the machine, without and with each fix.",
        ),
        click.option("--apply", is_flag=True, help="Make the edit of the fix (with --verify: of the verified one)."),
        click.option("--undo", is_flag=True, help="Take the edit of the last --apply back."),
        click.option("--trust-project", is_flag=True, help="Take fixes that the project itself brings, too."),
        click.option("--network", is_flag=True, help="Let the builds of --verify use the network."),
        click.option(
            "--timeout",
            type=click.FloatRange(min=1),
            default=900.0,
            show_default=True,
            help="Seconds that one build of --verify may take.",
        ),
    )
    for option in reversed(options):
        wrapper = option(wrapper)
    return wrapper


def with_fixes(examined: Examined | None, project: Path, fixing: Fixing, common: Common) -> Explanation:
    """Return what was found with what its fixes change and whether they help, one that does first.

    Makes the edit where that was asked. Without a log (``None``) the build runs first, and its log counts. Raises
    `UsageError` where a command is missing or there is nothing to apply.
    """
    from everylinux.fixes import plans
    from everylinux.fixes.trial import Trial

    build = _command(project, fixing)
    trial = Trial(
        project=project,
        build=build,
        network=fixing.network,
        trusted=fixing.trust_project,
        timeout=fixing.timeout,
    )
    before = None
    if examined is None or (fixing.verify and not examined.explanation.lines):
        common.progress.say("building without a fix")
        before = trial.without()
        examined = before.examined
    explanation, proposals = examined.explanation, examined.proposals
    found = [plans(each, project, build) for each in proposals]
    # A fix of the root cause is tried; another failure of its own would keep any other from passing.
    fixes = [tuple(plan.told() for plan in each) for each in found]
    if fixing.verify and found:
        fixes[0] = _tried(trial, found[0], explanation.diagnoses[0].cause, before, common)
    if fixing.apply:
        _apply(found[0] if found else (), fixes[0] if fixes else (), fixing, common)
    diagnoses = [
        structs.replace(diagnosis, fixes=tuple(sorted(each, key=lambda fix: not fix.verified)))
        for diagnosis, each in zip(explanation.diagnoses, fixes, strict=True)
    ]
    return structs.replace(explanation, diagnoses=tuple(diagnoses))


def take_back(project: Path, common: Common) -> int:
    """Take the last edit back."""
    from everylinux.change import undo

    for path in undo(project):
        common.progress.say(f"as it was before: {path}")
    return 0


def _command(project: Path, fixing: Fixing) -> str:
    """Return the build's command: what followed ``--`` (one word is a line for a shell), or everylinux's own build."""
    from everylinux.fixes.command_line import line_of
    from everylinux.fixes.recorded import failed_command

    command = line_of(rest() or ()) or failed_command(project)
    if fixing.verify and not command:
        raise UsageError(
            "the build's command is not known",
            meaning="it is never taken from the log, and no build of this project by everylinux failed here",
            hint="add it: everylinux explain LOG --verify -- make CC=aarch64-linux-gnu-gcc",
        )
    return command


def _tried(
    trial: Trial, found: Sequence[Plan], cause: str, before: Built | None, common: Common
) -> tuple[ProposedFix, ...]:
    from everylinux.fixes.trial import try_fixes

    return try_fixes(trial, found, cause, before=before, say=common.progress.say)


def _apply(found: Sequence[Plan], fixes: Sequence[ProposedFix], fixing: Fixing, common: Common) -> None:
    """Make the edit of the verified fix, or without --verify of the first that has one."""
    usable = [
        (plan, fix)
        for plan, fix in zip(found, fixes, strict=True)
        if (fix.verified if fixing.verify else plan.change.files) and (plan.proposal.trusted or fixing.trust_project)
    ]
    if not usable:
        raise UsageError(
            "there is no verified fix to apply" if fixing.verify else "there is no fix with an edit to apply",
            hint="--fix shows what there is; fixes that the project brings need --trust-project",
        )
    plan, fix = usable[0]
    plan.change.apply()
    for path in sorted(plan.change.files):
        common.progress.say(f"changed: {path}")
    if plan.change.files:
        common.progress.say("--undo takes it back")
    for command in (*fix.commands, fix.build):
        if command:
            common.progress.say(f"left to you: {command}")
