"""Which files a smoke test names, and expressions that may be hostile."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from everylinux.errors import UsageError
from everylinux.sandbox.interface import Mount
from everylinux.sandbox.pattern import found
from everylinux.sandbox.smoke import read_smoke_tests
from everylinux.settings import Smoke, load_settings, settings_folder


@pytest.mark.parametrize(
    ("glob", "path", "named"),
    [
        ("app", "dist/x86_64-linux-musl/app", True),
        ("app", "app", True),
        ("app*", "dist/application", True),
        ("*", "dist/anything", True),
        ("bin/app", "dist/bin/app", True),
        ("*-linux-*/app", "dist/x86_64-linux-musl/app", True),
        ("app", "dist/application", False),
        ("App", "dist/app", False),
        ("bin/app", "dist/sbin/app", False),
        ("dist/app", "dist/bin/app", False),
    ],
)
def test_a_glob_names_a_file_by_its_last_parts(glob: str, path: str, *, named: bool, tmp_path: Path) -> None:
    (test,) = read_smoke_tests([Smoke(file=glob)], tmp_path)
    assert test.applies_to(Path(path)) is named


@pytest.mark.parametrize("smoke", [Smoke(file=""), Smoke(file="/"), Smoke(file="a", args=("\0",))])
def test_what_cannot_be_meant_is_a_usage_error(smoke: Smoke, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        read_smoke_tests([smoke], tmp_path)


@pytest.mark.parametrize("line", ["exit = 256", "exit = -1", "port = 0", "port = 65536", "path = 'x'"])
def test_values_that_no_program_has_are_usage_errors(line: str, tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text(f"[[smoke]]\nfile = 'app'\n{line}\n")
    with pytest.raises(UsageError):
        load_settings(tmp_path, environ={})


def test_files_come_to_the_same_place_in_the_folder_of_the_run(tmp_path: Path) -> None:
    (tmp_path / "data/deep").mkdir(parents=True)
    for name in ("data/deep/b", "data/a", "single"):
        (tmp_path / name).write_text(name)
    (tmp_path / "data/link").symlink_to("a")
    (test,) = read_smoke_tests([Smoke(file="app", files=("data", "./single"))], tmp_path)
    top = tmp_path.resolve()
    assert test.mounts == (
        Mount(top / "data/a", "/tmp/data/a"),  # noqa: S108 - in the sandbox
        Mount(top / "data/deep/b", "/tmp/data/deep/b"),  # noqa: S108
        Mount(top / "data/a", "/tmp/data/link"),  # noqa: S108
        Mount(top / "single", "/tmp/single"),  # noqa: S108
    )


def test_paths_are_taken_from_the_folder_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "everylinux.toml").write_text("")
    inner = tmp_path / "inner"
    inner.mkdir()
    assert settings_folder(inner).resolve() == tmp_path.resolve()
    assert settings_folder(inner, config=tmp_path / "everylinux.toml") == tmp_path


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / str(number)).touch()
    with pytest.raises(UsageError, match="more than"):
        read_smoke_tests([Smoke(file="app", files=(".",))], tmp_path)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^two$", "one\ntwo\nthree\n", True),
        (r"\d+\.\d+", "app 1.2", True),
        ("", "", True),
        ("^one two$", "one\ntwo", False),
        ("é", "café\udcff", True),
    ],
)
def test_an_expression_is_found_anywhere(pattern: str, text: str, *, expected: bool) -> None:
    assert found(pattern, text) is expected


@pytest.mark.parametrize("pattern", ["(", "*", "[a", "(?P<n>", "(" * 5000])
def test_what_is_no_expression_is_a_usage_error(pattern: str) -> None:
    with pytest.raises(UsageError, match="no regular expression"):
        found(pattern, "")


def test_an_expression_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("everylinux.sandbox.pattern.SECONDS", 0.1)
    begin = time.monotonic()
    assert found("(a|a)*b", "a" * 64) is None
    assert time.monotonic() - begin < 5
