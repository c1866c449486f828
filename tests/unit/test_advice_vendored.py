"""A project that keeps its packages in a folder (`cargo vendor`): what a change brings may not be there."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from everylinux.advice import Outlook, look_ahead
from everylinux.spelling import parse_targets
from everylinux.toolchains.find import find
from everylinux.toolchains.rust.cargo_metadata import Selection, read_metadata

SETTINGS = """
[source.crates-io]
replace-with = "kept"
[source.kept]
directory = "vendor"
"""
PACKAGES = {
    "native-tls": '[dependencies]\nopenssl-sys = "0.9"\n[features]\nvendored = ["openssl-sys/vendored"]\n',
    "openssl-sys": '[dependencies]\nopenssl-src = { version = "0.9", optional = true }\n'
    '[features]\nvendored = ["dep:openssl-src"]\n',
    "openssl-src": "",
}


def package(folder: Path, name: str, rest: str) -> None:
    (folder / "src").mkdir(parents=True)
    (folder / "src/lib.rs").write_text("")
    (folder / "Cargo.toml").write_text(f'[package]\nname = "{name}"\nversion = "0.9.118"\nedition = "2021"\n{rest}')


@pytest.fixture
def project(tmp_path: Path) -> Path:
    if find("cargo") is None or find("rustc") is None:
        pytest.skip("Rust is not on this machine")
    folder = tmp_path / "app"
    package(folder, "app", '[dependencies]\nnative-tls = "0.9"\n')
    (folder / ".cargo").mkdir()
    (folder / ".cargo/config.toml").write_text(SETTINGS)
    return folder


def vendor(project: Path, *names: str) -> None:
    """Put packages where the settings say that they are kept."""
    for name in names:
        package(project / "vendor" / name, name, PACKAGES[name])
        (project / "vendor" / name / ".cargo-checksum.json").write_text(json.dumps({"files": {}}))


def outlook(project: Path) -> Outlook:
    (target,) = parse_targets("x86_64-linux-musl")
    cargo, rustc = (Path(find(name) or "") for name in ("cargo", "rustc"))
    environment = dict(os.environ)
    return look_ahead(
        read_metadata(project, [target.rust], cargo=cargo, environment=environment),
        target,
        folder=project,
        cargo=cargo,
        rustc=rustc,
        selection=Selection(),
        sysroot=None,
        environment=environment,
    )


def test_a_feature_whose_sources_are_kept_is_made(project: Path) -> None:
    vendor(project, *PACKAGES)
    found = outlook(project)
    assert found.change is not None
    assert [(each.dependency, each.feature) for each in found.missing] == [("native-tls", "vendored")]


def test_a_feature_whose_sources_are_not_kept_is_said_and_not_made(project: Path) -> None:
    vendor(project, "native-tls", "openssl-sys")
    found = outlook(project)
    assert found.change is None
    (lacks,) = found.missing
    assert "feature `vendored` of native-tls" in lacks.change
    assert "`cargo vendor`" in lacks.change
