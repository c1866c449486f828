"""Trying fixes: the same build without and with each of them, in a room of its own, until one makes it pass.

A fix is verified only where the build failed first, in the same room and for the same cause, and passed with the fix.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from everylinux.diagnosis import Examined, examine
from everylinux.diagnosis.masking import masked
from everylinux.evidence import Explanation
from everylinux.fixes.objects import SOURCES, compiled_before
from everylinux.fixes.room import DEFAULT_SECONDS, Ran, Room

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from everylinux.evidence import ProposedFix
    from everylinux.fixes.plan import Plan

NETWORK_NEEDED = "it needs the network: --network"
FOREIGN = "the project brought it: --trust-project"
COMPILED_BEFORE = "once what was compiled before is removed (make clean)"
STALE = "the build passes without it, too, once what was compiled before is removed (make clean)"
LAST_LINES = 5
LONGEST_LINE = 400
NOT_FOUND = 127


@dataclass(frozen=True, kw_only=True)
class Built:
    """One build: how it ended, what its log means, and its last lines in one."""

    ran: Ran
    examined: Examined
    last: str

    @property
    def causes(self) -> tuple[str, ...]:
        """The causes that its log shows, the first that broke first."""
        return tuple(diagnosis.cause for diagnosis in self.examined.explanation.diagnoses)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is built: the project, the command, and what it may use."""

    project: Path
    build: str
    network: bool = False
    trusted: bool = False
    timeout: float = DEFAULT_SECONDS
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def room(self) -> Room:
        """Return a new room with a copy of the project."""
        return Room(self.project, network=self.network, timeout=self.timeout, environment=self.environment)

    def without(self) -> Built:
        """Run the build as it is."""
        return self._run([self.build])

    def with_fix(self, plan: Plan) -> ProposedFix:
        """Run the build with a fix and return the record: verified, not verified, or not tried and why."""
        reason = self.reason_against(plan)
        if reason:
            return plan.told(note=reason)
        lines, files = [*plan.commands, plan.build], plan.change.files
        after = self._run(lines, files)
        if after.ran.passed:
            return plan.told(verified=True)
        # make knows what an object is made of, not by which line of which file.
        flags = plan.proposal.fix.compile or plan.proposal.fix.drop or any(path.suffix not in SOURCES for path in files)
        compiled = compiled_before(self.project) if flags and not after.ran.stopped else ()
        if compiled and self._run(lines, files, away=compiled).ran.passed:
            alone = self._run([self.build], away=compiled).ran.passed
            return plan.told(verified=not alone, note=STALE if alone else COMPILED_BEFORE)
        return plan.told(verified=False, note=_why_not(after, plan.proposal.cause))

    def _run(self, lines: Sequence[str], files: dict[Path, bytes] | None = None, away: Sequence[Path] = ()) -> Built:
        """Run lines in a room of its own, with ``files`` as they become and those of ``away`` removed."""
        with self.room() as room:
            room.take_away(away)
            room.put(files or {})
            return _built(room.run(lines), self.project)

    def reason_against(self, plan: Plan) -> str:
        """Return why a fix is not tried; empty when it is."""
        if plan.reason:
            return plan.reason
        if not (plan.proposal.trusted or self.trusted):
            return FOREIGN
        return NETWORK_NEEDED if plan.proposal.fix.network and not self.network else ""


def try_fixes(
    trial: Trial,
    plans: Sequence[Plan],
    cause: str,
    *,
    before: Built | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[ProposedFix, ...]:
    """Return the records of the fixes of a cause, each tried in turn until one is verified.

    Steps: the build as it is (``before``, where it ran already) has to fail with that cause → each fix that can be
    tried → the first that passes ends it. Raises what `Room` raises.
    """
    if all(trial.reason_against(plan) for plan in plans):
        return tuple(plan.told(note=trial.reason_against(plan)) for plan in plans)
    if before is None:
        say("building without a fix")
        before = trial.without()
    reason = _no_failure_of(cause, before)
    fixes: list[ProposedFix] = []
    for plan in plans:
        if reason or any(fix.verified for fix in fixes):
            fixes.append(plan.told(note=trial.reason_against(plan) or reason or "another was verified before it"))
            continue
        if not trial.reason_against(plan):
            say(f"building with: {plan.proposal.text(plan.proposal.fix.title)}")
        fixes.append(trial.with_fix(plan))
    return tuple(fixes)


def _no_failure_of(cause: str, before: Built) -> str:
    """Return why nothing can be verified: the build passes here, or fails for something else; empty where it can."""
    if before.ran.passed:
        return "the build does not fail here without it"
    if cause in before.causes:
        return ""
    if before.ran.stopped:
        return f"the build could not be tried: {before.ran.stopped}"
    return f"here the build fails for another reason: {before.causes[0] if before.causes else before.last}"


def _why_not(after: Built, cause: str) -> str:
    """Return what the build said with a fix that did not help, or how far it got."""
    if after.ran.stopped:
        return after.ran.stopped
    if after.ran.exit == NOT_FOUND and not after.causes:
        return f"a tool is missing: {after.last}"
    if after.causes and cause not in after.causes:
        shown = after.examined.explanation.diagnoses[0].evidence
        return f"this is gone, and now it is {after.causes[0]}: {shown[0].text if shown else after.last}"
    return f"it still fails: {after.last}"


def _built(ran: Ran, project: Path) -> Built:
    if ran.passed:
        return Built(ran=ran, examined=Examined(Explanation(outcome="succeeded")), last="")
    with ran.log.open("rb") as log:
        examined = examine(log, project=project)
        log.seek(max(0, log.seek(0, os.SEEK_END) - LAST_LINES * LONGEST_LINE))
        lines = [line.strip() for line in log.read().decode(errors="replace").splitlines()]
    last = " / ".join(masked(line[:LONGEST_LINE]) for line in [line for line in lines if line][-LAST_LINES:])
    return Built(ran=ran, examined=examined, last=last)
