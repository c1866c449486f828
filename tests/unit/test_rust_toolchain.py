"""Which Rust a folder chooses, on the real rustc: asked once, and again when what decides it changes."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from everylinux.cache import cache_directory
from everylinux.errors import ToolMissingError
from everylinux.toolchains import answers
from everylinux.toolchains.answers import MOST, keep_answer, kept_answer, stamp
from everylinux.toolchains.find import find
from everylinux.toolchains.rust import toolchain as rust
from everylinux.toolchains.rust.toolchain import find_rust

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERYLINUX_CACHE", str(tmp_path / "cache"))
    find_rust.cache_clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if find("rustc") is None or find("cargo") is None:
        pytest.skip("Rust is not on this machine")
    project = tmp_path / "project"
    project.mkdir()
    return project


def printed(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def never_asked(*_: object, **__: object) -> bytes:
    raise AssertionError("rustc was asked again")


def test_rustc_is_asked_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = find_rust(folder)
    assert str(first.sysroot) == printed(folder, "rustc", "--print=sysroot")
    assert f"host: {first.host}" in printed(folder, "rustc", "-vV")
    find_rust.cache_clear()
    monkeypatch.setattr(rust, "ask", never_asked)
    assert find_rust(folder) == first


def test_rustc_is_asked_again_for_another_choice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if find_rust(folder).rustup is None:
        pytest.skip("rustup does not keep this Rust")
    (folder / "rust-toolchain.toml").write_text('[toolchain]\nchannel = "1.2.3"\n')
    find_rust.cache_clear()
    with pytest.raises(ToolMissingError, match=r"1\.2\.3"):
        find_rust(folder)
    (folder / "rust-toolchain.toml").unlink()
    find_rust.cache_clear()
    monkeypatch.setenv("RUSTUP_TOOLCHAIN", "1.2.4")
    with pytest.raises(ToolMissingError, match=r"1\.2\.4"):
        find_rust(folder)


def test_what_stands_in_for_rustc_is_asked_each_time(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = tmp_path / "wrapper"
    wrapper.write_text('#!/bin/sh\nexec rustc "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("RUSTC", str(wrapper))
    found = find_rust(folder)
    assert (found.rustc, found.variables) == (wrapper, {})
    if found.rustup is None:
        assert list(cache_directory("answers").iterdir()) == []


def test_programs_of_rustups_toolchain_are_called_as_its_proxies_would(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = find_rust(folder)
    if found.rustup is None:
        pytest.skip("rustup does not keep this Rust")
    # cargo starts a program of this name on PATH for its own sub-command.
    told = folder / "cargo-told"
    told.write_text('#!/bin/sh\necho "$RUSTUP_TOOLCHAIN" "$RUSTUP_HOME"\n')
    told.chmod(0o755)
    path = os.pathsep.join([str(folder), os.environ["PATH"]])
    monkeypatch.setenv("PATH", path)
    proxy = printed(folder, "cargo", "told")
    for name, value in found.variables.items():
        monkeypatch.setenv(name, value)
    assert printed(folder, str(found.cargo), "told") == proxy
    assert found.toolchain in proxy


def test_a_question_is_decided_by_its_files(tmp_path: Path) -> None:
    file = tmp_path / "tool"
    missing = ("version", stamp(file))
    keep_answer(missing, b"none")
    file.write_text("1")
    there = ("version", stamp(file))
    assert there != missing
    assert kept_answer(there) is None
    keep_answer(there, b"one")
    file.write_text("22")
    assert kept_answer(("version", stamp(file))) is None
    assert (kept_answer(there), kept_answer(missing)) == (b"one", b"none")


def test_answers_are_bounded() -> None:
    for number in range(MOST + 3):
        keep_answer(("question", str(number)), b"answer")
    assert len(list(cache_directory("answers").iterdir())) == MOST
    assert kept_answer(("question", str(MOST + 2))) == b"answer"
    keep_answer(("long",), b"x" * answers.ANSWER_BYTES)
    assert kept_answer(("long",)) is None


def test_a_program_that_rustc_names_and_that_is_not_there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUSTC", "/there/is/no/rustc")
    with pytest.raises(ToolMissingError, match="/there/is/no/rustc, which RUSTC names") as caught:
        find_rust(folder)
    assert "unset it" in caught.value.hint
