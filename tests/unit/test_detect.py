"""Which kind of project a folder holds: the order of precedence, what is passed over, and one clear error."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from everylinux.builders.detect import detect
from everylinux.errors import UsageError
from everylinux.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

PROGRESS = Progress(quiet=True)
# Contract: in this order of precedence.
MARKERS = (
    ("cargo", "Cargo.toml"),
    ("go", "go.mod"),
    ("meson", "meson.build"),
    ("cmake", "CMakeLists.txt"),
    ("autoconf", "configure"),
    ("make", "Makefile"),
    ("sources", "main.c"),
)


@pytest.mark.parametrize("first", range(len(MARKERS)))
def test_the_first_of_the_order_is_taken(first: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for _, marker in MARKERS[first:]:
        (tmp_path / marker).write_text("")
    (tmp_path / "cmd").mkdir()
    builder, project = detect(tmp_path, None, Progress())
    assert (builder.kind, project.kind, project.marker) == (MARKERS[first][0], *MARKERS[first])
    said = capsys.readouterr().err
    assert f"{MARKERS[first][0]} ({MARKERS[first][1]})" in said
    for kind, _ in MARKERS[first + 1 :]:
        assert kind in said.partition("passed over")[2]


@pytest.mark.parametrize(
    ("beside", "program", "kind"),
    [
        ("CMakeLists.txt", None, "cmake"),
        ("configure", None, "autoconf"),
        ("CMakeLists.txt", "main.go", "go"),
        ("CMakeLists.txt", "cmd/app/main.go", "go"),
        ("Makefile", None, "go"),
    ],
)
def test_a_go_module_for_the_tests_of_a_project_in_c_comes_after_it(
    beside: str, program: str | None, kind: str, tmp_path: Path
) -> None:
    """As in nghttp2, BoringSSL and AWS-LC, whose tests and tools are in Go."""
    for name in ("go.mod", beside, "util/run.go", program or "README"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert detect(tmp_path, None, PROGRESS)[0].kind == kind
    assert detect(tmp_path, "go", PROGRESS)[0].kind == "go"


@pytest.mark.parametrize(("marker", "kind"), MARKERS)
def test_a_kind_that_is_named_wins(marker: str, kind: str, tmp_path: Path) -> None:
    for _, name in MARKERS:
        (tmp_path / name).write_text("")
    assert detect(tmp_path, marker, PROGRESS)[1].marker == kind


def test_a_pyproject_that_says_how_to_build_comes_first(tmp_path: Path) -> None:
    (tmp_path / "CMakeLists.txt").write_text("")
    (tmp_path / "pyproject.toml").write_text("[build-system]\nrequires = []\n")
    assert detect(tmp_path, None, PROGRESS)[1].marker == "pyproject.toml"
    assert detect(tmp_path, "cmake", PROGRESS)[0].kind == "cmake"


def test_a_setup_script_counts_where_nothing_else_says_how_to_build(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("")
    assert detect(tmp_path, None, PROGRESS)[0].kind == "python"
    (tmp_path / "CMakeLists.txt").write_text("")
    assert detect(tmp_path, None, PROGRESS)[0].kind == "cmake"
    assert detect(tmp_path, "python", PROGRESS)[1].marker == "setup.py"


@pytest.mark.parametrize(
    ("requires", "kind"),
    [('["hatchling"]', "cargo"), ("[]", "cargo"), ('["maturin>=1.7"]', "python"), ('["setuptools-rust"]', "python")],
)
def test_a_rust_project_with_python_beside_it_is_one_of_rust(requires: str, kind: str, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("")
    (tmp_path / "pyproject.toml").write_text(f"[build-system]\nrequires = {requires}\n")
    assert detect(tmp_path, None, PROGRESS)[0].kind == kind


@pytest.mark.parametrize("content", ["[tool.ruff]\n", "not toml at all [", "\udcff"])
def test_a_pyproject_without_a_build_system_is_no_project(content: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(content, errors="surrogateescape")
    (tmp_path / "Makefile").write_text("")
    assert detect(tmp_path, None, PROGRESS)[0].kind == "make"


def test_nothing_recognised(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Makefile")
    (tmp_path / "CMakeLists.txt").mkdir()
    with pytest.raises(UsageError, match="no project found"):
        detect(tmp_path, None, PROGRESS)
    with pytest.raises(UsageError, match="does not exist"):
        detect(tmp_path / "nowhere", None, PROGRESS)
    with pytest.raises(UsageError, match="unknown kind 'bazel'"):
        detect(tmp_path, "bazel", PROGRESS)
    with pytest.raises(UsageError, match="is no cmake project"):
        detect(tmp_path, "cmake", PROGRESS)


def test_a_folder_of_projects_names_them(tmp_path: Path) -> None:
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "CMakeLists.txt").write_text("")
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "part.c").write_text("")
    with pytest.raises(UsageError) as caught:
        detect(tmp_path, None, PROGRESS)
    assert caught.value.hint == f"name the project's own folder: {tmp_path}/a, {tmp_path}/b"


def test_a_project_deep_in_a_folder_is_named(tmp_path: Path) -> None:
    """As in the sources of LMDB: ``libraries/liblmdb``."""
    inner = tmp_path / "libraries" / "liblmdb"
    inner.mkdir(parents=True)
    (inner / "Makefile").write_text("")
    (tmp_path / "again").symlink_to(".")
    with pytest.raises(UsageError) as caught:
        detect(tmp_path, None, PROGRESS)
    assert caught.value.hint == f"name the project's own folder: {inner}"


def test_the_other_kinds_of_a_project_are_known(tmp_path: Path) -> None:
    for name in ("CMakeLists.txt", "configure", "Makefile", "a.c"):
        (tmp_path / name).write_text("")
    assert detect(tmp_path, None, PROGRESS)[1].others == ("autoconf", "make")
    assert detect(tmp_path, "make", PROGRESS)[1].others == ()


def test_a_source_of_a_program_is_built_with_its_folder(tmp_path: Path) -> None:
    (tmp_path / "hello.c").write_text("int main(void) { return 0; }\n")
    with pytest.raises(UsageError) as caught:
        detect(tmp_path / "hello.c", None, PROGRESS)
    assert caught.value.hint == f"name the folder: everylinux build {tmp_path}"


def test_a_member_belongs_to_the_workspace_above_it(tmp_path: Path) -> None:
    member = tmp_path / "tools/app"
    member.mkdir(parents=True)
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["tools/*"]\n')
    (member / "Cargo.toml").write_text('[package]\nname = "app"\n')
    builder, project = detect(member, None, PROGRESS)
    assert (builder.kind, project.marker) == ("cargo", "../../Cargo.toml")
    assert project.folder == member
    assert tmp_path in project.parts
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["other"]\nexclude = ["tools"]\n')
    assert detect(member, None, PROGRESS)[1].marker == "Cargo.toml"


def test_what_a_build_can_make_again_is_no_part_of_a_project(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    (folder / "target").mkdir(parents=True)
    (tmp_path / "neighbour").mkdir()
    (folder / "Cargo.toml").write_text('[package]\nname = "app"\n')
    (folder / "target/Makefile").write_text("all:\n\tmake -C ../../neighbour\n")
    assert tmp_path / "neighbour" in detect(folder, None, PROGRESS)[1].parts
    (folder / "target/CACHEDIR.TAG").write_text("Signature: 8a477f597d28d172789f06886806bc55\n")
    assert tmp_path / "neighbour" not in detect(folder, None, PROGRESS)[1].parts


def test_a_go_command_below_its_module(tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module m\n")
    command = tmp_path / "cmd" / "c"
    command.mkdir(parents=True)
    (command / "main.go").write_text("package main\n")
    builder, project = detect(command, None, PROGRESS)
    assert builder.kind == "go"
    assert project.marker == "../../go.mod"
    assert project.parts == (tmp_path.resolve(),)


def test_what_lies_beside_a_project_belongs_to_it_when_it_is_named(tmp_path: Path) -> None:
    for name in ("app/src", "common", "deep", "unrelated"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "app/Makefile").write_text("app: ../common/a.c\n")
    (tmp_path / "app/src/a.c").write_text('#include "../local.h"\n')
    (tmp_path / "common/a.c").write_text('#include "../deep/a.h"\n')
    os.mkfifo(tmp_path / "app/pipe.c")
    _, project = detect(tmp_path / "app", None, PROGRESS)
    root = tmp_path.resolve()
    assert project.parts == (root / "app", root / "common", root / "deep")
    assert project.root == root
