"""What cargo's settings say to build scripts (The Cargo Book, "Configuration")."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from recorded_cargo import recorded

from everylinux.advice.cargo_settings import script_settings
from everylinux.advice.findings import Examination
from everylinux.advice.surroundings import Surroundings
from everylinux.spelling import parse_targets

if TYPE_CHECKING:
    from pathlib import Path

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
