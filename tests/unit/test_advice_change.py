"""A change of manifests is shown, made and taken back as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.advice import Change, undo
from everylinux.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "Cargo.toml").write_text('[dependencies]\ntls = "1"\n')
    (folder / "Cargo.lock").write_text("# lock\n")
    return folder


def change(project: Path) -> Change:
    files = {
        project / "Cargo.toml": b'[dependencies]\ntls = { version = "1", features = ["vendored"] }\n',
        project / "Cargo.lock": b"# lock\n# more\n",
    }
    return Change(project, files)


def test_the_diff_shows_manifests_with_paths_of_the_project(project: Path) -> None:
    assert change(project).diff() == (
        "--- a/Cargo.toml\n+++ b/Cargo.toml\n@@ -1,2 +1,2 @@\n [dependencies]\n"
        '-tls = "1"\n+tls = { version = "1", features = ["vendored"] }\n'
    )


def test_a_change_is_taken_back_to_the_byte(project: Path) -> None:
    before = {path: path.read_bytes() for path in project.iterdir()}
    (project / "Cargo.toml").chmod(0o600)
    change(project).apply()
    assert (project / "Cargo.toml").read_bytes() == change(project).files[project / "Cargo.toml"]
    assert set(undo(project)) == set(before)
    assert {path: path.read_bytes() for path in project.iterdir()} == before
    assert (project / "Cargo.toml").stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError, match="no change to take back"):
        undo(project)


def test_two_changes_are_taken_back_one_after_the_other(project: Path) -> None:
    first = Change(project, {project / "Cargo.toml": b"# one\n"})
    second = Change(project, {project / "Cargo.toml": b"# two\n", project / "new.toml": b""})
    first.apply()
    second.apply()
    undo(project)
    assert (project / "Cargo.toml").read_bytes() == b"# one\n"
    assert not (project / "new.toml").exists()
    undo(project)
    assert (project / "Cargo.toml").read_text().startswith("[dependencies]")


def test_a_change_of_the_workspace_is_taken_back_from_a_member(project: Path) -> None:
    (project / "member").mkdir()
    change(project).apply()
    assert undo(project / "member")
    assert (project / "Cargo.lock").read_text() == "# lock\n"


def test_what_somebody_has_changed_since_is_not_overwritten(project: Path) -> None:
    change(project).apply()
    (project / "Cargo.toml").write_text("# mine\n")
    with pytest.raises(UsageError, match="was changed since"):
        undo(project)
    assert (project / "Cargo.toml").read_text() == "# mine\n"


def test_the_lock_file_may_have_moved_on(project: Path) -> None:
    change(project).apply()
    (project / "Cargo.lock").write_text("# cargo was here\n")
    undo(project)
    assert (project / "Cargo.lock").read_text() == "# lock\n"


def test_a_change_that_fails_half_way_leaves_nothing(project: Path) -> None:
    before = (project / "Cargo.toml").read_bytes()
    broken = Change(project, {project / "Cargo.toml": b"# new\n", project / "missing-folder/Cargo.toml": b""})
    with pytest.raises(FileNotFoundError):
        broken.apply()
    assert (project / "Cargo.toml").read_bytes() == before
    with pytest.raises(UsageError):
        undo(project)
