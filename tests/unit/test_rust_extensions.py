"""What is known of an extension in Rust before it is built (maturin's user guide, PyO3's), and what its log says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.builders.detect import detect
from everylinux.builders.python.project import build_system
from everylinux.builders.python.rust import compiles_rust
from everylinux.builders.python.rust_bindings import features_for, makes_program
from everylinux.builders.python.rust_errors import wheel_error
from everylinux.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = '[package]\nname = "p"\nversion = "1.0.0"\n'
MATURIN = '[build-system]\nrequires = ["maturin>=1,<2"]\nbuild-backend = "maturin"\n'


def project(folder: Path, settings: str, manifest: str, place: str = "Cargo.toml") -> Path:
    (folder / "pyproject.toml").write_text(MATURIN + settings)
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / place).write_text(PACKAGE + manifest)
    return folder


@pytest.mark.parametrize(
    ("settings", "manifest", "program"),
    [
        ("", "", True),
        ("", "[lib]\n[dependencies]\nserde = '1'\n", True),
        ("", "[dependencies]\npyo3 = '0.26'\n", False),
        ("", "[dependencies]\npy = { package = 'pyo3-ffi', version = '0.26' }\n", False),
        ("", "[dependencies.uniffi]\nworkspace = true\n", False),
        ("", "[lib]\ncrate-type = ['cdylib']\n", False),
        ("[tool.maturin]\nbindings = 'bin'\n", "[dependencies]\npyo3 = '0.26'\n", True),
        ("[tool.maturin]\nbindings = 'cffi'\n", "", False),
        ("[tool.maturin]\nbindings = 3\n", "", True),
        ("[tool]\nmaturin = 3\n", "dependencies = 3\n", True),
    ],
)
def test_a_wheel_holds_a_program_or_a_module(settings: str, manifest: str, *, program: bool, tmp_path: Path) -> None:
    folder = project(tmp_path, settings, manifest)
    assert makes_program(folder, "maturin") is program
    assert not makes_program(folder, "setuptools.build_meta")


def test_the_manifest_is_where_maturin_looks_for_it(tmp_path: Path) -> None:
    assert not makes_program(tmp_path, "maturin")
    project(tmp_path, "", "", "rust/Cargo.toml")
    assert makes_program(tmp_path, "maturin")
    project(tmp_path, "[tool.maturin]\nmanifest-path = 'core/Cargo.toml'\n", "[lib]\ncrate-type = ['cdylib']\n")
    assert not makes_program(tmp_path, "maturin")
    (tmp_path / "core").mkdir()
    (tmp_path / "core/Cargo.toml").write_text(PACKAGE)
    assert makes_program(tmp_path, "maturin")


def test_the_stable_abi_is_asked_of_pyo3_with_the_features_of_the_project(tmp_path: Path) -> None:
    settings = "[tool.maturin]\nfeatures = ['pyo3/extension-module', 'fast', 3]\n"
    folder = project(tmp_path, settings, "[dependencies]\npyo3 = '0.26'\npyo3-ffi = '0.26'\n")
    assert features_for(folder, "3.11") == ["pyo3/extension-module", "fast", "pyo3/abi3-py311"]
    project(tmp_path, "", "[dependencies]\npyo3-ffi = '0.26'\n")
    assert features_for(folder, "3.9") == ["pyo3-ffi/abi3-py39"]
    project(tmp_path, "", "")
    assert features_for(folder, "3.9") == []


def test_a_setup_script_that_imports_setuptools_rust_compiles_rust(tmp_path: Path) -> None:
    (tmp_path / "setup.py").write_text("from setuptools import setup\nfrom setuptools_rust import RustExtension\n")
    assert compiles_rust(build_system(tmp_path), tmp_path)
    (tmp_path / "setup.py").write_text("from setuptools import setup\n")
    assert not compiles_rust(build_system(tmp_path), tmp_path)
    project(tmp_path, "", "")
    assert compiles_rust(build_system(tmp_path), tmp_path)


def test_an_extension_belongs_to_the_workspace_above_it(tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text("[workspace]\nmembers = ['python']\n")
    (tmp_path / "core").mkdir()
    (tmp_path / "core/lib.rs").write_text("")
    (tmp_path / "python").mkdir()
    member = project(tmp_path / "python", "", "version.workspace = true\n").resolve()
    _, found = detect(member, None, Progress(quiet=True))
    assert (found.kind, found.folder, found.parts) == ("python", member, (tmp_path.resolve(),))


# maturin 1.16 on a library without bindings, and where rustc refuses.
UNBOUND = """\
💥 maturin failed
  Caused by: Couldn't detect the binding type; Please specify them with --bindings/-b
Error: command ['maturin', 'pep517', 'build-wheel', '--compatibility', 'off'] returned non-zero exit status 1
"""
REFUSED = """\
   Compiling p v1.0.0 (/p)
error[E0425]: cannot find function `f` in this scope
 --> src/lib.rs:1:13
  |
error: could not compile `p` (lib) due to 1 previous error
💥 maturin failed
  Caused by: Failed to build a native library through cargo
  Caused by: Cargo build finished with "exit status: 101": `env -u CARGO "cargo" "rustc"`
"""
FAILURES = [
    (UNBOUND, "maturin: Couldn't detect the binding type"),
    (REFUSED, "src/lib.rs:1:13: error[E0425]: cannot find function `f` in this scope"),
    ("running build_ext\nerror: can't find Rust compiler\n", "can't find Rust compiler"),
    ("", "the build of the wheel failed"),
]


@pytest.mark.parametrize(("printed", "said"), FAILURES)
def test_what_the_log_says_is_the_error(printed: str, said: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("error: of a step before\n" + printed)
    assert said in wheel_error(log, len("error: of a step before\n")).message


def test_a_library_without_bindings_is_told_what_it_lacks(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(UNBOUND)
    assert "pyo3" in (wheel_error(log, 0).hint or "")
