"""Python projects before they are built: what a pyproject.toml says, and which Python builds them (PEP 517, 518)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from everylinux.builders.python import backend_settings, module_target
from everylinux.builders.python.afresh import each_afresh
from everylinux.builders.python.backends import Settings, joined
from everylinux.builders.python.project import LEGACY_BACKEND, build_system
from everylinux.errors import ToolMissingError, UsageError
from everylinux.spelling import parse_targets
from everylinux.toolchains.python.interpreter import Interpreter, find_interpreters
from everylinux.toolchains.python.target import soabi


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def test_a_backend_and_what_it_requires(tmp_path: Path) -> None:
    text = '[build-system]\nrequires = ["a>=1", "b"]\nbuild-backend = "own:hooks"\nbackend-path = ["tools"]\n'
    system = build_system(project(tmp_path, text))
    assert (system.requires, system.backend, system.path) == (("a>=1", "b"), "own:hooks", ("tools",))
    assert system.declared


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'\n"])
def test_without_a_build_system_setuptools_is_meant(text: str, tmp_path: Path) -> None:
    assert build_system(tmp_path).backend == LEGACY_BACKEND
    system = build_system(project(tmp_path, text))
    assert system.backend == LEGACY_BACKEND
    assert not system.declared


@pytest.mark.parametrize(
    "text",
    [
        "[build-system\n",
        "build-system = 3\n",
        "[build-system]\nrequires = 'a'\n",
        "[build-system]\nrequires = [1]\n",
        "[build-system]\nbuild-backend = []\n",
        "a = " + "[" * 5000,
    ],
)
def test_what_pep_518_does_not_allow_is_one_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"pyproject\.toml"):
        build_system(project(tmp_path, text))


def test_this_python_is_the_default() -> None:
    (found,) = find_interpreters(())
    assert found.release == sys.version_info[:2]
    assert any((folder / "Python.h").is_file() for folder in found.includes)
    assert find_interpreters((f"3.{sys.version_info[1]}", sys.executable))[0].release == found.release


def test_pythons_that_are_not_there() -> None:
    with pytest.raises(ToolMissingError, match=r"Python 3\.99 is missing"):
        find_interpreters(("3.99",))
    with pytest.raises(UsageError, match="no release"):
        find_interpreters(("python3",))
    with pytest.raises(UsageError, match="no CPython"):
        find_interpreters(("/bin/true",))
    with pytest.raises(UsageError, match="no CPython"):
        find_interpreters(("/nowhere/python3",))


@pytest.mark.parametrize(
    ("release", "flags", "target", "name"),
    [
        ((3, 9), "", "x86_64-linux-gnu", "cpython-39-x86_64-linux-gnu"),
        ((3, 10), "", "x86_64-linux-musl", "cpython-310-x86_64-linux-gnu"),
        ((3, 11), "", "x86_64-linux-musl", "cpython-311-x86_64-linux-musl"),
        ((3, 13), "t", "aarch64-linux-musl", "cpython-313t-aarch64-linux-musl"),
        ((3, 12), "", "x86-linux-gnu", "cpython-312-i386-linux-gnu"),
        ((3, 12), "", "arm-linux-gnueabihf", "cpython-312-arm-linux-gnueabihf"),
        ((3, 12), "", "powerpc64le-linux-gnu", "cpython-312-powerpc64le-linux-gnu"),
    ],
)
def test_what_extensions_are_named_for(release: tuple[int, int], flags: str, target: str, name: str) -> None:
    """As the published wheels of cffi 2.1.1 and markupsafe 2.1.5 and 3.0.4 name theirs."""
    interpreter = Interpreter(Path(), release, flags, (), Path(), {})
    assert soabi(interpreter, parse_targets(target)[0]) == name


def test_a_module_for_musl_is_never_static() -> None:
    assert not module_target(parse_targets("x86_64-linux-musl")[0]).static
    floored = parse_targets("x86_64-linux-musl.1.2.3")[0]
    assert module_target(floored) == floored


def test_settings_of_a_backend_as_pip_takes_them() -> None:
    found = backend_settings(["-Ccmake.build-type=Debug", "setup-args=-Da=1", "setup-args=-Db=2", "setup-args=-Dc=3"])
    assert found == {"cmake.build-type": "Debug", "setup-args": ["-Da=1", "-Db=2", "-Dc=3"]}
    with pytest.raises(UsageError, match="no setting"):
        backend_settings(["--verbose"])


def test_a_users_settings_leave_the_project_aimed() -> None:
    """Meson takes each of several cross files; a text is the user's alone."""
    aim: Settings = {"setup-args": ["--cross-file=a"], "wheel.py-api": "cp311"}
    assert joined(aim, {"setup-args": "-Dblas=none"})["setup-args"] == ["--cross-file=a", "-Dblas=none"]
    assert joined(aim, {"setup-args": ["-Da=1", "-Db=2"]})["setup-args"] == ["--cross-file=a", "-Da=1", "-Db=2"]
    assert joined(aim, {"wheel.py-api": "cp312", "x": "1"}) == {**aim, "wheel.py-api": "cp312", "x": "1"}


def test_each_python_finds_the_sources_as_they_were(tmp_path: Path) -> None:
    """A build may leave a module among the sources, change one, and take one away."""
    source, work = tmp_path / "source", tmp_path / "work"
    (source / "package").mkdir(parents=True)
    work.mkdir()
    (source / "package/a.c").write_text("int a;")
    (source / "link").symlink_to("package")
    pythons = [Interpreter(Path(), (3, minor), "", (), Path(), {}) for minor in (11, 12, 13)]
    for interpreter in each_afresh(pythons, source, work):
        assert sorted(path.name for path in source.rglob("*")) == ["a.c", "link", "package"]
        assert (source / "link/a.c").read_text() == "int a;"
        (source / "package" / f"a.cpython-{interpreter.tag}-x86_64-linux-gnu.so").touch()
        (source / "package/a.c").write_text("changed")
        (source / "link").unlink()
