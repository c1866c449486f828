"""What a build sees of this machine while a fix is tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from everylinux.fixes.surroundings import surroundings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (".ssh", ".cargo/registry", ".cargo/bin", ".gnupg", ".config/gh", "go/pkg", "bin"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / ".cargo/credentials.toml").write_text("token")
    (tmp_path / ".npmrc").write_text("fund=false\n//registry/:_authToken=abc\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_of_the_home_folder_only_what_toolchains_keep_is_shown(home: Path) -> None:
    seen = surroundings(network=False, environment={"PATH": "/usr/bin"})
    of_home = {str(path.relative_to(home)) for path in (*seen.readable, *seen.layered) if path.is_relative_to(home)}
    assert of_home == {".cargo/registry", ".cargo/bin", "go/pkg"}
    assert seen.settings == {}


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "NPM_PASSWORD", "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS"]
)
def test_secrets_and_doors_are_withheld(name: str, home: Path) -> None:
    environment = surroundings(network=True, environment={"PATH": "/usr/bin", name: "x", "CC": "gcc"}).environment
    assert name not in environment
    assert environment["CC"] == "gcc"
    assert environment["HOME"] == str(home)


def test_settings_are_shown_without_their_secrets_and_only_for_the_network(home: Path) -> None:
    assert surroundings(network=True, environment={}).settings == {home / ".npmrc": b"fund=false\n"}


def test_programs_are_shown_where_the_search_path_names_them_but_not_by_relative_folders(home: Path) -> None:
    seen = surroundings(network=False, environment={"PATH": f"bin:.:{home / 'bin'}:/usr/bin"})
    assert home / "bin" in seen.readable
    assert seen.environment["PATH"].split(":")[:2] == [str(home / "bin"), "/usr/bin"]


@pytest.mark.parametrize("variable", ["CARGO_HOME", "GOPATH", "RUSTUP_HOME", "EVERYLINUX_CACHE"])
def test_no_variable_opens_the_home_folder_or_the_whole_machine(variable: str, home: Path) -> None:
    for folder in ("/", str(home), str(home.parent), "."):
        seen = surroundings(network=False, environment={"PATH": "/usr/bin", variable: folder})
        shown = [*seen.readable, *seen.layered]
        assert Path("/") not in shown
        assert not any(home.is_relative_to(path) for path in shown)


def test_tools_that_know_of_it_are_told_that_there_is_no_network() -> None:
    assert surroundings(network=False, environment={}).environment["CARGO_NET_OFFLINE"] == "true"
    assert "CARGO_NET_OFFLINE" not in surroundings(network=True, environment={}).environment
