"""Shared objects opened by the real Python and Node.js of an image, beside the test program with stubs.

Published modules import; modules made here show where the two answers differ, and that each side is told.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from everylinux.errors import EverylinuxError
from everylinux.images import open_images
from everylinux.sandbox import ProveRequest, prove_file
from everylinux.toolchains.find import find, require
from published import Published, published_file
from roots import make_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from everylinux.evidence import HostRun, Run

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(find("bubblewrap") is None, reason="bubblewrap is missing: apt-get install bubblewrap"),
]
SOURCES = Path(__file__).parent / "hosts"
OLD_PYTHON, NEW_PYTHON, NODE = "python-bookworm-amd64", "python-trixie-amd64", "node-bookworm-amd64"
MANYLINUX = "manylinux2014_x86_64"


def root(name: str) -> Path:
    try:
        return make_root(name)
    except EverylinuxError as error:
        pytest.skip(f"{error.message}; {error.hint}")


def prove(path: Path, name: str, **wanted: object) -> Run:
    (image,) = open_images([f"dir:{root(name)}"])
    return prove_file(ProveRequest(path=path, image=image, **wanted))  # type: ignore[arg-type] # as the tests give them


def opened(path: Path, name: str, **wanted: object) -> tuple[Run, HostRun]:
    run = prove(path, name, **wanted)
    (host,) = run.host_runs
    return run, host


def published(package: Published, inside: str, sha256: str) -> Path:
    try:
        return published_file(package, inside, sha256)
    except EverylinuxError as error:
        pytest.skip(f"{error.message}; {error.hint}")


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[..., Path]:
    """Compile one of the sources to a file of this name; definitions are ``NAME=VALUE``."""

    def compile_to(name: str, *definitions: str, flags: tuple[str, ...] = ()) -> Path:
        source = SOURCES / ("addon.c" if name.endswith(".node") else "module.c")
        output = tmp_path / name
        output.parent.mkdir(parents=True, exist_ok=True)
        command = [str(require("zig")), "cc", "-target", "x86_64-linux-gnu.2.17", "-shared", "-fPIC", "-O1", "-w"]
        command += [*(f"-D{one}" for one in definitions), "-Wl,-z,undefs", *flags, "-o", str(output), str(source)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return output

    return compile_to


def found(host: HostRun) -> list[tuple[str, str]]:
    return [(reason.code, reason.subject) for reason in host.reasons]


# ---- published modules

NUMPY = Published(package="numpy", version="2.2.6", platform=MANYLINUX, python="3.11")
PYZMQ = Published(package="pyzmq", version="27.1.0", platform="manylinux_2_28_x86_64", python="3.11")
CRYPTOGRAPHY = Published(package="cryptography", version="44.0.3", platform=MANYLINUX, python="3.11")
PROTOBUF = Published(package="protobuf", version="5.29.5", platform=MANYLINUX, python="3.11")
MARKUPSAFE = Published(package="markupsafe", version="3.0.2", platform="manylinux2014_aarch64", python="3.11")
QUICKBIT = Published(package="quickbit-native", version="2.4.9")


@pytest.mark.parametrize(
    ("package", "inside", "sha256", "name", "module"),
    [
        (
            NUMPY,
            "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so",
            "baee53945a118d872f22f335606a7a87387ef5bab39e00d1e229a5972f8dc0f7",
            OLD_PYTHON,
            "numpy._core._multiarray_umath",
        ),
        (
            PYZMQ,  # its package runs the module; libzmq lies beside the package
            "zmq/backend/cython/_zmq.cpython-311-x86_64-linux-gnu.so",
            "f56c9a5d716c74fd84c377e41641ab0ceea35be18f84f171f353c372931e2a52",
            OLD_PYTHON,
            "zmq.backend.cython._zmq",
        ),
        (
            PROTOBUF,  # google/ has no __init__.py: only the RECORD tells where the import starts
            "google/_upb/_message.abi3.so",
            "ca062fce5f0e0f53a1d439c93b4bd3be77b4af07727379634f68039b89d0cdf1",
            NEW_PYTHON,
            "google._upb._message",
        ),
        (
            MARKUPSAFE,
            "markupsafe/_speedups.cpython-311-aarch64-linux-gnu.so",
            "11105cbb3fa097f4e7383bf929698559702be39fc98e7b28b899debc27145e57",
            "python-bookworm-arm64",
            "markupsafe._speedups",
        ),
        (
            QUICKBIT,
            "prebuilds/linux-x64/quickbit-native.node",
            "acb095ad2f441deb912a61e0f1e99e7de1c05f5cf75ee384c47226c3d2c27b96",
            NODE,
            "/app/quickbit-native.node",
        ),
        (
            QUICKBIT,
            "prebuilds/linux-arm64/quickbit-native.node",
            "b3ca1220fb93d2cff6412514506e9d58f594f1e4ef5e1dc17384151413242517",
            "node-bookworm-arm64",
            "/app/quickbit-native.node",
        ),
    ],
    ids=["numpy", "pyzmq", "protobuf", "markupsafe-arm64", "quickbit", "quickbit-arm64"],
)
def test_published_modules_are_imported(package: Published, inside: str, sha256: str, name: str, module: str) -> None:
    run, host = opened(published(package, inside, sha256), name)
    assert (run.verdict, host.verdict, host.imported) == ("ok", "ok", True), host.stderr
    assert host.module == module
    version = {OLD_PYTHON: "3.11.", NEW_PYTHON: "3.13."}.get(name, "3.11." if "python" in name else "18.")
    assert host.version.startswith(version)
    assert (host.error, host.reasons, host.exit) == ("", (), 0)
    assert (run.emulator is not None) == name.endswith("arm64")


def test_a_missing_dependency_is_no_complaint_of_the_loader() -> None:
    sha256 = "b5220e508381105016d4314f752d99c7c560bac9f1307e8f08462af99d67b1a6"
    path = published(CRYPTOGRAPHY, "cryptography/hazmat/bindings/_rust.abi3.so", sha256)
    run, host = opened(path, OLD_PYTHON)
    assert (run.verdict, host.verdict, host.imported) == ("ok", "ok", False)
    assert host.error == "ModuleNotFoundError: No module named '_cffi_backend'"
    assert "ModuleNotFoundError: No module named '_cffi_backend'" in host.stderr


def test_a_python_of_another_release_is_not_asked() -> None:
    sha256 = "baee53945a118d872f22f335606a7a87387ef5bab39e00d1e229a5972f8dc0f7"
    path = published(NUMPY, "numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so", sha256)
    run = prove(path, NEW_PYTHON)
    assert (run.verdict, run.host_runs) == ("ok", ())
    assert "the image has CPython 3.13, which imports no file of this name (cpython-311)" in run.note


def test_a_module_of_the_image_is_imported_where_it_lies() -> None:
    path = next((root(OLD_PYTHON) / "usr/lib/python3.11/lib-dynload").glob("_asyncio.*.so"))
    run, host = opened(path, OLD_PYTHON)
    assert (run.verdict, host.imported, host.module) == ("ok", True, "_asyncio")
    assert host.command[-1] == "/usr/lib/python3.11/lib-dynload"


# ---- where stubs and the real host differ


def test_a_module_that_asks_for_a_newer_python_loads_with_stubs_only(compiled: Callable[..., Path]) -> None:
    """CPython 3.13 added PyUnicode_EqualToUTF8 to the stable ABI."""
    path = compiled("m.abi3.so", "CALL=PyUnicode_EqualToUTF8")
    run, host = opened(path, OLD_PYTHON)
    assert (run.verdict, host.verdict, host.imported) == ("ok", "fails", False)
    assert found(host) == [("missing-symbol", "PyUnicode_EqualToUTF8")]
    assert host.error == "/app/m.abi3.so: undefined symbol: PyUnicode_EqualToUTF8"
    _, newer = opened(path, NEW_PYTHON)
    assert (newer.verdict, newer.imported) == ("ok", True)


def test_a_module_that_uses_a_library_of_python_without_naming_it(compiled: Callable[..., Path]) -> None:
    """Debian's Python needs libexpat, so its symbols are there for every module."""
    run, host = opened(compiled("m.so", "CALL=XML_ExpatVersion"), OLD_PYTHON)
    assert [(reason.code, reason.subject) for reason in run.reasons] == [("missing-symbol", "XML_ExpatVersion")]
    assert (run.verdict, host.verdict, host.imported) == ("fails", "ok", True)


@pytest.mark.parametrize(
    ("definition", "verdict", "code", "note"),
    [
        ("SIGNAL=11", "fails", [("crashed", "SIGSEGV")], ""),
        ("EXIT=3", "ok", [], "while it was opened, /usr/bin/python3.11 ended: it started and exited 3"),
        ("HANG", "fails", [("timed-out", "3 s")], ""),
        (r'SAY="everylinux-host:{\"stage\": \"imported\"}"', "fails", [("crashed", "SIGSEGV")], ""),
    ],
    ids=["crash", "exit", "hang", "forged result"],
)
def test_what_a_module_does_while_it_is_imported(
    compiled: Callable[..., Path], definition: str, verdict: str, code: list[tuple[str, str]], note: str
) -> None:
    run, host = opened(compiled("m.so", definition), OLD_PYTHON, timeout=3)
    assert run.verdict == "ok"  # with stubs nothing of it is called
    assert (host.verdict, host.imported, found(host), host.note) == (verdict, False, code, note)


def test_a_file_that_import_does_not_find_is_opened_by_its_path(compiled: Callable[..., Path]) -> None:
    _, host = opened(compiled("libm.so"), OLD_PYTHON)
    assert (host.imported, host.module, host.note) == (True, "m", "")
    _, host = opened(compiled("m.cpython-311-x86_64-linux-musl.so"), OLD_PYTHON)
    assert (host.imported, host.module) == (True, "m")
    assert host.note == (
        "opened by its path: it cannot be imported by its name (ModuleNotFoundError: No module named 'm')"
    )


def test_a_package_comes_along_unless_alone(compiled: Callable[..., Path]) -> None:
    path = compiled("outer/inner/m.so")
    (path.parent / "__init__.py").write_text("from outer import WORD\nprint(WORD)\n")
    (path.parent.parent / "__init__.py").write_text("WORD = 'the package is there'\n")
    _, host = opened(path, OLD_PYTHON)
    assert (host.imported, host.module, host.stdout) == (True, "outer.inner.m", "the package is there\n")
    _, host = opened(path, OLD_PYTHON, alone=True)
    assert (host.imported, host.module, host.stdout) == (True, "outer.inner.m", "")


def test_a_host_that_does_not_start_says_nothing_about_the_file(compiled: Callable[..., Path], tmp_path: Path) -> None:
    broken = tmp_path / "root"
    subprocess.run(["cp", "--archive", root(OLD_PYTHON), broken], check=True)
    (library,) = broken.glob("usr/lib/x86_64-linux-gnu/libexpat.so.1.*")
    library.unlink()
    (image,) = open_images([f"dir:{broken}"])
    (host,) = prove_file(ProveRequest(path=compiled("m.so"), image=image)).host_runs
    assert (host.verdict, host.imported) == ("unknown", None)
    assert "/usr/bin/python3.11 itself did not start" in host.note
    assert "libexpat.so.1" in host.note


def test_a_host_whose_names_have_nothing_in_common_brings_what_no_library_has(tmp_path: Path) -> None:
    """A module of PostgreSQL that names no library: `puts` is the C library's all the same."""
    source = tmp_path / "plugin.c"
    source.write_text(
        "int errmsg(const char *); int puts(const char *); void *Pg_magic_func(void) { return 0; }\n"
        "int entry(void) { return errmsg(0) + puts(0); }\n"
    )
    command = [str(require("zig")), "cc", "-target", "x86_64-linux-gnu.2.17", "-shared", "-fPIC", "-nostdlib", "-w"]
    plugin = tmp_path / "plugin.so"
    subprocess.run([*command, "-Wl,-z,undefs", "-o", str(plugin), str(source)], check=True, capture_output=True)
    for name in ("minimal-bookworm-amd64", "alpine-like-bookworm-amd64"):
        run = prove(plugin, name)
        assert run.verdict == "ok", run.stderr
        assert "offers 1 symbols of its host" in run.note


def test_a_host_brings_its_symbols_to_the_libraries_of_a_module_too(
    compiled: Callable[..., Path], tmp_path: Path
) -> None:
    """As those of shiboken6, whose library asks for Python's symbols itself."""
    source = tmp_path / "inner.c"
    source.write_text("void *PyDict_New(void); void *inner(void) { return PyDict_New(); }\n")
    library = tmp_path / "libinner.so"
    command = [str(require("zig")), "cc", "-target", "x86_64-linux-gnu.2.17", "-shared", "-fPIC", "-w"]
    command += ["-Wl,-z,undefs", "-Wl,-soname,libinner.so", "-o", str(library), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    path = compiled("m.so", "CALL=inner", flags=("-Wl,-rpath,$ORIGIN", str(library)))
    run, host = opened(path, OLD_PYTHON)
    assert (run.verdict, host.verdict, host.imported) == ("ok", "ok", True), (run.stderr, host.stderr)


@pytest.mark.parametrize(
    ("definitions", "flags", "verdict", "imported", "reasons", "said"),
    [
        (['THROW="no display"'], (), "ok", False, [], "Error: no display"),
        (["MODULE_VERSION=93"], (), "fails", False, [("abi-mismatch", "NODE_MODULE_VERSION 93")], "VERSION 93"),
        (["OLD_ENTRY"], (), "fails", False, [("abi-mismatch", "NODE_MODULE_VERSION 72")], "not self-register"),
        (["NO_ENTRY"], (), "fails", False, [("missing-symbol", "napi_register_module_v1")], "not self-register"),
        (
            ["CALL=napi_of_tomorrow"],
            ("-Wl,-z,now",),
            "fails",
            False,
            [("missing-symbol", "napi_of_tomorrow")],
            "undefined symbol",
        ),
        (["CALL=napi_of_tomorrow"], ("-Wl,-z,lazy",), "ok", True, [], ""),
    ],
    ids=["throws", "another Node.js", "an older entry", "no entry", "bound at once", "bound lazily"],
)
def test_what_node_says_of_an_addon(  # noqa: PLR0913, PLR0917 - one parameter a column
    compiled: Callable[..., Path],
    definitions: list[str],
    flags: tuple[str, ...],
    verdict: str,
    imported: bool,  # noqa: FBT001 - as above
    reasons: list[tuple[str, str]],
    said: str,
) -> None:
    run, host = opened(compiled("addon.node", *definitions, flags=flags), NODE)
    assert run.verdict == "ok"
    assert (host.verdict, host.imported, found(host)) == (verdict, imported, reasons), host
    assert said in host.error
    lazily = "only because this host binds lazily: /app/addon.node: undefined symbol: napi_of_tomorrow"
    assert host.note == (lazily if imported else "")
