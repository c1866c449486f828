"""Modules in bare sources, without a pyproject.toml or setup.py, built and used on both libcs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from python_wheels import NEEDS_ROOTS, SAMPLES, build, on_glibc, on_musl, unpacked, wheels

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = NEEDS_ROOTS
# A module in two sources, of which one takes a function from a third that both have.
PART = """\
#define Py_LIMITED_API 0x03090000
#include <Python.h>
#include "common.h"

static PyObject *twice(PyObject *self, PyObject *number) {
    (void)self;
    return PyLong_FromLong(doubled(PyLong_AsLong(number)) + PLUS);
}

static PyMethodDef methods[] = {{"twice", twice, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "NAME", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_NAME(void) { return PyModule_Create(&definition); }
"""


def test_one_source_becomes_a_neutral_wheel(tmp_path: Path) -> None:
    """The sample in C, without what says how to build it."""
    source = tmp_path / "capi.c"
    shutil.copyfile(SAMPLES / "capi/capi.c", source)
    (wheel,) = wheels(source, tmp_path / "dist", "x86_64-linux-neutral", "--", "version=1.2", "-O1")
    assert wheel.name.startswith("capi_sample-1.2-cp311-cp311-manylinux")
    folder = unpacked(wheel, tmp_path / "wheel")
    assert [path.name for path in folder.glob("*.so")] == ["capi_sample.so"]
    on_glibc("x86_64", folder, "exercise.py", "capi_sample")
    on_musl("x86_64", folder, "exercise.py", "capi_sample")


def test_what_headers_of_glibc_alone_offer_is_in_each_neutral_module(tmp_path: Path) -> None:
    """And no folder of this machine; a second build makes the same wheel, byte for byte, wherever the source lies."""
    made = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        source = tmp_path / name / "names.c"
        shutil.copyfile(SAMPLES / "names.c", source)
        made += wheels(source, tmp_path / f"dist-{name}", "x86_64-linux-neutral", "--", "version=1")
    one, other = made
    assert one.read_bytes() == other.read_bytes()
    folder = unpacked(one, tmp_path / "wheel")
    on_glibc("x86_64", folder, "exercise_names.py")
    on_musl("x86_64", folder, "exercise_names.py")


@pytest.mark.parametrize("cpu", ["aarch64", "s390x"])
def test_it_is_in_those_for_other_cpus(cpu: str, tmp_path: Path) -> None:
    """Where glibc's structures are others, or the bytes of a number stand the other way round."""
    source = tmp_path / "names.c"
    shutil.copyfile(SAMPLES / "names.c", source)
    (wheel,) = wheels(source, tmp_path / "dist", f"{cpu}-linux-neutral")
    on_glibc(cpu, unpacked(wheel, tmp_path / "wheel"), "exercise_names.py")


def test_a_folder_with_modules_and_what_they_share(tmp_path: Path) -> None:
    project = tmp_path / "_pair"
    project.mkdir()
    (project / "common.h").write_text("long doubled(long number);\n#ifndef PLUS\n#define PLUS 0\n#endif\n")
    (project / "common.c").write_text('#include "common.h"\nlong doubled(long number) { return 2 * number; }\n')
    for name in ("one", "two"):
        (project / f"{name}.c").write_text(PART.replace("NAME", name))
    arguments = ("--limited-api", "3.9", "--", "-DPLUS=1")
    (wheel,) = wheels(project, tmp_path / "dist", "x86_64-linux-musl", *arguments)
    assert wheel.name.startswith("pair-0.0.0-cp39-abi3-musllinux")
    folder = unpacked(wheel, tmp_path / "wheel")
    assert sorted(path.name for path in folder.glob("*.so")) == ["one.abi3.so", "two.abi3.so"]
    on_musl("x86_64", folder, "exercise_pair.py")


def test_what_cannot_be_is_one_error(tmp_path: Path) -> None:
    source = tmp_path / "bound.cpp"
    source.write_text("#include <pybind11/pybind11.h>\nPYBIND11_MODULE(bound, m) {}\n")
    code, (record,) = build(source, tmp_path / "dist", "--target", "x86_64-linux-gnu", "--limited-api", "3.9")
    assert code == 2
    assert "pybind11 makes no modules for the stable ABI" in (record.problem or "")
    code, (record,) = build(source, tmp_path / "dist", "--target", "x86_64-linux-gnu", "--", "version=new")
    assert code == 2
    assert "'new' is no version" in (record.problem or "")


def test_what_the_compiler_says_is_the_error(tmp_path: Path) -> None:
    source = tmp_path / "broken.c"
    source.write_text("#include <Python.h>\nPyMODINIT_FUNC PyInit_broken(void) { return missing; }\n")
    code, (record,) = build(source, tmp_path / "dist", "--target", "x86_64-linux-gnu")
    assert code == 5
    assert "broken.c:2:" in (record.problem or "")


@pytest.mark.full
@pytest.mark.parametrize("sample", ["nano", "pybind"])
def test_sources_with_a_binding_bring_it(sample: str, tmp_path: Path) -> None:
    """On another CPU and on both libcs."""
    source = SAMPLES / sample / "cxx_sample.cpp"
    (wheel,) = wheels(source, tmp_path / "dist", "aarch64-linux-neutral")
    folder = unpacked(wheel, tmp_path / "wheel")
    on_glibc("aarch64", folder, "exercise.py", "cxx_sample")
    on_musl("aarch64", folder, "exercise.py", "cxx_sample")


UNBOUND = """\
#include <Python.h>
#include <dlfcn.h>

#ifdef LACKING
extern long lacking(long);
#else
static long lacking(long number) { return number; }
#endif

static PyObject *sum(PyObject *self, PyObject *number) {
    long total = dlopen(NULL, RTLD_NOW) == NULL, last = PyLong_AsLong(number);
    (void)self;
    #pragma omp parallel for reduction(+:total)
    for (long each = 0; each < last; each++)
        total += lacking(each);
    return PyLong_FromLong(total);
}

static PyMethodDef methods[] = {{"sum", sum, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "sums", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_sums(void) { return PyModule_Create(&definition); }
"""
FOR_EACH_LIBC = "x86_64-linux-gnu,x86_64-linux-musl,x86_64-linux-neutral"


@pytest.mark.parametrize(
    ("flag", "symbol", "hint"),
    [
        ("-DLACKING", "lacking (sums.c:5)", "link the library that defines it"),
        ("-fopenmp", "__kmpc_fork_call", "the compiler has no OpenMP"),
    ],
)
def test_a_module_that_asks_for_what_nobody_has_is_not_made(flag: str, symbol: str, hint: str, tmp_path: Path) -> None:
    """A linker lets that pass, and its import would end with it."""
    source = tmp_path / "sums.c"
    source.write_text(UNBOUND)
    code, builds = build(source, tmp_path / "dist", "--target", FOR_EACH_LIBC, "--", flag)
    assert code == 5
    for one in builds:
        assert symbol in (one.problem or ""), one
        assert (one.hint or "").startswith(hint)


def test_a_module_may_ask_for_parts_of_glibc_that_it_does_not_name(tmp_path: Path) -> None:
    """CPython has libdl loaded, where it is a library of its own."""
    source = tmp_path / "sums.c"
    source.write_text(UNBOUND)
    assert len(wheels(source, tmp_path / "dist", FOR_EACH_LIBC)) == 3


ONE_LIBRARY = """\
#define Py_LIMITED_API 0x03090000
#include <Python.h>
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static PyObject *answer(PyObject *self, PyObject *given) {
    double number = PyFloat_AsDouble(given);
    (void)self;
    return PyFloat_FromDouble(ASKED);
}

static PyMethodDef methods[] = {{"answer", answer, METH_O, NULL}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "one", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_one(void) { return PyModule_Create(&definition); }
"""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        pytest.param("number + pthread_mutex_lock(&lock)", "1.0", id="libpthread"),
        pytest.param("number + (dlopen(NULL, RTLD_NOW) == NULL)", "1.0", id="libdl"),
        pytest.param("tgamma(number + 3)", "6.0", id="libm"),
    ],
)
def test_a_neutral_module_may_ask_nothing_of_libc_itself(asked: str, answer: str, tmp_path: Path) -> None:
    """Since glibc 2.34 its threads are in libc.so.6, and no process has loaded the library that they were in."""
    source = tmp_path / "one.c"
    source.write_text(ONE_LIBRARY.replace("ASKED", asked))
    (wheel,) = wheels(source, tmp_path / "dist", "x86_64-linux-neutral", "--", "-O2")
    folder = unpacked(wheel, tmp_path / "wheel")
    on_glibc("x86_64", folder, "exercise_one.py", answer)
    on_musl("x86_64", folder, "exercise_one.py", answer)
