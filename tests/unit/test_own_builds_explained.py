"""What is said of a failed build of our own beyond its log."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from everylinux.builders.libraries import OF_GCC
from everylinux.diagnosis import explain
from everylinux.evidence import Build
from everylinux.verbs.explained import explained

if TYPE_CHECKING:
    from pathlib import Path


def failed(folder: Path, said: str, hint: str = "") -> Build:
    log = folder / "log"
    log.write_text(f"{said}\nmake: *** [Makefile:2: app] Error 1\n")
    build = Build(
        target="x86_64-linux-gnu.2.36", project=str(folder), kind="make", status="failed", log=str(log), hint=hint
    )
    (told,) = explained([build], None)
    return told


def fixes(folder: Path, said: str, hint: str = "") -> list[str]:
    (diagnosis,) = failed(folder, said, hint).diagnoses
    return [fix.build or fix.title for fix in diagnosis.fixes]


def test_the_same_build_again_is_no_fix(tmp_path: Path) -> None:
    found = fixes(tmp_path, "ld.lld: error: undefined symbol: _Unwind_GetCFA")
    assert found
    assert "everylinux build" not in found


def test_a_library_for_this_machine_is_no_fix_where_the_targets_is_told(tmp_path: Path) -> None:
    said = "a.c:1:10: fatal error: 'zlib.h' file not found"
    assert fixes(tmp_path, said, hint="--sysroot debian:11=zlib1g-dev") == []


def test_a_library_that_only_the_log_tells_of_is_told_with_its_package(tmp_path: Path) -> None:
    """As in WOFF2's build files, whose own message has another name for it."""
    said = "-- Could NOT find BrotliDec (missing: BROTLIDEC_INCLUDE_DIRS BROTLIDEC_LIBRARIES)"
    build = failed(tmp_path, f"{said}\nCMake Error at CMakeLists.txt:38 (message):\n  it is needed to build this.\n")
    assert "--sysroot debian:12=libbrotli-dev; or" in build.hint
    assert [fix for each in build.diagnoses for fix in each.fixes] == []


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("make failed: /src/missing: line 81: automake-1.14: command not found", "host-tool-missing-autotools"),
        ("compiling edit.c failed: /src/sh.h:140:10: fatal error: 'termio.h' file not found", "glibc-only-header"),
        ("make failed: the zork went sour", None),
    ],
)
def test_what_our_own_build_printed_is_read_like_its_log(said: str, cause: str | None) -> None:
    """Progress alone, as it is with a report in JSON, and the table alone, as it is with --quiet."""
    target = "x86_64-linux-gnu.2.17"
    progress = (
        f"[   0.2s] .: make (Makefile)\n[   1.2s] {target}: building\n[   3.1s] {target}: FAILED: {said}\n"
        f"[   3.1s] {target}: not built, in 1.9 s; its log is dist/logs/{target}.log\n"
    )
    table = (
        "target                 kind      status  libc           files  seconds\n"
        f"{target}  autoconf  failed  glibc >= 2.17             1.9\n\nFAILED  {target}, {target}: {said}\n"
        f"        log: dist/logs/{target}.log\n"
    )
    for printed in (progress, table, progress + table):
        told = explain(io.BytesIO(printed.encode()))
        assert told.outcome == ("failed" if cause else "unknown")
        assert [each.cause for each in told.diagnoses] == ([cause] if cause else [])


def test_what_a_build_of_ours_printed_that_went_well_has_no_failure() -> None:
    printed = (
        "[   1.2s] x86_64-linux-musl: building\n[   2.0s] x86_64-linux-musl: built in 0.8 s: failed\n"
        "target             kind  status  libc    files             seconds\n"
        "x86_64-linux-musl  make  built   static  failed (1.4 MiB)      0.8\n"
    )
    assert explain(io.BytesIO(printed.encode())).outcome == "succeeded"


@pytest.mark.parametrize(
    ("said", "flags"),
    [
        (
            "dc.c:64:2: error: call to undeclared function 'f'; it is not supported [-Wimplicit-function-declaration]",
            "-Wno-error=implicit-function-declaration",
        ),
        (
            "a.c:3:5: error: implicit declaration of function 'f' [-Wimplicit-function-declaration]",
            "-Wno-error=implicit-function-declaration",
        ),
        ("a.c:3:9: error: incompatible integer to pointer conversion [-Wint-conversion]", "-Wno-error=int-conversion"),
        ("a.c:3:9: error: use of undeclared identifier 'f'", ""),
        ("a.cc:3:9: error: constant expression evaluates to -1 [-Wc++11-narrowing]", ""),
    ],
)
def test_what_older_compilers_only_warned_of_may_stay_a_warning(said: str, flags: str) -> None:
    """Release notes of Clang 15 and 16 and of GCC 14: errors by default since."""
    told = explain(io.BytesIO(f"cc -c a.c\n{said}\nmake: *** [Makefile:2: a.o] Error 1\n".encode()))
    assert [fix.compile for each in told.diagnoses for fix in each.fixes if fix.compile] == ([flags] if flags else [])


def test_another_target_is_no_fix_where_the_build_names_the_one_that_helps(tmp_path: Path) -> None:
    said = "ld.lld: error: undefined symbol: thrd_create"
    assert any("--target" in each for each in fixes(tmp_path, said))
    hint = "glibc has thrd_create since 2.28, and the floor is 2.17: --target x86_64-linux-gnu.2.28"
    assert not any("--target" in each for each in fixes(tmp_path, said, hint))


def test_no_package_is_a_fix_for_a_header_that_only_gcc_has(tmp_path: Path) -> None:
    said = "a.c:1:10: fatal error: 'omp.h' file not found"
    assert fixes(tmp_path, said)
    assert not fixes(tmp_path, said, f"omp.h is of {OF_GCC}: build without it (OpenMP)")
