"""Edits of Cargo.toml: one entry changes, in its own form; everything else keeps every byte."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from everylinux.advice.candidate import ArgumentEdit, FeatureEdit
from everylinux.advice.manifest import edited
from everylinux.errors import BuildFailedError
from everylinux.toolchains.rust.cargo_metadata import Dependency

if TYPE_CHECKING:
    from pathlib import Path


def after(tmp_path: Path, text: str, *edits: FeatureEdit | ArgumentEdit, name: str = "Cargo.toml") -> str:
    (tmp_path / name).write_text(text)
    result = edited(edits, tmp_path / "Cargo.toml")[tmp_path / name]
    tomllib.loads(result)
    return result


def on(tmp_path: Path, dependency: Dependency, *features: str) -> FeatureEdit:
    return FeatureEdit(tmp_path / "Cargo.toml", dependency, on=features)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ('tls = "1.0" # why', 'tls = { version = "1.0", features = ["vendored"] } # why'),
        ("tls = '1'", 'tls = { version = "1", features = ["vendored"] }'),
        ('tls = { version = "1" }', 'tls = { version = "1", features = ["vendored"] }'),
        ('tls = {version="1", features=["a"]} # k', 'tls = { version = "1", features = ["a", "vendored"] } # k'),
        ('tls.version = "1"', 'tls.version = "1"\ntls.features = ["vendored"]'),
        ('tls.version = "1"\ntls.features = ["a"]', 'tls.version = "1"\ntls.features = ["a", "vendored"]'),
        ("tls = { workspace = true }", 'tls = { workspace = true, features = ["vendored"] }'),
        ("tls.workspace = true", 'tls.workspace = true\ntls.features = ["vendored"]'),
        (
            'tls = { git = "https://x/y", features = ["vendored"] }',
            'tls = { git = "https://x/y", features = ["vendored"] }',
        ),
    ],
)
def test_a_feature_is_turned_on_in_the_form_that_the_entry_has(tmp_path: Path, entry: str, expected: str) -> None:
    head = '# first\n[package]\nname = "app"   # odd   spaces\n\n[dependencies]\nzero = "1"\n'
    text = head + '{}\nlast = "2"\n\n[profile.release]\nlto = true\n'
    result = after(tmp_path, text.format(entry), on(tmp_path, Dependency(name="tls"), "vendored"))
    assert result == text.format(expected)


def test_an_array_over_several_lines_stays_one(tmp_path: Path) -> None:
    text = '[dependencies.tls]\nversion = "1"\nfeatures = [\n    "a",\n    "b", # needed\n]\n'
    result = after(tmp_path, text, on(tmp_path, Dependency(name="tls"), "vendored"))
    assert result == text.replace('    "b", # needed\n', '    "b", # needed\n    "vendored",\n')


def test_a_renamed_package_is_found_by_its_key(tmp_path: Path) -> None:
    text = '[dependencies]\nfast = { package = "tls", version = "1" }\ntls = "2"\n'
    result = after(tmp_path, text, on(tmp_path, Dependency(name="tls", rename="fast"), "vendored"))
    assert result == text.replace('version = "1" }', 'version = "1", features = ["vendored"] }')


def test_entries_for_one_platform_and_for_build_scripts(tmp_path: Path) -> None:
    text = """[target.'cfg(any(unix,target_os="wasi"))'.dependencies]\ntls = "1"\n\n[build-dependencies]\ntls = "1"\n"""
    unix = Dependency(name="tls", target='cfg(any(unix, target_os = "wasi"))')
    result = after(tmp_path, text, on(tmp_path, unix, "a"), on(tmp_path, Dependency(name="tls", kind="build"), "b"))
    assert tomllib.loads(result) == {
        "target": {'cfg(any(unix,target_os="wasi"))': {"dependencies": {"tls": {"version": "1", "features": ["a"]}}}},
        "build-dependencies": {"tls": {"version": "1", "features": ["b"]}},
    }


def test_leaving_out_default_features(tmp_path: Path) -> None:
    text = '[dependencies]\nhttp = { version = "1", features = ["json", "native-tls"] }\n'
    edit = FeatureEdit(
        tmp_path / "Cargo.toml", Dependency(name="http"), on=("rustls",), off=("native-tls",), defaults_off=True
    )
    result = after(tmp_path, text, edit)
    assert tomllib.loads(result)["dependencies"]["http"] == {
        "version": "1",
        "default-features": False,
        "features": ["json", "rustls"],
    }


def test_what_a_workspace_decides_is_left_out_there(tmp_path: Path) -> None:
    """The Cargo Book, "Inheriting a dependency": members add features, default ones are the workspace's."""
    (tmp_path / "member").mkdir()
    member = tmp_path / "member/Cargo.toml"
    member.write_text('[dependencies]\nhttp = { workspace = true, features = ["native-tls"] }\n')
    root = tmp_path / "Cargo.toml"
    root.write_text('[workspace]\nmembers = ["member"]\n\n[workspace.dependencies]\nhttp = "1"\n')
    edit = FeatureEdit(member, Dependency(name="http"), on=("rustls",), off=("native-tls",), defaults_off=True)
    result = edited([edit], root)
    assert tomllib.loads(result[root])["workspace"]["dependencies"]["http"] == {
        "version": "1",
        "default-features": False,
        "features": ["rustls"],
    }
    assert tomllib.loads(result[member])["dependencies"]["http"] == {"workspace": True, "features": []}


@pytest.mark.parametrize("target", [None, 'cfg(not(target_os = "windows"))', "x86_64-unknown-linux-musl"])
def test_a_crate_is_added_where_it_is_used(tmp_path: Path, target: str | None) -> None:
    entry = Dependency(name="openssl", features=("vendored",), target=target)
    edit = FeatureEdit(tmp_path / "Cargo.toml", entry, on=("vendored",), new_version="0.10")
    text = '[package]\nname = "app"\n\n[dependencies]\na = "1"\n'
    result = after(tmp_path, text, edit)
    assert result.startswith(text)
    table = tomllib.loads(result)
    tables = table["target"][target]["dependencies"] if target else table["dependencies"]
    assert tables["openssl"] == {"version": "0.10", "features": ["vendored"]}


def test_a_table_for_a_platform_stands_apart_from_the_next(tmp_path: Path) -> None:
    entry = Dependency(name="openssl", target="cfg(unix)")
    edit = FeatureEdit(tmp_path / "Cargo.toml", entry, on=("vendored",), new_version="0.10")
    head, tail = "[target.'cfg(unix)'.dependencies]\na = \"1\"\n", "[features]\nx = []\n"
    line = 'openssl = { version = "0.10", features = ["vendored"] }\n'
    assert after(tmp_path, f"{head}\n{tail}", edit) == f"{head}{line}\n{tail}"


def test_arguments_are_written_where_the_settings_are_read(tmp_path: Path) -> None:
    from everylinux.settings import load_settings

    text = '[package]\nname = "app"\nversion = "1.0.0"\n\n[features]\nx = []\n'
    edit = ArgumentEdit(tmp_path / "Cargo.toml", ("--features=x",))
    result = after(tmp_path, text, edit, edit)
    (tmp_path / "Cargo.toml").write_text(result)
    assert load_settings(tmp_path, environ={}).build.args == ("--features=x",)
    assert tomllib.loads(result)["features"] == {"x": []}


def test_arguments_of_a_workspace_without_a_package_are_the_workspaces(tmp_path: Path) -> None:
    edit = ArgumentEdit(tmp_path / "Cargo.toml", ("--features=app/x",))
    result = after(tmp_path, '[workspace]\nmembers = ["app"]\n', edit)
    table = tomllib.loads(result)["workspace"]
    assert table == {"members": ["app"], "metadata": {"everylinux": {"build": {"args": ["--features=app/x"]}}}}


def test_an_entry_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BuildFailedError, match="tls is not found"):
        after(tmp_path, "[dependencies]\n", on(tmp_path, Dependency(name="tls"), "vendored"))
    with pytest.raises(BuildFailedError, match="cannot read"):
        edited([on(tmp_path / "nowhere", Dependency(name="tls"), "vendored")], tmp_path / "Cargo.toml")
