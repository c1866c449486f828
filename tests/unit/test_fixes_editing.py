"""Edits of a project's files, also of a project that means harm."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import UsageError
from everylinux.fixes import editing
from everylinux.fixes.editing import LARGEST_FILE, MOST_CHANGED, Edited

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


def test_lines_are_replaced_and_nothing_is_written(project: Path) -> None:
    makefile = project / "Makefile"
    makefile.write_text("CFLAGS = -O2\nall: x\nCFLAGS += -g\n")
    edited = Edited(project)
    assert edited.replace("Makefile", r"^(CFLAGS *\+?=.*)$", r"\1 -fPIC")
    assert edited.changed == {makefile: b"CFLAGS = -O2 -fPIC\nall: x\nCFLAGS += -g -fPIC\n"}
    assert makefile.read_text() == "CFLAGS = -O2\nall: x\nCFLAGS += -g\n"


def test_one_edit_builds_upon_another(project: Path) -> None:
    (project / "a").write_text("one\n")
    edited = Edited(project)
    edited.replace("a", "one", "two")
    edited.replace("a", "two", "three")
    assert edited.changed == {project / "a": b"three\n"}


def test_what_does_not_match_changes_nothing(project: Path) -> None:
    (project / "a").write_text("one\n")
    edited = Edited(project)
    assert not edited.replace("a", "two", "three")
    assert not edited.replace("b", "one", "three")
    assert edited.changed == {}


def test_line_ends_stay_what_they_are_unless_they_are_what_is_replaced(project: Path) -> None:
    (project / "a").write_bytes(b"x = 1\r\ny = 2\r\n")
    edited = Edited(project)
    edited.replace("a", r"^(x.*)$", r"\1\nz = 3")
    assert edited.changed == {project / "a": b"x = 1\r\nz = 3\r\ny = 2\r\n"}
    edited.replace("a", r"\r$", "")
    assert edited.changed == {project / "a": b"x = 1\nz = 3\ny = 2\n"}


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.c", {"a.c"}),
        ("**/*.c", {"a.c", "src/b.c", "src/deep/c.c"}),
        ("src/*.c", {"src/b.c"}),
        ("**/b.c", {"src/b.c"}),
    ],
)
def test_patterns(pattern: str, found: set[str], project: Path) -> None:
    for name in ("a.c", "src/b.c", "src/deep/c.c", "a.h", "node_modules/m/x.c", ".git/x.c"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("x")
    edited = Edited(project)
    edited.replace(pattern, "x", "y")
    assert {str(path.relative_to(project)) for path in edited.changed} == found


def test_a_name_of_a_log_is_the_one_file_below_that_ends_so(project: Path) -> None:
    for name in ("src/run.sh", "src/same", "lib/same"):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("x")
    edited = Edited(project)
    assert edited.replace("./run.sh", "x", "y")
    assert not edited.replace("same", "x", "y")
    assert edited.changed == {project / "src/run.sh": b"y"}


def test_appending_makes_a_file_and_adds_nothing_twice(project: Path) -> None:
    (project / "a").write_text("no newline")
    edited = Edited(project)
    assert edited.append("a", "more\n")
    assert not edited.append("a", "more\n")
    assert edited.append("new", "text\n")
    assert edited.changed == {project / "a": b"no newline\nmore\n", project / "new": b"text\n"}


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "link", "folder/outside", "", ".", "a\0b"])
def test_nothing_outside_the_project_is_touched(name: str, project: Path) -> None:
    (project.parent / "outside").write_text("root:x\n")
    (project / "link").symlink_to("../outside")
    (project / "folder").symlink_to("..")
    edited = Edited(project)
    assert not edited.replace(name, "root", "y")
    assert not edited.append(name, "y\n")
    assert edited.changed == {}


def test_a_link_within_the_project_is_edited_where_it_leads(project: Path) -> None:
    (project / "real").write_text("x")
    (project / "link").symlink_to("real")
    edited = Edited(project)
    assert edited.replace("link", "x", "y")
    assert edited.changed == {project / "real": b"y"}


def test_what_is_no_text_of_a_usual_size_is_left_alone(project: Path) -> None:
    os.mkfifo(project / "pipe")
    (project / "loop").symlink_to("loop")
    (project / "binary").write_bytes(b"x\0")
    (project / "latin").write_bytes(b"x\xe9")
    with (project / "huge").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    edited = Edited(project)
    for name in ("pipe", "loop", "binary", "latin", "huge", "*"):
        assert not edited.replace(name, "x", "y")
    assert edited.changed == {}


def test_a_refused_expression_is_one_clear_error(project: Path) -> None:
    (project / "a").write_text("x")
    with pytest.raises(UsageError, match="is refused"):
        Edited(project).replace("a", "(?=x)x", "y")


def test_a_fix_cannot_fill_the_memory(project: Path) -> None:
    (project / "a").write_text("x" * 100_000)
    with pytest.raises(UsageError, match="larger than"):
        Edited(project).replace("a", "x", "y" * 1000)


def test_a_fix_cannot_change_the_whole_project(project: Path) -> None:
    for number in range(MOST_CHANGED + 1):
        (project / f"{number}.c").write_text("x")
    with pytest.raises(UsageError, match=f"more than {MOST_CHANGED} files"):
        Edited(project).replace("*.c", "x", "y")


@pytest.mark.parametrize(
    ("limit", "said"), [("MOST_READ", "too large to be looked at"), ("MOST_WRITTEN", "would change more")]
)
def test_a_fix_cannot_read_or_write_without_end(
    limit: str, said: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, limit, 100)
    for number in range(11):
        (project / f"{number}.c").write_text("x" * 10)
    with pytest.raises(UsageError, match=said):
        Edited(project).replace("*.c", "x", "y")
