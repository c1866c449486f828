"""The parts of a build that need no compiler: what is copied, what comes out, what is remembered, what is said."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from everylinux.builders.artifacts import Snapshot, choose, files_installed, files_left, links_to, without_common_folder
from everylinux.builders.detect import detect
from everylinux.builders.fingerprint import Inputs, forget, remember, remembered, sha256_of
from everylinux.builders.first_error import first_error, says_disk_full
from everylinux.builders.golang import _split, _with_linker_flags
from everylinux.builders.interface import Artifact, BuildRequest, Project
from everylinux.builders.scratch import LARGEST_FILE, copy_project
from everylinux.builders.sources import defines_main
from everylinux.errors import BuildFailedError
from everylinux.evidence import Build, BuiltFile
from everylinux.progress import Progress
from everylinux.spelling import native_targets

TARGET = native_targets()[0]
# The first bytes of an x86-64 shared object: magic, class, byte order, version, padding, e_type (ELF specification).
SHARED = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00" + bytes(46)


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Makefile").write_text("all:\n")
    return detect(folder, None, Progress(quiet=True))[1]


def test_a_copy_has_no_pipes_no_huge_files_and_no_way_out(project: Project, tmp_path: Path) -> None:
    folder = project.folder
    (tmp_path / "secret").write_text("outside\n")
    os.mkfifo(folder / "pipe")
    with (folder / "huge.img").open("wb") as huge:
        huge.truncate(LARGEST_FILE + 1)
    (folder / "inside").symlink_to("Makefile")
    (folder / "outside").symlink_to(tmp_path / "secret")
    (folder / "folder-outside").symlink_to(tmp_path)
    (folder / "loop").symlink_to("loop")
    (folder / "broken").symlink_to("nowhere")
    (folder / ".git").mkdir()
    (folder / "dist").mkdir()
    (folder / "dist/old").write_text("")
    copy = copy_project(project, tmp_path / "copy", without=folder / "dist")
    assert sorted(path.name for path in copy.iterdir()) == ["Makefile", "inside", "outside"]
    assert (copy / "inside").readlink() == Path("Makefile")
    assert not (copy / "outside").is_symlink()
    assert (copy / "Makefile").stat().st_mtime_ns == (folder / "Makefile").stat().st_mtime_ns


def test_what_appeared_or_changed_comes_out(tmp_path: Path) -> None:
    (tmp_path / "old.so").write_bytes(SHARED)
    (tmp_path / "same.so").write_bytes(SHARED)
    before = Snapshot.of(tmp_path)
    (tmp_path / "old.so").write_bytes(SHARED + b"more")
    (tmp_path / "new").write_bytes(SHARED)
    (tmp_path / "notes.txt").write_text("no program")
    (tmp_path / "link.so").symlink_to("new")
    assert [each.name for each in files_left(tmp_path, before, ())] == ["new", "old.so"]
    assert [each.name for each in files_left(tmp_path, before, ("*.txt",))] == ["notes.txt"]


def test_installed_files_come_before_those_of_the_build(tmp_path: Path) -> None:
    stage, build = tmp_path / "stage", tmp_path / "build"
    for path in (stage / "usr/local/lib/liba.so", build / "liba.so", build / "test"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(SHARED)
    assert [each.name for each in files_installed(stage, "/usr/local", build, ())] == ["lib/liba.so"]
    assert [each.path for each in files_installed(stage, "/usr/local", build, ("liba.so",))] == [
        stage / "usr/local/lib/liba.so"
    ]
    assert [each.name for each in files_installed(stage, "/usr/local", build, ("test",))] == ["test"]
    assert [each.name for each in files_installed(tmp_path / "none", "/usr/local", build, ())] == ["liba.so", "test"]


def test_a_glob_that_matches_nothing_names_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "app").write_bytes(SHARED)
    with pytest.raises(BuildFailedError, match=r"no file that matches bin/\*") as caught:
        choose([Artifact(tmp_path / "app", "app")], ("bin/*",))
    assert "app" in caught.value.hint
    with pytest.raises(BuildFailedError, match="no executable"):
        choose([], ())


def test_folders_that_all_share_are_left_out() -> None:
    assert without_common_folder(["bin/a"]) == {"bin/a": "a"}
    assert without_common_folder(["p/bin/a", "p/lib/b"]) == {"p/bin/a": "bin/a", "p/lib/b": "lib/b"}
    assert without_common_folder(["bin/a", "binary/b"]) == {"bin/a": "bin/a", "binary/b": "binary/b"}


def test_links_of_a_library(tmp_path: Path) -> None:
    (tmp_path / "libx.so.1.2").write_bytes(SHARED)
    (tmp_path / "libx.so.1").symlink_to("libx.so.1.2")
    (tmp_path / "libx.so").symlink_to("libx.so.1")
    (tmp_path / "other").symlink_to("nowhere")
    assert links_to(tmp_path / "libx.so.1.2") == ["libx.so", "libx.so.1"]


def test_a_build_is_remembered_until_something_changes(project: Project, tmp_path: Path) -> None:
    request = BuildRequest(path=project.folder, targets=[TARGET], out=tmp_path / "dist")
    output = tmp_path / "dist/app"
    output.parent.mkdir()
    output.write_bytes(SHARED)
    files = (BuiltFile(path=str(output), sha256=sha256_of(output)),)
    build = Build(target=TARGET.name, project="app", kind="make", status="built", files=files)

    def known(request: BuildRequest = request, tools: str = "1") -> Build | None:
        return remembered(project, request, TARGET, Inputs(project, request, {"make": tools}, {}))

    assert known() is None
    remember(project, request, TARGET, Inputs(project, request, {"make": "1"}, {}), build)
    assert known() == build
    os.utime(project.folder / "Makefile", (1, 1))
    assert known() == build, "only the time differs"
    assert known(tools="2") is None
    assert known(replace(request, args=("V=1",))) is None
    assert known(replace(request, cgo="off")) is None
    output.write_bytes(SHARED + b"altered")
    assert known() is None
    output.write_bytes(SHARED)
    assert known() == build
    (project.folder / "new.h").write_text("")
    assert known() is None
    (project.folder / "new.h").unlink()
    assert known() == build
    forget(project, request, TARGET)
    assert known() is None


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (
            "cc -c a.c\na.c:1:5: error: unknown type name 'x'\nmake: *** [Makefile:2: a.o] Error 1\n",
            "a.c:1:5: error: un",
        ),
        ("checking for gcc... cc\nconfigure: error: libfoo is required\n", "configure: error: libfoo is required"),
        ("./main.go:3:2: undefined: x\n", "./main.go:3:2: undefined: x"),
        ("ld.lld: error: undefined symbol: foo\n>>> referenced by m.c\n", "ld.lld: error: undefined symbol: foo"),
        ("CMake Error at CMakeLists.txt:3 (find_package):\n  not found\n", "CMake Error at CMakeLists.txt:3"),
        ("some words\nthe last line\n\n", "the last line"),
    ],
)
def test_the_line_that_tells_most_is_shown(log: str, line: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text("a.c:9:9: error: of an earlier command\n" + log)
    found = first_error(path, len("a.c:9:9: error: of an earlier command\n"))
    assert found is not None
    assert found.startswith(line)


def test_an_error_on_two_lines_is_shown_whole(tmp_path: Path) -> None:
    text = '-- checks\nCMake Error at CMakeLists.txt:3 (find_package):\n\n  Could not find a package "Foo"\n'
    (tmp_path / "log").write_text(text)
    said = 'CMake Error at CMakeLists.txt:3 (find_package): Could not find a package "Foo"'
    assert first_error(tmp_path / "log", 0) == said


def test_a_program_of_the_target_run_by_the_build_is_told_before_make(tmp_path: Path) -> None:
    line = "/bin/bash: line 1: ./fbc: cannot execute binary file: Exec format error"
    (tmp_path / "log").write_text(f"./fbc -c libmath.b\n{line}\nmake: *** [Makefile:631: libmath.h] Error 126\n")
    assert first_error(tmp_path / "log", 0) == line


def test_an_empty_log_has_no_error(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"")
    assert first_error(tmp_path / "log", 0) is None
    assert not says_disk_full(tmp_path / "log", 0)
    (tmp_path / "log").write_bytes(b"fatal error: error in backend: IO failure: No space left on device\n")
    assert says_disk_full(tmp_path / "log", 0)


@pytest.mark.parametrize(
    ("source", "defines"),
    [
        (b"int main(void) { }", True),
        (b"main(argc, argv)\nint argc;\nchar **argv;\n{ }", True),
        (b"auto main() -> int { }", True),
        (b"int x = '\"'; int main() { }", True),
        (b"int main(void);", False),
        (b"void f(void) { main(); }", False),
        (b"/* int main(void) { } */", False),
        (b'char *s = "int main(void) {";', False),
        (b"int domain(void) { }", False),
        (b"main(" * 200_000, False),
        (b"/*main" * 200_000, False),
    ],
)
def test_which_source_is_a_program(source: bytes, *, defines: bool, tmp_path: Path) -> None:
    (tmp_path / "a.c").write_bytes(source)
    assert defines_main(tmp_path / "a.c") is defines


def test_flags_for_gos_linker_are_joined() -> None:
    assert _with_linker_flags(["-v", "-ldflags=-s -w"], "-linkmode external") == [
        "-v", "-ldflags=-linkmode external -s -w",
    ]  # fmt: skip
    assert _with_linker_flags(["-ldflags", "-s"], "") == ["-ldflags=-s"]
    assert _with_linker_flags(["-tags", "x"], "") == ["-tags", "x"]
    assert _split(("-tags", "x", "./cmd/a", "./cmd/b")) == (["-tags", "x"], ["./cmd/a", "./cmd/b"])
    assert _split(("-overlay", "./o.json")) == (["-overlay", "./o.json"], [])
