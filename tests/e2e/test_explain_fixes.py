"""`everylinux explain --fix`, `--verify`, `--apply` and `--undo` on real projects."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from everylinux.toolchains.find import find

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
    pytest.mark.skipif(shutil.which("gcc") is None or shutil.which("make") is None, reason="no gcc or no make"),
]
SOURCE = "#include <math.h>\nint main(int n, char **v) { return v[n] ? (int)pow(n, n) : 0; }\n"
MAKEFILE = "CC = gcc\napp: main.o libuses.so\n\t$(CC) -o app main.o ./libuses.so\n"
LIBRARY = "libuses.so: uses.c\n\t$(CC) -shared -fPIC -o libuses.so uses.c -lm\n"
BUILD = ("--", "make")
OWN_CAUSE = r"""
id = "no-word"
title = "The word is missing"
answer = "source"
explanation = "It happens."
[[signal]]
pattern = '''wordless: without (?P<word>\w+)'''
culprit = "{word}"
[[fix]]
title = "Set it"
edit = [{ file = "settings", append = "{word}=yes\n" }]
"""
PACKED_CAUSE = r"""
id = "packed"
title = "Parts were packed differently"
answer = "source"
explanation = "It happens."
[[signal]]
pattern = '''wordless: (?P<what>packed)'''
culprit = "{what}"
[[fix]]
title = "Pack no part"
edit = [{ file = "Makefile", find = ' -fpack-struct', replace = '' }]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.c").write_text(SOURCE)
    (folder / "uses.c").write_text("#include <math.h>\ndouble uses(double x) { return pow(x, x); }\n")
    (folder / "Makefile").write_text(MAKEFILE + LIBRARY)
    return folder


def everylinux(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command beside the log of a real failure of the project."""
    copy = project.with_name("failing")
    shutil.copytree(project, copy, dirs_exist_ok=True)
    log = subprocess.run(["make"], cwd=copy, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
    shutil.rmtree(copy)
    project.with_name("log").write_bytes(log)
    command = [sys.executable, "-m", "everylinux", "explain", "../log", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env={**os.environ})


def fixes(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done.stdout)["diagnoses"][0]["fixes"]
    return found


def test_fix_shows_what_would_change_and_writes_nothing(project: Path) -> None:
    done = everylinux(project, "--fix", "-o", "json")
    assert done.returncode == 1
    diff = next(fix["edits"][0] for fix in fixes(done) if fix["edits"])
    assert "--- a/Makefile\n+++ b/Makefile\n" in diff
    assert "+\t$(CC) -o app main.o ./libuses.so -lm\n" in diff
    assert (project / "Makefile").read_text() == MAKEFILE + LIBRARY


def test_verify_runs_the_build_without_and_with_it_in_a_copy(project: Path) -> None:
    done = everylinux(project, "--verify", "-o", "json", *BUILD)
    assert [fix["verified"] for fix in fixes(done) if fix["verified"] is not None] == [True]
    assert sorted(path.name for path in project.iterdir()) == ["Makefile", "main.c", "uses.c"]


def test_the_fix_that_helped_is_told_first(project: Path) -> None:
    causes = project / ".everylinux/causes"
    causes.mkdir(parents=True)
    in_vain = '[[fix]]\ntitle = "Set another"\nedit = [{ file = "settings", append = "another=yes\\n" }]\n'
    (causes / "no-word.toml").write_text(OWN_CAUSE.replace("[[fix]]\n", in_vain + "[[fix]]\n"))
    (project / "Makefile").write_text(
        "all:\n\t@grep -q word=yes settings || { echo wordless: without word; exit 1; }\n"
    )
    (project / "settings").write_text("")
    done = everylinux(project, "--verify", "--trust-project", "-o", "json", *BUILD)
    told = [(fix["title"], fix["verified"]) for fix in fixes(done)]
    assert told == [("Set it", True), ("Set another", False)]


def test_a_verified_fix_is_applied_and_taken_back(project: Path) -> None:
    done = everylinux(project, "--verify", "--apply", *BUILD)
    assert "changed: " in done.stderr
    assert "verified: the same build failed without it and passed with it" in done.stdout
    subprocess.run(["make"], cwd=project, check=True, capture_output=True)
    done = everylinux(project, "--undo")
    assert done.returncode == 0
    assert (project / "Makefile").read_text() == MAKEFILE + LIBRARY


def test_a_file_that_was_changed_since_is_not_taken_back(project: Path) -> None:
    everylinux(project, "--apply")
    (project / "Makefile").write_text("mine\n")
    done = everylinux(project, "--undo")
    assert (done.returncode, "was changed since" in done.stderr) == (2, True)
    assert (project / "Makefile").read_text() == "mine\n"


def test_a_fix_that_does_not_help_is_not_verified_and_says_what_the_build_said(project: Path) -> None:
    (project / "Makefile").write_text(f"{MAKEFILE}\t@echo after it; exit 3\n{LIBRARY}")
    done = everylinux(project, "--verify", "--apply", *BUILD)
    assert done.returncode == 2
    assert "there is no verified fix to apply" in done.stderr
    (fix, *_) = [
        fix for fix in fixes(everylinux(project, "--verify", "-o", "json", *BUILD)) if fix["verified"] is False
    ]
    assert "after it" in fix["note"]


@pytest.mark.parametrize(
    ("flags", "verified", "note"),
    [
        ("-fno-pic", True, "once what was compiled before is removed (make clean)"),
        ("-fPIC", False, "the build passes without it, too, once what was compiled before is removed (make clean)"),
    ],
)
def test_flags_reach_what_was_compiled_before_once_it_is_gone(
    tmp_path: Path, flags: str, *, verified: bool, note: str
) -> None:
    """A library of objects that are not position-independent: make would not compile them again."""
    project = tmp_path / "project"
    project.mkdir()
    (project / "count.c").write_text("int count;\nint next(void) { return ++count; }\n")
    (project / "Makefile").write_text(
        f"CC = gcc\nCFLAGS = -O2 {flags}\nlibcount.so: count.o\n\t$(CC) -shared -o $@ count.o\n"
    )
    failed = subprocess.run(["make", "CFLAGS=-O2 -fno-pic"], cwd=project, capture_output=True, check=False)
    assert (failed.returncode, (project / "count.o").exists()) == (2, True)
    log = tmp_path / "log"
    log.write_bytes(failed.stdout + failed.stderr)
    command = [sys.executable, "-m", "everylinux", "explain", "../log", "--verify", "-o", "json", *BUILD]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    (diagnosis,) = json.loads(done.stdout)["diagnoses"]
    (fix,) = [fix for fix in diagnosis["fixes"] if fix["compile"] == "-fPIC"]
    assert diagnosis["cause"] == "non-pic-object"
    assert (fix["verified"], fix["note"]) == (verified, note)
    assert (project / "count.o").exists()


def test_a_line_of_a_makefile_reaches_what_was_compiled_before_once_it_is_gone(project: Path) -> None:
    """Two parts of which one packs its structures: make would not compile it again when its line loses the flag."""
    causes = project / ".everylinux/causes"
    causes.mkdir(parents=True)
    (causes / "packed.toml").write_text(PACKED_CAUSE)
    (project / "size.c").write_text("struct { char a; long b; } one;\nint size(void) { return sizeof one; }\n")
    (project / "main.c").write_text(
        "int size(void);\nint main(void) { return size() == sizeof(struct { char a; long b; }) ? 0 : 3; }\n"
    )
    (project / "Makefile").write_text(
        "all: app\n\t@./app || { echo wordless: packed; exit 1; }\napp: main.o size.o\n\tgcc -o app main.o size.o\n"
        "size.o: size.c\n\tgcc -fpack-struct -c size.c\n"
    )
    assert subprocess.run(["make"], cwd=project, capture_output=True, check=False).returncode == 2
    (fix,) = fixes(everylinux(project, "--verify", "--trust-project", "-o", "json", *BUILD))
    assert (fix["verified"], fix["note"]) == (True, "once what was compiled before is removed (make clean)")


def test_a_build_that_passes_here_verifies_nothing(project: Path) -> None:
    done = everylinux(project, "--verify", "-o", "json", "--", "true")
    assert {fix["verified"] for fix in fixes(done)} == {None}
    assert "the build does not fail here without it" in {fix["note"] for fix in fixes(done)}


def test_a_build_that_fails_for_something_else_verifies_nothing(project: Path) -> None:
    done = everylinux(project, "--verify", "-o", "json", "--", "gcc -o x none.c")
    assert {fix["verified"] for fix in fixes(done)} == {None}
    assert any(fix["note"].startswith("here the build fails for another reason: ") for fix in fixes(done))


def test_without_a_command_one_error_says_what_to_add(project: Path) -> None:
    done = everylinux(project, "--verify")
    assert (done.returncode, done.stdout) == (2, "")
    assert "the build's command is not known" in done.stderr
    assert "never taken from the log" in done.stderr
    assert "-- make" in done.stderr


def test_fixes_that_a_project_brings_need_its_trust(project: Path) -> None:
    causes = project / ".everylinux/causes"
    causes.mkdir(parents=True)
    (causes / "no-word.toml").write_text(OWN_CAUSE)
    (project / "Makefile").write_text("all:\n\t@grep -q WORD settings || { echo wordless: without WORD; exit 1; }\n")
    (project / "settings").write_text("A=1\n")
    (shown,) = fixes(everylinux(project, "--fix", "--project", ".", "-o", "json"))
    assert (shown["trusted"], "+WORD=yes" in shown["edits"][0]) == (False, True)
    (untried,) = fixes(everylinux(project, "--verify", "-o", "json", *BUILD))
    assert (untried["verified"], untried["note"]) == (None, "the project brought it: --trust-project")
    assert everylinux(project, "--apply").returncode == 2
    assert (project / "settings").read_text() == "A=1\n"
    (tried,) = fixes(everylinux(project, "--verify", "--apply", "--trust-project", "-o", "json", *BUILD))
    assert tried["verified"]
    assert (project / "settings").read_text() == "A=1\nWORD=yes\n"


def test_a_home_folder_is_no_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(project.with_name("cache")))
    monkeypatch.setenv("HOME", str(project))
    done = everylinux(project, "--verify", *BUILD)
    assert (done.returncode, "is no project" in done.stderr) == (2, True)


def test_a_failed_build_by_everylinux_is_run_again_without_being_named(project: Path) -> None:
    (project / "main.c").write_text("int main(void) { int unused; return 0; }\n")
    (project / "Makefile").write_text("app: main.c\n\t$(CC) -Wall -Werror=unused-variable -o app main.c\n")
    build = [sys.executable, "-m", "everylinux", "build", "--target", "aarch64-linux-musl"]
    assert subprocess.run(build, cwd=project, capture_output=True, check=False).returncode == 5
    log = project / "dist/logs/aarch64-linux-musl.log"
    command = [sys.executable, "-m", "everylinux", "explain", str(log), "--verify", "-o", "json"]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    # `-Wno-error` takes nothing back of what `-Werror=` names (Clang's manual).
    helped, tried = fixes(done)
    assert (tried["verified"], helped["verified"]) == (False, True)
    line = "\t$(CC) -Wall -Werror=unused-variable -o app main.c"
    assert f"-{line}\n+{line} -Wno-error=unused-variable\n" in helped["edits"][0]
