"""Wheels for several Pythons, and one for the stable ABI of all newer ones, by each backend that can make it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from python_wheels import (
    NEEDS_ROOTS,
    NEWER_RELEASE,
    build,
    on_glibc,
    on_musl,
    on_newer_python,
    unpacked,
    wheels,
)

from everylinux.errors import EverylinuxError
from everylinux.toolchains.python.interpreter import find_interpreters

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = NEEDS_ROOTS
EXERCISE = "exercise_limited.py"
MODULE = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *answer(PyObject *self, PyObject *none) { (void)self, (void)none; return PyLong_FromLong(42); }
static PyMethodDef methods[] = {{"answer", answer, METH_NOARGS, 0}, {0, 0, 0, 0}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "limited_sample", 0, -1, methods, 0, 0, 0, 0};
PyMODINIT_FUNC PyInit_limited_sample(void) { return PyModule_Create(&module); }
"""
PROJECT = '[project]\nname = "limited-sample"\nversion = "1.0"\n'
SETUPTOOLS = {
    "pyproject.toml": f"""[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"
{PROJECT}
[tool.setuptools]
py-modules = []
[[tool.setuptools.ext-modules]]
name = "limited_sample"
sources = ["module.c"]
py-limited-api = true
define-macros = [["Py_LIMITED_API", "0x030b0000"]]
"""
}
SCIKIT_BUILD = {
    "pyproject.toml": f"""[build-system]
requires = ["scikit-build-core>=0.10"]
build-backend = "scikit_build_core.build"
{PROJECT}""",
    "CMakeLists.txt": """cmake_minimum_required(VERSION 3.26)
project(limited_sample LANGUAGES C)
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module ${SKBUILD_SABI_COMPONENT})
python_add_library(limited_sample MODULE WITH_SOABI USE_SABI ${SKBUILD_SABI_VERSION} module.c)
install(TARGETS limited_sample DESTINATION .)
""",
}
MESON = {
    "pyproject.toml": f"""[build-system]
requires = ["meson-python>=0.16"]
build-backend = "mesonpy"
{PROJECT}
[tool.meson-python]
limited-api = true
""",
    "meson.build": """project('limited_sample', 'c', version: '1.0', meson_version: '>=1.3.0')
python = import('python').find_installation(pure: false)
python.extension_module('limited_sample', 'module.c', limited_api: '3.11', install: true)
""",
}


def written(files: dict[str, str], folder: Path) -> Path:
    folder.mkdir()
    for name, text in {"module.c": MODULE, **files}.items():
        (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize("files", [SETUPTOOLS, SCIKIT_BUILD, MESON], ids=["setuptools", "scikit-build-core", "meson"])
def test_one_wheel_for_the_stable_abi(files: dict[str, str], tmp_path: Path) -> None:
    project = written(files, tmp_path / "project")
    (wheel,) = wheels(project, tmp_path / "dist", "x86_64-linux-neutral", "--limited-api", "3.11")
    assert wheel.name.startswith("limited_sample-1.0-cp311-abi3-")
    folder = unpacked(wheel, tmp_path / "wheel")
    on_glibc("x86_64", folder, EXERCISE, "limited_sample.abi3.so")
    on_musl("x86_64", folder, EXERCISE, "limited_sample.abi3.so")


def test_a_project_that_does_not_support_it_is_one_error(tmp_path: Path) -> None:
    text = SETUPTOOLS["pyproject.toml"].partition("py-limited-api")[0]
    project = written({"pyproject.toml": text}, tmp_path / "project")
    code, (record,) = build(project, tmp_path / "dist", "--target", "x86_64-linux-musl", "--limited-api", "3.11")
    assert code == 5
    assert "stable ABI of Python 3.11" in (record.problem or "")
    assert "--limited-api" in (record.hint or "")


@pytest.mark.parametrize("files", [SETUPTOOLS, SCIKIT_BUILD, MESON], ids=["setuptools", "scikit-build-core", "meson"])
def test_a_wheel_for_each_python_that_was_asked_for(files: dict[str, str], tmp_path: Path) -> None:
    """The release of the roots and another, where this machine has one: each imported by a Python of its release."""
    other = next(filter(is_there, (NEWER_RELEASE, "3.12", "3.10", "3.9")), None)
    if other is None:
        pytest.skip("this machine has one Python with headers")
    project = written({name: for_one_python(text) for name, text in files.items()}, tmp_path / "project")
    made = wheels(project, tmp_path / "dist", "x86_64-linux-musl,x86_64-linux-neutral", "--python", other)
    tag = f"cp{other.replace('.', '')}"
    assert [wheel.name.split("-")[2:4] for wheel in made] == [["cp311", "cp311"], [tag, tag]] * 2
    musl, _, both, newer = (unpacked(wheel, tmp_path / wheel.stem) for wheel in made)
    on_musl("x86_64", musl, EXERCISE, "limited_sample.cpython-311-x86_64-linux-musl.so")
    on_musl("x86_64", both, EXERCISE, "limited_sample.so")
    on_glibc("x86_64", both, EXERCISE, "limited_sample.so")
    if other == NEWER_RELEASE:
        on_newer_python("x86_64", newer, EXERCISE, "limited_sample.so")


def for_one_python(text: str) -> str:
    """Return a file of a project without what asks for the stable ABI."""
    text = text.partition("py-limited-api")[0].replace(" USE_SABI ${SKBUILD_SABI_VERSION}", "")
    return text.replace("limited-api = true\n", "").replace(" limited_api: '3.11',", "")


def is_there(release: str) -> bool:
    try:
        return bool(find_interpreters((release,)))
    except EverylinuxError:
        return False
