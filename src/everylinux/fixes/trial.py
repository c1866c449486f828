"""Trying fixes: the same build without and with each of them, in a room of its own, until one makes it pass.

A fix is verified only where the build failed first, in the same room and for the same cause, and passed with the fix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from everylinux.diagnosis import explain
from everylinux.evidence import Explanation
from everylinux.fixes.room import DEFAULT_SECONDS, Ran, Room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from everylinux.evidence import ProposedFix
    from everylinux.fixes.plan import Plan

NETWORK_NEEDED = "it needs the network: --network"
FOREIGN = "the project brought it: --trust-project"
LAST_LINES = 5
LONGEST_LINE = 400
NOT_FOUND = 127


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What is built: the project, the command, and what it may use."""

    project: Path
    build: str
    network: bool = False
    trusted: bool = False
    timeout: float = DEFAULT_SECONDS

    def room(self) -> Room:
        """Return a new room with a copy of the project."""
        return Room(self.project, network=self.network, timeout=self.timeout)

    def without(self) -> tuple[Ran, Explanation]:
        """Run the build as it is; return how it ended and what its log says."""
        with self.room() as room:
            ran = room.run([self.build])
            return ran, _explained(ran)

    def with_fix(self, plan: Plan) -> ProposedFix:
        """Run the build with a fix and return the record: verified, not verified, or not tried and why."""
        reason = self.reason_against(plan)
        if reason:
            return plan.told(note=reason)
        with self.room() as room:
            room.put(plan.change.files)
            ran = room.run([*plan.commands, plan.build])
            if ran.passed:
                return plan.told(verified=True)
            after = _explained(ran)
            return plan.told(verified=False, note=_why_not(ran, after, plan.proposal.cause))

    def reason_against(self, plan: Plan) -> str:
        """Return why a fix is not tried; empty when it is."""
        if plan.reason:
            return plan.reason
        if not (plan.proposal.trusted or self.trusted):
            return FOREIGN
        return NETWORK_NEEDED if plan.proposal.fix.network and not self.network else ""


def try_fixes(
    trial: Trial, plans: Sequence[Plan], cause: str, say: Callable[[str], None] = lambda _: None
) -> tuple[ProposedFix, ...]:
    """Return the records of the fixes of a cause, each tried in turn until one is verified.

    Steps: the build as it is has to fail with that cause → each fix that can be tried → the first that passes ends it.
    Raises what `Room` raises.
    """
    if all(trial.reason_against(plan) for plan in plans):
        return tuple(plan.told(note=trial.reason_against(plan)) for plan in plans)
    say("building without a fix")
    ran, before = trial.without()
    reason = _no_failure_of(cause, ran, before)
    fixes: list[ProposedFix] = []
    for plan in plans:
        if reason or any(fix.verified for fix in fixes):
            fixes.append(plan.told(note=trial.reason_against(plan) or reason or "another was verified before it"))
            continue
        if not trial.reason_against(plan):
            say(f"building with: {plan.proposal.text(plan.proposal.fix.title)}")
        fixes.append(trial.with_fix(plan))
    return tuple(fixes)


def _no_failure_of(cause: str, ran: Ran, before: Explanation) -> str:
    """Return why nothing can be verified: the build passes here, or fails for something else; empty where it can."""
    if ran.passed:
        return "the build does not fail here without it"
    if cause in {diagnosis.cause for diagnosis in before.diagnoses}:
        return ""
    if ran.stopped:
        return f"the build could not be tried: {ran.stopped}"
    other = before.diagnoses[0].cause if before.diagnoses else _last(ran)
    return f"here the build fails for another reason: {other}"


def _why_not(ran: Ran, after: Explanation, cause: str) -> str:
    """Return what the build said with a fix that did not help, or how far it got."""
    if ran.stopped:
        return ran.stopped
    if ran.exit == NOT_FOUND and not after.diagnoses:
        return f"a tool is missing: {_last(ran, 1)}"
    causes = [diagnosis.cause for diagnosis in after.diagnoses]
    if causes and cause not in causes:
        line = after.diagnoses[0].evidence[0].text if after.diagnoses[0].evidence else ""
        return f"this is gone, and now it is {causes[0]}: {line}"
    return f"it still fails: {_last(ran)}"


def _last(ran: Ran, count: int = LAST_LINES) -> str:
    """Return the last lines that a build wrote, in one."""
    from everylinux.diagnosis.masking import masked

    with ran.log.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - count * LONGEST_LINE * 4))
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines()]
    return " / ".join(masked(line[:LONGEST_LINE]) for line in [line for line in lines if line][-count:])


def _explained(ran: Ran) -> Explanation:
    if ran.passed:
        return Explanation(outcome="succeeded")
    with ran.log.open("rb") as log:
        return explain(log)
