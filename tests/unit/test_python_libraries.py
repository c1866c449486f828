"""What a failed build of a wheel is told: the library that is not there, and the place that asks for a function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from everylinux.builders.python.libraries import build_error
from everylinux.builders.python.places import places_of
from everylinux.builders.python.variables import variables_told
from everylinux.spelling import parse_targets

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("target", "cure"),
    [
        ("x86_64-linux-gnu.2.36", "--sysroot debian:12=libffi-dev; or build"),
        ("x86_64-linux-gnu.2.31", "--sysroot debian:11=libffi-dev; or build"),
        ("x86_64-linux-gnu.2.17", "libffi-dev, whose libraries need the floor x86_64-linux-gnu.2.31"),
        ("s390x-linux-musl", "build the library itself for this target and name its folder with --sysroot DIR"),
        ("x86_64-linux-neutral", "build the library itself for this target and name its folder with --sysroot DIR"),
    ],
)
def test_a_missing_header_is_told_with_what_brings_it(target: str, cure: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("cc -c a.c\na.c:15:10: fatal error: 'ffi.h' file not found\n   15 | #include <ffi.h>\n")
    (parsed,) = parse_targets(target)
    error = build_error(parsed, None, log, 0)
    assert "'ffi.h' file not found" in error.message
    assert "libffi-dev" in error.meaning
    assert cure in error.hint


@pytest.mark.parametrize(
    ("target", "said", "cures"),
    [
        ("x86_64-linux-gnu", "a.c:1:2: error: no such thing", (False, False)),
        ("x86_64-linux-musl", "a.c:1:2: error: no such thing", (False, True)),
        ("x86_64-linux-musl", "a.c:9:2: error: a pointer for an int [-Wint-conversion]", (True, True)),
        ("x86_64-linux-neutral", "a.c:9:2: error: a pointer for an int [-Werror,-Wint-conversion]", (True, False)),
        ("x86_64-linux-musl", "ld.lld: error: undefined symbol: x", (False, False)),
    ],
)
def test_what_may_build_a_source_that_does_not_compile(
    target: str, said: str, cures: tuple[bool, bool], tmp_path: Path
) -> None:
    """Clang names the option by which an error was a warning; musl's headers are not in a neutral module."""
    (tmp_path / "log").write_text(f"{said}\n")
    hint = build_error(parse_targets(target)[0], None, tmp_path / "log", 0).hint or ""
    assert ("CFLAGS=-Wno-error=int-conversion" in hint, "--libc neutral" in hint) == cures


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("ld.lld: error: unable to find library -lffi", "the library ffi is not there"),
        ('../meson.build:3:0: ERROR: Dependency "libpng" not found, tried pkgconfig', "libpng.pc is not there"),
        ("a.c:1:10: fatal error: 'someones/own_header.h' file not found", ""),
        ("a.c:3:1: error: unknown type name 'x'", ""),
    ],
)
def test_other_words_for_it(said: str, meaning: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"{said}\n")
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = build_error(target, None, log, 0)
    assert error.meaning.startswith(meaning)
    assert bool(error.meaning) == bool(meaning)


@pytest.mark.parametrize(
    "said",
    [
        "/src/bundled_zork-populate-stamp/download-bundled_zork-populate.cmake:170 (message):\n  Each download failed!",
        (
            "_deps/bundled_zork-subbuild/bundled_zork-populate-prefix/tmp/bundled_zork-populate-gitclone.cmake:39 "
            "(message):\n  Failed to clone repository: 'https://127.0.0.1:9/x.git'"
        ),
        (
            "/b/_deps/bundled_zork-subbuild/bundled_zork-populate-prefix/tmp/bundled_zork-populate-gitupdate.cmake:97 "
            '(execute_process):\n  execute_process failed command indexes:\n\n    1: "Child return code: 128"'
        ),
        "b/CMakeFiles/fc-tmp/bundled_zork/bundled_zork-gitclone.cmake:55 (message):\n  Failed to clone repository:",
        "b/CMakeFiles/fc-stamp/bundled_zork/download-bundled_zork.cmake:163 (message):\n  Each download failed!",
    ],
)
def test_what_a_build_downloads_in_vain_is_named(said: str, tmp_path: Path) -> None:
    """CMake's manual, FetchContent: a folder named by FETCHCONTENT_SOURCE_DIR_<uppercaseName> is not downloaded.

    As CMake 3.25 and, without another build inside, 4.4 say it.
    """
    log = tmp_path / "log"
    log.write_text(f"CMake Error at {said}\n")
    (target,) = parse_targets("x86_64-linux-neutral")
    hint = build_error(target, None, log, 0).hint
    assert "downloads bundled_zork while" in hint
    assert "FETCHCONTENT_SOURCE_DIR_BUNDLED_ZORK=DIR" in hint


@pytest.mark.parametrize(
    "said",
    [
        "kd/tree.c:1304:10: fatal error: 'omp.h' file not found",
        "error: unable to find dynamic system library 'gomp' using strategy 'paths_first'. searched paths: none",
        "ld.lld: error: unable to find library -lomp",
        "CMake Error: Could NOT find OpenMP_CXX (missing: OpenMP_CXX_FLAGS OpenMP_CXX_LIB_NAMES)",
        'meson.build:7:6: ERROR: Dependency "openmp" not found, tried system',
    ],
)
def test_a_build_that_wants_openmp_is_told_its_switch(said: str, tmp_path: Path) -> None:
    """No package of Debian's brings what a compiler has inside, and each has its own."""
    log = tmp_path / "log"
    log.write_text(f"{said}\n")
    (tmp_path / "setup.py").write_text("import os\nuse = os.environ.get('WITH_OMP', 'probe')\nos.environ['OTHER']\n")
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    hint = build_error(target, None, log, 0, source=tmp_path).hint
    assert "(setup.py reads WITH_OMP from the environment)" in hint
    assert "--sysroot DIR" in hint
    assert "debian" not in hint
    assert "reads" not in build_error(target, None, log, 0).hint


SCRIPT = """
import ctypes, os
def version():
    mpi = os.environ.get("WEB_MPI")
    folder, told = os.environ.get('SPIDER_DIR'), os.environ["SPIDER_VERSION"]
    path = os.getenv("PATH")
    try:
        return ctypes.CDLL("libspider.so").version()
    except OSError:
        print("error: Unable to load dependency Spider, make sure Spider is installed properly")
        raise RuntimeError(f"no net of the Spider in {folder} was found")
"""


@pytest.mark.parametrize(
    "said",
    [
        "error: Unable to load dependency Spider, make sure Spider is installed properly",
        "RuntimeError: no net of the Spider in /usr was found",
    ],
)
def test_what_a_script_of_the_project_can_be_told(said: str, tmp_path: Path) -> None:
    """Variables with the library's name come first; those that every build has are none of them."""
    log = tmp_path / "log"
    log.write_text(f"{said}\n")
    (tmp_path / "setup_web.py").write_text(SCRIPT)
    (tmp_path / "setup.py").write_text("from setup_web import version\nimport os; os.environ['OTHER']\n")
    (target,) = parse_targets("x86_64-linux-musl")
    hint = build_error(target, None, log, 0, source=tmp_path).hint
    assert "setup_web.py takes answers from the environment: SPIDER_DIR, SPIDER_VERSION, WEB_MPI" in hint
    assert "PATH" not in hint
    assert "environment" not in build_error(target, None, log, 0).hint


def test_the_script_that_has_most_of_a_message_is_the_one(tmp_path: Path) -> None:
    """Others may begin a message alike; what a program says may have its own kind before a kind."""
    (tmp_path / "a.py").write_text("os.environ['OTHER_DIR']; print('Unable to find the header files')")
    (tmp_path / "b.py").write_text("os.environ['ZORK_DIR']; print('Unable to find the header files of zork')")
    said = "build.Failed: RuntimeError: Unable to find the header files of zork"
    assert variables_told(said, tmp_path) == ("b.py", ("ZORK_DIR",))
    (tmp_path / "b.py").write_text("os.environ['ZORK_DIR']; raise Failed(f'{name}: find the header files of {name}')")
    assert variables_told(said, tmp_path) == ("a.py", ("OTHER_DIR",))
    assert variables_told("RuntimeError: Unable to find them", tmp_path) == ("", ())
    (tmp_path / "a.py").unlink()
    assert variables_told(said, tmp_path) == ("b.py", ("ZORK_DIR",))


def test_of_scripts_with_the_same_words_the_one_that_ran_is_told(tmp_path: Path) -> None:
    (target,) = parse_targets("x86_64-linux-musl")
    source = tmp_path / "project"
    source.mkdir()
    for name in ("a", "setup", "z"):
        text = f"os.environ['ZORK_{name.upper()}']; raise RuntimeError('no headers of the zork library')\n"
        (source / f"{name}.py").write_text(text)
    log = tmp_path / "log"
    error = "RuntimeError: no headers of the zork library\n"
    log.write_text(error)
    assert (
        "setup.py takes answers from the environment: ZORK_SETUP"
        in build_error(target, None, log, 0, source=source).hint
    )
    frames = [f'  File "{path}", line 1, in <module>\n' for path in (source / "setup.py", "z.py", "/usr/lib/a.py")]
    log.write_text("".join(["Traceback (most recent call last):\n", *frames, error]))
    assert "z.py takes answers from the environment: ZORK_Z" in build_error(target, None, log, 0, source=source).hint


def test_variables_of_every_build_are_no_answers(tmp_path: Path) -> None:
    """Nor are those that a build never sees, since they would show it this machine's files."""
    names = ("LD_LIBRARY_PATH", "CFLAGS", "HOME", "CMAKE_PREFIX_PATH", "ZORK_DIR")
    reads = "".join(f"os.environ.get('{name}')\n" for name in names)
    (tmp_path / "setup.py").write_text(f"{reads}raise OSError('no headers of the zork library')")
    assert variables_told("OSError: no headers of the zork library", tmp_path) == ("setup.py", ("ZORK_DIR",))


def test_a_script_s_own_words_for_a_library(tmp_path: Path) -> None:
    """`apt-file list libhdf5-dev`: its .pc files are called hdf5-serial.pc and hdf5.pc, by an alternative."""
    log = tmp_path / "log"
    log.write_text("error: Unable to load dependency HDF5, make sure HDF5 is installed properly\n")
    (target,) = parse_targets("x86_64-linux-gnu.2.36")
    error = build_error(target, None, log, 0)
    assert "--sysroot debian:12=libhdf5-dev" in error.hint
    log.write_text("error: could not load library dependencies.json\n")
    assert build_error(target, None, log, 0).meaning == ""


def test_the_place_that_asks_for_a_function(tmp_path: Path) -> None:
    for folder in ("src", "build"):
        (tmp_path / folder).mkdir()
    (tmp_path / "src" / "aix.c").write_text("ut = getutxent();\nmallinfo();\n")
    (tmp_path / "src" / "users.c").write_text("/* getutxent is read */\n#include <utmpx.h>\nut = getutxent();\n")
    (tmp_path / "src" / "other.c").write_text("int my_getutxent;\n")
    (tmp_path / "build" / "users.o").write_bytes(b"\x7fELF\0__sched_cpualloc\0getutxent\0")
    places = places_of(["getutxent", "__sched_cpualloc", "mallinfo", "nowhere"], tmp_path)
    assert places == {
        "getutxent": "src/users.c:3",  # not aix.c, which nothing was made of
        "__sched_cpualloc": "build/users.o",  # a macro asks for it
        "mallinfo": "src/aix.c:2",  # whatever it was compiled into, it is gone
    }


def test_the_place_in_a_source_that_was_named_by_its_whole_path(tmp_path: Path) -> None:
    source, folder = tmp_path / "elsewhere" / "heap.c", tmp_path / "project"
    made = folder / "build" / "temp.linux-x86_64-cpython-311" / source.relative_to("/").with_suffix(".o")
    for path in (source, made):
        path.parent.mkdir(parents=True)
    source.write_text("int main(void) {\n    mallinfo();\n}\n")
    made.write_bytes(b"\x7fELF\0mallinfo\0__sched_cpualloc\0")
    assert places_of(["mallinfo", "__sched_cpualloc"], folder) == {"mallinfo": "heap.c:2", "__sched_cpualloc": "heap.c"}
    source.unlink()
    assert places_of(["mallinfo"], folder) == {"mallinfo": str(made.relative_to(folder))}


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "loop.c").symlink_to("loop.c")
    (tmp_path / "device.c").symlink_to("/dev/zero")
    assert places_of(["open"], tmp_path) == {}


@pytest.mark.parametrize(
    ("said", "program", "package"),
    [
        ("FileNotFoundError: [Errno 2] No such file or directory: 'geos-config'", "geos-config", "libgeos-dev"),
        ("sh: 1: gdal-config: not found", "gdal-config", "libgdal-dev"),
        ("Error: pg_config executable not found.", "pg_config", "PACKAGES"),
    ],
)
def test_a_program_that_tells_of_a_library(said: str, program: str, package: str, tmp_path: Path) -> None:
    """It is run here, so that it has to be here beside the target's library."""
    (tmp_path / "log").write_text(f"{said}\n")
    error = build_error(parse_targets("x86_64-linux-gnu.2.36")[0], None, tmp_path / "log", 0)
    assert error.meaning.startswith(f"{program}, which tells where a library lies, is not there")
    assert f"--sysroot debian:12={package}" in error.hint
    assert f"{program} on this machine's PATH" in error.hint


def test_pkg_config_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("sh: 1: pkg-config: not found\n")
    assert not build_error(parse_targets("x86_64-linux-gnu.2.36")[0], None, tmp_path / "log", 0).meaning
