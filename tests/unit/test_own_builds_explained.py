"""What is said of a failed build of our own beyond its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
