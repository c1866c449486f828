"""Findings that are allowed: they carry the written reason, and count no more."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from everylinux.errors import UsageError
from everylinux.evidence import CheckedFile, HostRun, Package, Reason, Risk, Run, Verdict, VerdictWord
from everylinux.settings import Allowance, CheckSettings
from everylinux.verbs.findings import exit_code_of, exit_code_of_run, fail_codes, package_with_allowed, with_allowed

WRITTEN = "only the window needs it"
SETTINGS = CheckSettings(
    allow=(
        Allowance(code="missing-library", subject="libX11*", image="debian:*", reason=WRITTEN),
        Allowance(code="wheel-tag", reason="built for one machine"),
        Allowance(code="certificates", reason="it never asks the network"),
    )
)
MISSING = Reason(code="missing-library", subject="libX11.so.6", message="libX11.so.6: cannot open")
OTHER = Reason(code="missing-library", subject="libz.so.1", message="libz.so.1: cannot open")


def judged(image: str, word: VerdictWord, *reasons: Reason, risks: tuple[Risk, ...] = ()) -> Verdict:
    verdict = Verdict(image=image, platform="linux/amd64", verdict=word, reasons=reasons, risks=risks)
    file = CheckedFile(
        path="app", sha256="", kind="executable", arch=None, libc=None, interpreter=None, verdicts=(verdict,)
    )
    return with_allowed(file, SETTINGS).verdicts[0]


def test_an_allowed_reason_carries_the_written_one() -> None:
    verdict = judged("debian:12", "fails", MISSING, OTHER)
    assert [reason.allowed for reason in verdict.reasons] == [WRITTEN, ""]
    assert verdict.verdict == "fails"


def test_only_what_is_not_allowed_counts() -> None:
    assert exit_code_of(judged("debian:12", "fails", MISSING), None) == 0
    assert exit_code_of(judged("debian:12", "fails", MISSING, OTHER), None) == 1
    assert exit_code_of(judged("alpine:3.22", "fails", MISSING), None) == 1
    assert exit_code_of(judged("debian:12", "unknown", MISSING), None) == 0
    assert exit_code_of(judged("debian:12", "unknown", OTHER), frozenset()) == 6
    assert exit_code_of(judged("debian:12", "unknown"), frozenset()) == 6


def test_what_a_run_shows_that_was_not_predicted_counts() -> None:
    late = Reason(code="timed-out", subject="30 s", message="it still ran")
    refused = Reason(code="missing-symbol", subject="PyNew", message="undefined symbol: PyNew")
    host = HostRun(host="CPython", version="3.11.2", module="m", verdict="fails", reasons=(refused,))
    starts, fails = judged("debian:12", "ok"), judged("debian:12", "fails", MISSING)
    run = Run(path="app", sha256="", image="debian:12", platform="linux/amd64", verdict="ok")
    assert exit_code_of_run(run, starts, None) == 0
    assert exit_code_of_run(replace(run, verdict="fails", reasons=(late,)), starts, None) == 1
    assert exit_code_of_run(replace(run, host_runs=(host,)), starts, None) == 1
    assert exit_code_of_run(replace(run, host_runs=(host,)), starts, frozenset({"timed-out"})) == 0
    # What is allowed stays allowed, whoever else says it.
    said = replace(host, reasons=(MISSING,))
    assert exit_code_of_run(replace(run, verdict="fails", reasons=(MISSING,), host_runs=(said,)), fails, None) == 0


def test_risks_and_packages_are_allowed_likewise() -> None:
    risk = Risk(code="certificates", subject="/etc/ssl/certs", message="no certificates")
    assert judged("scratch", "ok", risks=(risk,)).risks[0].allowed == "it never asks the network"
    wrong = Reason(code="wheel-tag", subject="manylinux_2_17_x86_64", message="it needs GLIBC 2.28")
    package = Package(path="a.whl", kind="wheel", truth=False, reasons=(wrong, MISSING))
    assert [reason.allowed for reason in package_with_allowed(package, SETTINGS).reasons] == [
        "built for one machine",
        "",
    ]


def test_an_allowance_of_a_code_that_there_is_not_is_an_error() -> None:
    assert fail_codes([], SETTINGS) is None
    with pytest.raises(UsageError, match="unknown code 'missing-libary'") as caught:
        fail_codes([], CheckSettings(allow=(Allowance(code="missing-libary", reason="x"),)))
    assert caught.value.meaning == "did you mean 'missing-library'?"


def test_what_is_given_stands_in_for_the_settings() -> None:
    settings = CheckSettings(fail_on=("symbol-version",))
    assert fail_codes([], settings) == frozenset({"symbol-version"})
    assert fail_codes(["exec-format"], settings) == frozenset({"exec-format"})
    assert fail_codes(["none"], settings) == frozenset()


@pytest.mark.parametrize("reason", ["", "  "])
def test_an_allowance_without_a_reason_is_an_error(reason: str) -> None:
    """The contract: an allowance has a written reason."""
    with pytest.raises(UsageError, match="without saying why"):
        fail_codes([], CheckSettings(allow=(Allowance(code="missing-library", reason=reason),)))


@pytest.mark.parametrize(
    ("named", "image", "allowed"),
    [
        ("debian", "debian:12", True),
        ("debian:12", "debian:12", True),
        ("debian", "debian-like:12", False),
        ("distroless/cc-*", "distroless/cc-debian12", True),
        ("alpine", "debian:12", False),
    ],
)
def test_an_allowance_names_an_image_or_its_family(named: str, image: str, allowed: bool) -> None:  # noqa: FBT001
    """As --image does."""
    settings = CheckSettings(allow=(Allowance(code="missing-library", image=named, reason=WRITTEN),))
    verdict = Verdict(image=image, platform="linux/amd64", verdict="fails", reasons=(MISSING,))
    file = CheckedFile(
        path="app", sha256="", kind="executable", arch=None, libc=None, interpreter=None, verdicts=(verdict,)
    )
    assert bool(with_allowed(file, settings).verdicts[0].reasons[0].allowed) is allowed
