"""The main job on a small project: built, checked, proven, compared."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from everylinux.evidence import MatrixReport
from everylinux.toolchains.find import find
from roots import make_root

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

SOURCE = """
#include <stdio.h>
int main(int count, char **words) { printf("%s has %d\\n", words[0], count); return count > 2 ? 3 : 0; }
"""
TARGETS = "x86_64-linux-musl,x86_64-linux-gnu.2.28,aarch64-linux-gnu.2.36"


def matrix(*arguments: str, cwd: Path, path: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **({"PATH": path} if path else {})}
    return subprocess.run(
        [sys.executable, "-m", "everylinux", "matrix", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
    )


def decoded(done: subprocess.CompletedProcess[str]) -> MatrixReport:
    return msgspec.json.decode(done.stdout, type=MatrixReport)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "counts.c").write_text(SOURCE)
    return folder


@pytest.fixture(scope="module")
def images() -> str:
    old, new = make_root("distroless-cc-bullseye-amd64+arm64"), make_root("distroless-cc-bookworm-amd64+arm64")
    return f"scratch,old=dir:{old},new=dir:{new}"


@pytest.fixture(scope="module")
def built(project: Path, images: str) -> MatrixReport:
    done = matrix(".", "--target", TARGETS, "--image", images, "-o", "json", cwd=project)
    assert done.returncode == 1, done.stderr  # glibc programs do not start in an empty image
    return decoded(done)


def test_every_file_meets_every_image_and_both_answers_agree(built: MatrixReport) -> None:
    assert [build.status for build in built.builds] == ["built"] * 3
    assert len(built.cells) == 9
    assert all(cell.agree for cell in built.cells)


@pytest.mark.parametrize(
    ("target", "verdicts"),
    [
        # The C library of Debian 11 is glibc 2.31; __libc_start_main got a new version in 2.34.
        ("x86_64-linux-musl", {"scratch": "ok", "old": "ok", "new": "ok"}),
        ("x86_64-linux-gnu.2.28", {"scratch": "fails", "old": "ok", "new": "ok"}),
        ("aarch64-linux-gnu.2.36", {"scratch": "fails", "old": "fails", "new": "ok"}),
    ],
)
def test_what_starts_where(built: MatrixReport, target: str, verdicts: dict[str, str]) -> None:
    cells = [cell for cell in built.cells if cell.target == target]
    assert {cell.image: cell.check.verdict for cell in cells} == verdicts
    assert {cell.image: cell.prove.verdict for cell in cells if cell.prove} == verdicts


def test_the_run_says_what_the_program_said(built: MatrixReport) -> None:
    for cell in built.cells:
        if cell.prove and cell.prove.verdict == "ok":
            assert cell.prove.stdout.endswith("has 2\n")  # its name and --version
            assert (cell.prove.emulator is None) == cell.target.startswith("x86_64")


def test_the_table_shows_both_answers_and_why(project: Path, images: str, built: MatrixReport) -> None:
    del built  # so that everything is built by now
    done = matrix(".", "--target", TARGETS, "--image", images, "--fail-on", "none", cwd=project)
    assert done.returncode == 0
    assert "no-interpreter / failed" in done.stdout
    assert "ok / ran" in done.stdout
    assert "version `GLIBC_2.34' not found" in done.stdout
    assert "9 cells: 9 agree, 0 disagree, 0 not proven" in done.stdout
    assert "unchanged" in done.stderr


def test_files_are_run_with_what_follows_the_dashes(project: Path, built: MatrixReport) -> None:
    file = next(cell.path for cell in built.cells if cell.target == "x86_64-linux-musl")
    done = matrix(file, "--image", "scratch", "-o", "json", "--", "one", "two", cwd=project)
    assert done.returncode == 0  # it started, and ended with 3: that is its own affair
    (cell,) = decoded(done).cells
    assert cell.prove
    assert (cell.prove.exit, cell.agree) == (3, True)


def test_without_emulator_and_sandbox_the_rest_is_done_and_marked_unknown(
    project: Path, built: MatrixReport, images: str, tmp_path: Path
) -> None:
    files = [cell.path for cell in built.cells if cell.image == "new"]
    done = matrix(*files, "--image", images, "-o", "json", cwd=project, path=str(tmp_path))
    cells = decoded(done).cells
    assert [cell.check.verdict for cell in cells] == [cell.check.verdict for cell in built.cells]
    assert {cell.prove.verdict for cell in cells if cell.prove} == {"unknown"}
    assert all(cell.agree is None for cell in cells)
    (tmp_path / "bwrap").symlink_to(str(find("bubblewrap")))
    done = matrix(*files, "--image", "new" + images.partition("new")[2], "-o", "json", cwd=project, path=str(tmp_path))
    runs = [cell.prove for cell in decoded(done).cells if cell.prove]
    assert [run.verdict for run in runs] == ["ok", "ok", "unknown"]
    assert "no emulator" in runs[2].note


@pytest.mark.parametrize("arguments", [("absent",), (".", "counts.c"), ("--target", "vax"), ("--image", "nosuch:1")])
def test_usage_errors_are_exit_2(project: Path, arguments: tuple[str, ...]) -> None:
    done = matrix(*arguments, cwd=project)
    assert done.returncode == 2
    assert done.stderr.count("error:") == 1


def test_a_failing_target_does_not_stop_the_others(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    shutil.copytree(project, folder, ignore=shutil.ignore_patterns("dist"))
    source = folder / "counts.c"
    source.write_text("#ifdef __aarch64__\n#error not here\n#endif\n" + SOURCE)
    done = matrix(".", "--target", TARGETS, "--image", "scratch", "-o", "json", cwd=folder)
    report = decoded(done)
    assert done.returncode == 5
    assert [build.status for build in report.builds] == ["built", "built", "failed"]
    assert "not here" in report.builds[2].problem
    assert "not here" in (folder / report.builds[2].log).read_text()
    assert {cell.target for cell in report.cells} == {"x86_64-linux-musl", "x86_64-linux-gnu.2.28"}


def test_the_document_begins_with_its_schema(project: Path, built: MatrixReport) -> None:
    file = built.cells[0].path
    document = json.loads(matrix(file, "--image", "scratch", "-o", "json", cwd=project).stdout)
    assert next(iter(document)) == "schema"
    assert document["schema"] == "everylinux.matrix/1"


def test_a_project_without_anything_compiled_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
        '[project]\nname = "plain"\nversion = "1"\n'
    )
    (tmp_path / "plain.py").write_text("VALUE = 1\n")
    done = matrix(".", "--target", "x86_64-linux-gnu", "--image", "scratch", cwd=tmp_path)
    assert done.returncode == 3
    assert "error: nothing that was built is compiled" in done.stderr
