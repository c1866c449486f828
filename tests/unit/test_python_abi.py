"""What a Python extension's name declares, and what of CPython's stable ABI it uses."""

from __future__ import annotations

import pytest
from described_image import library, with_undefined

from everylinux.elf.file import ElfFile, Undefined
from everylinux.evidence import PythonUse
from everylinux.loader.python_abi import python_use, stable_abi_risks, stable_since, tag_of


def extension(*asks: str, entry: str = "PyInit_m") -> ElfFile:
    return with_undefined(library("", entry, soname=None), *(Undefined(name) for name in asks))


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("_rust.abi3.so", "abi3"),
        ("_rust.abi3t.so", "abi3t"),
        ("m.cpython-312-x86_64-linux-gnu.so", "cpython-312"),
        ("m.cpython-313t-aarch64-linux-musl.so", "cpython-313t"),
        ("m.cpython-37m-x86_64-linux-gnu.so", "cpython-37m"),
        ("m.pypy310-pp73-x86_64-linux-gnu.so", "pypy310-pp73"),
        ("m.so", ""),
        ("libfoo.so.1", ""),
        ("libfoo-1.2.so", ""),
        ("abi3.so", ""),
    ],
)
def test_the_tag_stands_between_the_module_and_so(name: str, tag: str) -> None:
    assert tag_of(name) == tag


# docs.python.org, "Contents of Limited API": "Added in Stable ABI since version …".
@pytest.mark.parametrize(
    ("symbol", "since"),
    [
        ("PyArg_ParseTuple", "3.2"),
        ("PyModuleDef_Init", "3.5"),
        ("PyType_GetModuleState", "3.10"),
        ("PyObject_GetBuffer", "3.11"),
        ("PyObject_Vectorcall", "3.12"),
        ("PyThread_get_thread_native_id", "3.2"),
    ],
)
def test_since_when_the_stable_abi_has_a_symbol(symbol: str, since: str) -> None:
    assert stable_since()[symbol] == since


@pytest.mark.parametrize("symbol", ["PyErr_SetFromWindowsErr", "_Py_RefTotal", "PyUnicode_AsUTF8", "PyFrame_New"])
def test_what_is_only_on_windows_in_debug_builds_or_nowhere_in_it_is_outside(symbol: str) -> None:
    assert python_use("m.abi3.so", extension(symbol)) == PythonUse(tag="abi3", outside=(symbol,))


def test_the_newest_symbol_says_since_when() -> None:
    use = python_use("m.abi3.so", extension("PyList_New", "PyType_GetModuleState", "PyModuleDef_Init"))
    assert use == PythonUse(tag="abi3", stable_since="3.10")


def test_an_extension_that_asks_for_nothing_is_as_old_as_the_stable_abi() -> None:
    assert python_use("m.abi3.so", extension()) == PythonUse(tag="abi3", stable_since="3.2")


def test_weak_symbols_do_not_count() -> None:
    file = with_undefined(extension(), Undefined("PyFrame_New", weak=True), Undefined("PyList_New"))
    assert python_use("m.so", file) == PythonUse(tag="", stable_since="3.2")


def test_a_library_without_python_is_no_extension() -> None:
    assert python_use("libz.so", library("libz.so", "deflate")) is None


def test_pep_793_modules_are_extensions() -> None:
    assert python_use("m.so", extension(entry="PyModExport_m")) == PythonUse(tag="", stable_since="3.2")


def test_only_a_file_that_promises_the_stable_abi_is_a_risk() -> None:
    promised = stable_abi_risks(python_use("m.abi3.so", extension("PyFrame_New", "PyList_New")))
    assert [(risk.code, risk.subject) for risk in promised] == [("stable-abi", "PyFrame_New")]
    assert stable_abi_risks(python_use("m.cpython-312-x86_64-linux-gnu.so", extension("PyFrame_New"))) == []
    assert stable_abi_risks(python_use("m.abi3.so", extension("PyList_New"))) == []


def test_pypy_has_no_stable_abi() -> None:
    file = extension("PyPyList_New")
    assert python_use("m.pypy310-pp73-x86_64-linux-gnu.so", file) == PythonUse(tag="pypy310-pp73")
    assert python_use("m.abi3.so", file) == PythonUse(tag="abi3", outside=("PyPyList_New",))
