"""The advice for real projects, with cargo as the judge: what it says of a changed project is what was promised.

The projects in ``advice/`` are not built; their packages are fetched once (about 20 MB). What is expected is from the
documentation of diesel, hidapi and git2.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from everylinux.advice import Outlook, look_ahead, undo
from everylinux.errors import UsageError
from everylinux.spelling import parse_targets
from everylinux.toolchains.find import find
from everylinux.toolchains.rust.cargo_metadata import Selection, read_metadata

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(find("cargo") is None, reason="Rust is not installed")]
PROJECTS = Path(__file__).parent / "advice"


@pytest.fixture
def project(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return Path(shutil.copytree(PROJECTS / request.param, tmp_path / request.param))


def outlook(folder: Path, target: str, selection: Selection | None = None) -> Outlook:
    (parsed,) = parse_targets(target)
    cargo, rustc = find("cargo"), find("rustc")
    assert cargo
    assert rustc
    chosen = selection or Selection()
    metadata = read_metadata(folder, [parsed.rust], cargo=cargo, selection=chosen)
    return look_ahead(
        metadata,
        parsed,
        folder=folder,
        cargo=cargo,
        rustc=rustc,
        selection=chosen,
        sysroot=None,
        environment=dict(os.environ),
    )


def built_packages(folder: Path, triple: str, *arguments: str) -> set[str]:
    """Return the names of the packages that cargo itself says it would build."""
    command = ["cargo", "tree", "--locked", "--target", triple, "-e", "normal,build", "--prefix", "none", "--workspace"]
    done = subprocess.run([*command, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return {line.split()[0] for line in done.stdout.splitlines() if line.strip()}


def missing(found: Outlook) -> dict[str, tuple[str, ...]]:
    return {each.crate: each.missing for each in found.missing}


@pytest.mark.parametrize("project", ["database"], indirect=True)
def test_a_library_that_brings_another_calls_for_two_changes(project: Path) -> None:
    """diesel's guide: pq-sys with the feature bundled, which builds libpq with OpenSSL."""
    before = {path: path.read_bytes() for path in project.iterdir() if path.is_file()}
    found = outlook(project, "aarch64-linux-musl")
    assert missing(found) == {"pq-sys": ("library libpq",)}
    (advice,) = found.missing
    assert advice.path == ("database", "diesel", "pq-sys")
    assert (advice.dependency, advice.feature, advice.manifest) == ("pq-sys", "bundled", "Cargo.toml")
    assert found.change is not None
    added = [line for line in found.change.diff().splitlines() if line.startswith("+") and "+++" not in line]
    assert added == [
        '+pq-sys = { version = "0.7", features = ["bundled"] }',
        '+openssl-sys = { version = "0.9", features = ["vendored"] }',
    ]
    # Nothing of the project was touched so far.
    assert {path: path.read_bytes() for path in project.iterdir() if path.is_file()} == before
    found.change.apply()
    # --locked: the lock file that was written fits.
    assert {"pq-src", "openssl-src"} <= built_packages(project, "aarch64-unknown-linux-musl")
    assert missing(outlook(project, "aarch64-linux-musl")) == {}
    undo(project)
    assert {path: path.read_bytes() for path in project.iterdir() if path.is_file()} == before


@pytest.mark.parametrize("project", ["switch"], indirect=True)
def test_a_switch_of_the_projects_own_is_an_argument(project: Path) -> None:
    found = outlook(project, "x86_64-linux-musl")
    assert missing(found) == {"openssl-sys": ("library openssl",)}
    assert found.change is not None
    assert found.change.arguments == ("--features=vendored-tls",)
    assert "native-tls" in found.missing[0].change
    found.change.apply()
    assert "openssl-src" in built_packages(project, "x86_64-unknown-linux-musl", *found.change.arguments)
    chosen = Selection(features=("vendored-tls",))
    assert missing(outlook(project, "x86_64-linux-musl", chosen)) == {}


@pytest.mark.parametrize("project", ["several"], indirect=True)
def test_a_workspace_is_changed_where_each_thing_is_decided(project: Path) -> None:
    found = outlook(project, "s390x-linux-musl")
    assert missing(found) == {"hidapi": ("library libudev",), "openssl-sys": ("library openssl",)}
    assert found.change is not None
    diff = found.change.diff()
    assert '+git2.features = ["vendored-openssl"]' in diff
    assert '"linux-native-basic-udev"] }' in diff
    found.change.apply()
    packages = built_packages(project, "s390x-unknown-linux-musl")
    assert {"basic-udev", "openssl-src"} <= packages
    assert missing(outlook(project, "s390x-linux-musl")) == {}
    assert set(undo(project)) >= {project / "Cargo.toml", project / "app/Cargo.toml"}


@pytest.mark.parametrize("project", ["several"], indirect=True)
def test_only_chosen_packages_count(project: Path) -> None:
    assert set(missing(outlook(project, "x86_64-linux-gnu.2.17", Selection(("app",))))) == {"openssl-sys"}
    assert set(missing(outlook(project, "x86_64-linux-gnu.2.17", Selection(("tool",))))) == {"hidapi"}
    with pytest.raises(UsageError, match="no package tol"):
        outlook(project, "x86_64-linux-gnu.2.17", Selection(("tol",)))


@pytest.mark.parametrize("project", ["switch"], indirect=True)
def test_without_network_it_says_what_it_knows(project: Path) -> None:
    """OpenSSL's source is not in the lock file: cargo cannot confirm the change offline, so it is named, not made."""
    (parsed,) = parse_targets("x86_64-linux-musl")
    cargo, rustc = find("cargo"), find("rustc")
    assert cargo
    assert rustc
    metadata = read_metadata(project, [parsed.rust], cargo=cargo)
    empty = project / "cargo-home"
    environment = {**os.environ, "CARGO_HOME": str(empty), "CARGO_NET_OFFLINE": "true"}
    found = look_ahead(
        metadata,
        parsed,
        folder=project,
        cargo=cargo,
        rustc=rustc,
        selection=Selection(),
        sysroot=None,
        environment=environment,
        offline=True,
    )
    assert missing(found) == {"openssl-sys": ("library openssl",)}
    assert found.change is None
    assert found.missing[0].feature == "vendored-tls"
