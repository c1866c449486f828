"""What counts as a finding: the exit code of verdicts under ``--fail-on`` and the settings' allow-list."""

from __future__ import annotations

import difflib
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, TypeVar, get_args

from msgspec.structs import replace

from everylinux.errors import UsageError
from everylinux.evidence import Reason, ReasonCode, Risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from everylinux.evidence import CheckedFile, Package, Run, Verdict
    from everylinux.settings import CheckSettings

Finding = TypeVar("Finding", Reason, Risk)
NEVER = "none"
SMOKE_FAILED = "smoke-failed"
FAILS, UNKNOWN = 1, 6


def fail_codes(given: Sequence[str], settings: CheckSettings) -> frozenset[str] | None:
    """Return the reason codes that count as findings, ``None`` when all do: those given, else those of the settings.

    Raises `UsageError` for an unknown one, and for one that the settings allow.
    """
    names = given or settings.fail_on
    known = get_args(ReasonCode)
    for name in names:
        if name != NEVER and name not in known:
            raise UsageError(f"unknown reason code {name!r}", hint=f"use none, or {', '.join(known)}")
    _check_allowed(settings)
    return frozenset(names) - {NEVER} if names else None


def _check_allowed(settings: CheckSettings) -> None:
    """Raise `UsageError` for an allowance of a code that there is not, or without a reason: they allow nothing."""
    if not settings.allow:
        return
    from everylinux.report.rules import rules

    for allowance in settings.allow:
        if allowance.code not in rules():
            near = difflib.get_close_matches(allowance.code, rules(), n=1)
            raise UsageError(
                f"the settings allow an unknown code {allowance.code!r}",
                meaning=f"did you mean {near[0]!r}?" if near else "",
                hint="codes are those of reasons and risks, as `everylinux check` tells them",
            )
        if not allowance.reason.strip():
            raise UsageError(
                f"the settings allow {allowance.code} without saying why",
                hint='write it down: reason = "the viewer is optional"',
            )


def with_allowed(file: CheckedFile, settings: CheckSettings) -> CheckedFile:
    """Return the file with the written reason on every finding that the allow-list accepts."""
    if not settings.allow:
        return file
    return replace(file, verdicts=tuple(_with_allowed(verdict, settings) for verdict in file.verdicts))


def package_with_allowed(package: Package, settings: CheckSettings) -> Package:
    """Return the package likewise; an allowance that names an image is none for it."""
    return replace(package, reasons=tuple(_mark(reason, "", settings) for reason in package.reasons))


def exit_code_of(verdict: Verdict, codes: frozenset[str] | None) -> int:
    """Return what one verdict adds to the exit code: 1 for a finding, 6 for what could not be told."""
    reasons = [reason for reason in verdict.reasons if not reason.allowed]
    if verdict.verdict == "unknown" and (reasons or not verdict.reasons):
        return UNKNOWN  # "could not tell" is never 0, whatever --fail-on says
    if verdict.verdict == "fails" and any(codes is None or reason.code in codes for reason in reasons):
        return FAILS
    return 0


def exit_code_of_package(package: Package, codes: frozenset[str] | None) -> int:
    """Return what a package adds: 1 where it says what is not true."""
    reasons = [reason for reason in package.reasons if not reason.allowed]
    return FAILS if any(codes is None or reason.code in codes for reason in reasons) else 0


def smoke_failed(run: Run) -> bool:
    """Return whether a run was not as its smoke test expects; one that could not be made has not failed it."""
    return run.smoke is not None and run.smoke.passed is False


def host_failed(run: Run) -> bool:
    """Return whether a program of the image that a shared object is made for did not take it."""
    return any(host.verdict == "fails" for host in run.host_runs)


def exit_code_of_smoke(codes: frozenset[str] | None) -> int:
    """Return what a failed smoke test adds."""
    return FAILS if codes is None or SMOKE_FAILED in codes else 0


def exit_code_of_run(run: Run, verdict: Verdict, codes: frozenset[str] | None) -> int:
    """Return what a run adds that `check` did not predict: it did not end, or a host did not take the file."""
    known = {(reason.code, reason.subject) for reason in verdict.reasons}
    told = [*run.reasons, *(reason for host in run.host_runs for reason in host.reasons)]
    news = [reason for reason in told if (reason.code, reason.subject) not in known]
    if verdict.verdict != "ok":
        news = [reason for reason in news if reason not in run.reasons]
    return FAILS if any(codes is None or reason.code in codes for reason in news) else 0


def _is_named(image: str, pattern: str) -> bool:
    """Return whether an image is one that an allowance names: by a pattern, or as one of a family (``debian``)."""
    return fnmatchcase(image, pattern) or fnmatchcase(image, f"{pattern}:*")


def _with_allowed(verdict: Verdict, settings: CheckSettings) -> Verdict:
    return replace(
        verdict,
        reasons=tuple(_mark(reason, verdict.image, settings) for reason in verdict.reasons),
        risks=tuple(_mark(risk, verdict.image, settings) for risk in verdict.risks),
    )


def _mark(finding: Finding, image: str, settings: CheckSettings) -> Finding:
    for allowance in settings.allow:
        if (
            allowance.code == finding.code
            and fnmatchcase(finding.subject, allowance.subject)
            and _is_named(image, allowance.image)
        ):
            return replace(finding, allowed=allowance.reason)
    return finding
