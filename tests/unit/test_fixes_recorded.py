"""The command of everylinux's own build that failed last."""

from __future__ import annotations

from pathlib import Path

import pytest

from everylinux.fixes.recorded import arguments_without, failed_command, forget_failed, remember_failed


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))


def test_a_command_is_kept_for_its_project_until_a_build_passes(tmp_path: Path) -> None:
    project, other = tmp_path / "project", tmp_path / "other"
    remember_failed(project, ("--target", "aarch64-linux-musl", "--", "a b"))
    assert failed_command(project) == "everylinux build --target aarch64-linux-musl -- 'a b'"
    assert failed_command(other) == ""
    forget_failed(project)
    forget_failed(other)
    assert failed_command(project) == ""


def test_what_is_damaged_is_as_good_as_none(tmp_path: Path) -> None:
    remember_failed(tmp_path, ())
    (file,) = (tmp_path / "cache/builds").rglob("failed.json")
    file.write_bytes(b'{"project": 1')
    assert failed_command(tmp_path) == ""


@pytest.mark.parametrize(
    ("arguments", "kept"),
    [
        (("--target", "native", "sub"), ("--target", "native")),
        (("sub", "--", "sub"), ("--", "sub")),
        (("--", "sub"), ("--", "sub")),
        ((), ()),
    ],
)
def test_the_project_is_the_folder_in_which_it_runs(arguments: tuple[str, ...], kept: tuple[str, ...]) -> None:
    assert arguments_without(Path("sub"), arguments) == kept
