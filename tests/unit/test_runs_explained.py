"""The cause of a run that failed: by its reasons, which know more than what was printed; else by that."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import msgspec
import pytest

from everylinux.diagnosis.knowledge import index
from everylinux.diagnosis.runs import explain_run
from everylinux.evidence import AskedBy, Diagnosis, HostRun, Reason, ReasonCode, Run, SmokeResult, VerdictWord
from everylinux.loader.reasons import missing_library, missing_symbol, no_interpreter, plain, symbol_version

EXTENSION = next(Path(msgspec.__file__).parent.glob("_core*.so"))
# Ended by everylinux itself, said of a package, or of what started: no cause of a file that does not start.
WITHOUT_CAUSE = {"timed-out", "resource-limit", "wheel-tag", "smoke-failed"}
OLD_GLIBC = symbol_version("GLIBC_2.34", "libc.so.6", AskedBy(file="/app/app"), "GLIBC_2.31", "GLIBC_2.38")


def run(*reasons: Reason, path: Path | str = "dist/app", verdict: VerdictWord = "fails", stderr: str = "") -> Run:
    return Run(
        path=str(path),
        sha256="ab" * 32,
        image="debian:11",
        platform="linux/amd64",
        verdict=verdict,
        reasons=reasons,
        stderr=stderr,
    )


def causes(told: tuple[Diagnosis, ...]) -> list[str]:
    return [diagnosis.cause for diagnosis in told]


@pytest.mark.parametrize(
    ("reason", "cause", "culprit"),
    [
        (no_interpreter("/lib/ld-musl-x86_64.so.1"), "missing-elf-interpreter", "/lib/ld-musl-x86_64.so.1"),
        (missing_library("libssl.so.1.1", "/app/app", ()), "shared-library-soname-missing", "libssl.so.1.1"),
        (missing_library("libstdc++.so.6", "/app/app", ()), "cxx-runtime-missing", "libstdc++.so.6"),
        (missing_library("libc.musl-x86_64.so.1", "/app/app", ()), "musl-library-on-glibc", "libc.musl-x86_64.so.1"),
        (missing_library("libm.so.6", "/app/app", ()), "musl-missing-glibc-symbol", "libm.so.6"),
        (OLD_GLIBC, "glibc-too-old", "/app/app"),
        (
            symbol_version("GLIBCXX_3.4.30", "libstdc++.so.6", AskedBy(file="/app/app"), "", "GLIBCXX_3.4.30"),
            "libstdcxx-too-old",
            "libstdc++.so.6",
        ),
        (
            symbol_version("OPENSSL_3.0.0", "libcrypto.so.3", AskedBy(file="/app/app"), "", "OPENSSL_3.0.0"),
            "library-version-node-missing",
            "OPENSSL_3.0.0",
        ),
        (missing_symbol("__memcpy_chk", None, "/app/app", musl=True), "musl-missing-glibc-symbol", "__memcpy_chk"),
        (missing_symbol("__cxa_throw", None, "/app/app", musl=True), "cxx-runtime-missing", "libstdc++.so.6"),
        (missing_symbol("PyModule_AddType", None, "/app/m.so", musl=False), "python-abi-mismatch", "PyModule_AddType"),
        (missing_symbol("nowhere", None, "/app/app", musl=False), "extension-undefined-symbol", "nowhere"),
        (plain("exec-format", "app", "image has no linux/s390x"), "image-lacks-platform", "linux/amd64"),
        (plain("exec-format", "app", "app: Exec format error"), "wrong-arch-binary", "dist/app"),
        (plain("missing-command", "python3", "env: python3: not found"), "script-interpreter-missing", "python3"),
        (plain("abi-mismatch", "NODE_MODULE_VERSION 108", "was compiled against"), "node-abi-mismatch", "dist/app"),
        (plain("crashed", "SIGILL", "Illegal instruction"), "cpu-feature-baseline", "dist/app"),
    ],
)
def test_a_reason_has_its_cause(reason: Reason, cause: str, culprit: str) -> None:
    (diagnosis,) = explain_run(run(reason))
    assert (diagnosis.cause, diagnosis.culprit, diagnosis.confidence) == (cause, culprit, "sure")


def test_every_code_of_a_run_has_a_cause() -> None:
    known = {reason.code for cause in index().causes for reason in cause.reasons}
    assert set(get_args(ReasonCode)) - known == WITHOUT_CAUSE


def test_the_line_that_the_loader_wrote_is_the_evidence() -> None:
    said = "warming up\n/app/app: libc.so.6: version `GLIBC_2.34' not found (required by /app/app)\n"
    (diagnosis,) = explain_run(run(OLD_GLIBC, stderr=said))
    assert [(line.line, line.text) for line in diagnosis.evidence] == [(2, said.split("\n")[1])]


def test_several_reasons_of_one_cause_are_told_once_and_others_in_their_order() -> None:
    told = explain_run(
        run(missing_library("liba.so.1", "/app/app", ()), missing_library("libb.so.1", "/app/app", ()), OLD_GLIBC)
    )
    assert causes(told) == ["shared-library-soname-missing", "glibc-too-old"]
    assert told[0].culprit == "liba.so.1"


def test_what_everylinux_itself_ended_has_no_cause() -> None:
    said = "x509: certificate signed by unknown authority\n"
    assert explain_run(run(plain("timed-out", "30 s", "still running after 30 s"), stderr=said)) == ()


def test_without_a_reason_what_was_printed_tells() -> None:
    said = "Get https://example.com/: x509: certificate signed by unknown authority\n"
    crashed = plain("crashed", "SIGABRT", "ended by SIGABRT")
    assert causes(explain_run(run(crashed, stderr=said))) == ["missing-ca-certificates"]


def test_what_started_and_did_wrong_is_explained_by_what_it_printed() -> None:
    said = "panic: unknown time zone Europe/Berlin\n"
    failed = SmokeResult(number=1, file="*", exit=0, passed=False)
    started = run(verdict="ok", stderr=said)
    assert explain_run(started) == ()
    assert causes(explain_run(msgspec.structs.replace(started, smoke=failed))) == ["missing-tzdata"]


def test_a_module_that_its_host_does_not_take_is_explained() -> None:
    reason = missing_symbol("_Py_ZeroStruct", None, "/app/m.so", musl=False)
    host = HostRun(host="CPython", version="3.11.2", module="m", verdict="fails", reasons=(reason,))
    told = explain_run(msgspec.structs.replace(run(verdict="ok"), host_runs=(host,)))
    assert causes(told) == ["python-abi-mismatch"]


def test_the_file_itself_sharpens_a_reason(tmp_path: Path) -> None:
    script = tmp_path / "app"
    script.write_text("echo started\n")
    reason = plain("exec-format", "app", "app: Exec format error")
    assert causes(explain_run(run(reason, path=script))) == ["script-without-shebang"]
    assert causes(explain_run(run(reason, path=EXTENSION))) == ["wrong-arch-binary"]


def test_a_fix_has_the_names_of_the_run() -> None:
    (diagnosis,) = explain_run(run(no_interpreter("/lib/ld-musl-x86_64.so.1")))
    assert ("everylinux check dist/app",) in [fix.commands for fix in diagnosis.fixes]


def test_hostile_words_of_a_run_reach_no_terminal() -> None:
    reason = missing_library("lib\x1b[31m\u202e.so", "/app/\x07app", ())
    (diagnosis,) = explain_run(run(reason, path="a\x1b]0;t\x07", stderr="\x1b[31mlib\x1b[31m\u202e.so"))
    assert diagnosis.because.isprintable()
    assert diagnosis.culprit.isprintable()
    assert all(line.text.isprintable() for line in diagnosis.evidence)
