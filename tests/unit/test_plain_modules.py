"""Which Python modules bare sources define, and how one source alone is built (Python/C API, "Extension modules")."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from everylinux.builders.detect import detect, libcs_of
from everylinux.builders.python.plain import lone_source
from everylinux.builders.python.plain_entries import entries
from everylinux.errors import UsageError
from everylinux.progress import Progress

if TYPE_CHECKING:
    from pathlib import Path

PROGRESS = Progress(quiet=True)
PLAIN = "#include <Python.h>\nPyMODINIT_FUNC PyInit_one(void)\n{\n    return PyModule_Create(&d);\n}\n"
CYTHON = """\
__Pyx_PyMODINIT_FUNC PyInit_made(void) CYTHON_SMALL_CODE; /*proto*/
__Pyx_PyMODINIT_FUNC PyInit_made(void)
#if CYTHON_PEP489_MULTI_PHASE_INIT
{
  return PyModuleDef_Init(&__pyx_moduledef);
}
#endif
"""
SWIG = (
    "#if PY_VERSION_HEX >= 0x03000000\n#  define SWIG_init    PyInit__example\n#endif\nPyObject* SWIG_init(void) {}\n"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PLAIN, [("one", "c-api")]),
        (CYTHON, [("made", "c-api")]),
        (SWIG, [("_example", "c-api")]),
        ('extern "C" PyObject *PyInit_two() noexcept { return 0; }\n', [("two", "c-api")]),
        ("PYBIND11_MODULE(three, m) { m.doc() = 0; }\n", [("three", "pybind11")]),
        ("PYBIND11_MODULE( three , m, py::mod_gil_not_used()) {}\n", [("three", "pybind11")]),
        ("NB_MODULE(four, m) {}\n", [("four", "nanobind")]),
        ("PyObject *PyInit_one(void);\nint f() { return PyImport_AppendInittab(x, PyInit_one); }\n", []),
        ("// PyObject *PyInit_one(void) {\n/* NB_MODULE(a, m) {} */\n", []),
        ('const char *text = "PYBIND11_MODULE(a, m) {}";\n', []),
        ("#define MINE(name) \\\n  PYBIND11_MODULE(name, m) {}\n#define OWN NB_MODULE(a, m)\n", []),
        (PLAIN + "int main(void) { Py_Initialize(); }\n", []),
        ("PYBIND11_EMBEDDED_MODULE(a, m) {}\n", []),
        ("", []),
    ],
)
def test_what_a_source_defines(text: str, found: list[tuple[str, str]], tmp_path: Path) -> None:
    source = tmp_path / "source.cpp"
    source.write_text(text)
    assert [(each.name, each.binding) for each in entries([source])] == found


@pytest.mark.parametrize(
    "part", ["PyInit_a( ", "#define ", "# define SWIG_init ", "NB_MODULE( ", "PyInit_a(void)#\n", "\\"]
)
def test_no_source_is_slow(part: str, tmp_path: Path) -> None:
    source = tmp_path / "source.c"
    source.write_text("PyInit_ NB_MODULE\n" + part * 100_000)
    start = time.process_time()
    assert entries([source]) == []
    assert time.process_time() - start < 5


def test_a_folder_with_a_module_is_one_of_python(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text("int helper(void) { return 1; }\n")
    (tmp_path / "b.c").write_text(PLAIN)
    builder, project = detect(tmp_path, None, PROGRESS)
    assert (builder.kind, project.marker) == ("python", "b.c")
    assert libcs_of(tmp_path, None) == ("gnu", "musl")
    (tmp_path / "Makefile").write_text("all:\n")
    assert detect(tmp_path, None, PROGRESS)[0].kind == "make"
    assert detect(tmp_path, "python", PROGRESS)[1].marker == "b.c"
    assert detect(tmp_path, "sources", PROGRESS)[0].kind == "sources"


def test_one_source_with_what_it_includes(tmp_path: Path) -> None:
    folder = tmp_path / "project/module"
    folder.mkdir(parents=True)
    (folder / "m.c").write_text('#include "own.h"\n#include "../shared.h"\n#include "missing.h"\n' + PLAIN)
    (folder / "own.h").write_text('#include "m.c"\n#include "own.h"\n')
    (folder / "other.c").write_text(PLAIN)
    (tmp_path / "project/shared.h").write_text("")
    builder, project = detect(folder / "m.c", None, PROGRESS)
    root = tmp_path.resolve() / "project"
    assert (builder.kind, project.folder, project.marker) == ("python", root / "module", "m.c")
    assert set(project.parts) == {root / "module/m.c", root / "module/own.h", root / "shared.h"}
    assert project.root == root
    assert libcs_of(folder / "m.c", None) == ("gnu", "musl")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.c", "int main(void) { return 0; }\n", "is a source of a program"),
        ("a.c", "int part(void) { return 0; }\n", "defines no Python module"),
        ("a.txt", "int main(void) { return 0; }\n", "is not a folder"),
    ],
)
def test_a_file_that_is_none(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=said):
        lone_source(tmp_path / name)
