"""What cargo's settings say to build scripts (The Cargo Book, "Configuration")."""

from __future__ import annotations

from pathlib import Path

import pytest
from recorded_cargo import recorded

from everylinux.advice.cargo_settings import script_settings, searched_folders
from everylinux.advice.findings import Examination
from everylinux.advice.knowledge import Need
from everylinux.advice.surroundings import Surroundings
from everylinux.spelling import parse_targets

MUSL = "x86_64-unknown-linux-musl"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "home"))
    (tmp_path / "app/.cargo").mkdir(parents=True)
    return tmp_path / "app"


def test_variables_are_set_unless_the_environment_has_them(folder: Path) -> None:
    (folder / ".cargo/config.toml").write_text(
        '[env]\nA = "1"\nB = { value = "2", relative = true }\nC = { value = "3", force = true }\n'
    )
    found = script_settings(folder, MUSL, {"A": "mine", "C": "mine"})
    assert found.environment == {"A": "mine", "B": "2", "C": "3"}


def test_a_library_that_the_settings_name_is_not_missing(folder: Path) -> None:
    project = recorded("reqwest")
    (target,) = parse_targets(MUSL)

    def lacking() -> bool:
        found = script_settings(folder, MUSL, {})
        examination = Examination(project, Surroundings(target, None, found.environment, found.replaced))
        return any(each.lacks_library for each in examination.findings(project.graph()))

    assert lacking()
    (folder / ".cargo/config.toml").write_text('[env]\nOPENSSL_DIR = "/opt/openssl"\n')
    assert not lacking()
    (folder / ".cargo/config.toml").write_text(f'[target.{MUSL}.openssl]\nrustc-link-lib = ["ssl"]\n')
    assert not lacking()
    (folder / ".cargo/config.toml").write_text('[target.s390x-unknown-linux-gnu.openssl]\nrustc-link-lib = ["ssl"]\n')
    assert lacking()


def test_settings_that_are_no_settings_say_nothing(folder: Path) -> None:
    for text in ("env = 3", "[target]\nx = 1", "[", "[env]\nA = [1]"):
        (folder / ".cargo/config.toml").write_text(text)
        assert script_settings(folder, MUSL, {"X": "1"}).environment == {"X": "1"}


def test_where_the_linker_is_told_to_look(tmp_path: Path) -> None:
    flags = ["-L", "native=one", "-Ltwo", "-C", "link-arg=-Lthree", "-Clink-arg=-L/four", "-Copt-level=3", "-L"]
    assert searched_folders(flags, tmp_path)[:4] == (
        tmp_path / "one",
        tmp_path / "two",
        tmp_path / "three",
        Path("/four"),
    )


def test_a_library_that_only_the_linker_looks_for_may_lie_where_it_is_told(tmp_path: Path) -> None:
    (target,) = parse_targets(MUSL)
    need = Need(what="library", links=("odbc",), linked=True)
    told = Surroundings(target, None, {}, searched=(tmp_path,))
    assert not told.has(need, host=False)
    (tmp_path / "libodbc.so").touch()
    assert not Surroundings(target, None, {}, searched=(tmp_path,)).has(need, host=False), "a static program"
    (tmp_path / "libodbc.a").touch()
    assert Surroundings(target, None, {}, searched=(tmp_path,)).has(need, host=False)
    asked = Need(what="library", pkg_config=("odbc",), links=("odbc",))
    assert not Surroundings(target, None, {}, searched=(tmp_path,)).has(asked, host=False)
