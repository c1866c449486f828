"""What counts as a finding: the exit code of verdicts under ``--fail-on`` and the settings' allow-list."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, get_args

from everylinux.errors import UsageError
from everylinux.evidence import ReasonCode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import Reason, Verdict
    from everylinux.settings import CheckSettings

NEVER = "none"
FAILS, UNKNOWN = 1, 6


def fail_codes(names: Sequence[str]) -> frozenset[str] | None:
    """Return the reason codes that count as findings, ``None`` when all do; raises `UsageError` for an unknown one."""
    known = get_args(ReasonCode)
    for name in names:
        if name != NEVER and name not in known:
            raise UsageError(f"unknown reason code {name!r}", hint=f"use none, or {', '.join(known)}")
    return frozenset(names) - {NEVER} if names else None


def exit_code_of(verdict: Verdict, codes: frozenset[str] | None, settings: CheckSettings) -> int:
    """Return what one verdict adds to the exit code: 1 for a finding, 6 for what could not be told."""
    reasons = [reason for reason in verdict.reasons if not _allowed(reason, verdict, settings)]
    if verdict.verdict == "unknown" and (reasons or not verdict.reasons):
        return UNKNOWN  # "could not tell" is never 0, whatever --fail-on says
    if verdict.verdict == "fails" and any(codes is None or reason.code in codes for reason in reasons):
        return FAILS
    return 0


def _allowed(reason: Reason, verdict: Verdict, settings: CheckSettings) -> bool:
    return any(
        allowance.code == reason.code
        and fnmatchcase(reason.subject, allowance.subject)
        and fnmatchcase(verdict.image, allowance.image)
        for allowance in settings.allow
    )
